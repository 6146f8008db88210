//! The in-memory adapters keep what the ports promise.

use std::sync::Arc;

use assets_testkit::{InMemoryAssets, InMemoryBlobs, Repositories, Store};

async fn repositories() -> Repositories {
    let database = Arc::new(InMemoryAssets::default());
    Repositories {
        assets: database.clone(),
        ledger: database.clone(),
        keys: database.clone(),
        leases: database.clone(),
        receipts: database.clone(),
        renditions: database.clone(),
        uploads: database.clone(),
        exports: database.clone(),
        releases: database.clone(),
        recalls: database.clone(),
        usages: database.clone(),
        remarks: database.clone(),
        audit: database.clone(),
        feed: database.clone(),
        bell: database.clone(),
        webhooks: database.clone(),
        events: database,
        guard: Box::new(()),
    }
}

async fn store() -> Store {
    Store { blobs: Arc::new(InMemoryBlobs::default()), guard: Box::new(()) }
}

assets_testkit::repository_suites!(repositories());
assets_testkit::blob_store_suite!(store());
