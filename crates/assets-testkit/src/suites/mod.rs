//! What each port promises, one clause a function. An adapter runs them by the macro of each suite, or all those of a
//! database by [`repository_suites!`](crate::repository_suites).
//!
//! A clause gets an empty database or store of its own.

pub mod asset_history;
pub mod asset_list;
pub mod asset_repository;
pub mod asset_search;
pub mod audit;
mod bench;
pub mod blob_ledger;
pub mod blob_store;
pub mod events;
pub mod exports;
mod filters;
pub mod key_repository;
pub mod leases;
pub mod list_walk;
pub mod published_list;
pub mod recalls;
pub mod receipts;
pub mod remarks;
pub mod renditions;
pub mod uploads;
pub mod usages;
pub mod webhooks;

use std::{any::Any, sync::Arc};

use assets_domain::{
    Recorded, WorkspaceId,
    ports::{
        AssetRepository, AuditTrail, Bell, BlobLedger, BlobStore, Events, Exports, KeyRepository, Leases, Recalls, Receipts, Releases,
        Remarks, Renditions, Uploads, Usages, WebhookRepository,
    },
};
use async_trait::async_trait;

/// Reads what is kept of events past the port [`Events`], for the suites.
#[async_trait]
pub trait EventReader: Send + Sync {
    /// Every event of a workspace, in the order of their numbers.
    async fn events(&self, workspace: WorkspaceId) -> Vec<Recorded>;
}

/// An empty database behind its ports.
pub struct Repositories {
    /// Assets.
    pub assets: Arc<dyn AssetRepository>,
    /// The rows about blobs.
    pub ledger: Arc<dyn BlobLedger>,
    /// Tenants and keys.
    pub keys: Arc<dyn KeyRepository>,
    /// Who does which work.
    pub leases: Arc<dyn Leases>,
    /// Answers that are kept.
    pub receipts: Arc<dyn Receipts>,
    /// What was made to show bytes.
    pub renditions: Arc<dyn Renditions>,
    /// What is on its way in, piece by piece.
    pub uploads: Arc<dyn Uploads>,
    /// What is pinned to leave as one archive.
    pub exports: Arc<dyn Exports>,
    /// Who was handed what.
    pub releases: Arc<dyn Releases>,
    /// How much there is and may be.
    pub usages: Arc<dyn Usages>,
    /// Approvals that are taken back together.
    pub recalls: Arc<dyn Recalls>,
    /// What is said about assets.
    pub remarks: Arc<dyn Remarks>,
    /// What was done, for whoever has to answer for it.
    pub audit: Arc<dyn AuditTrail>,
    /// The events of all this.
    pub feed: Arc<dyn Events>,
    /// Rings when there are more.
    pub bell: Arc<dyn Bell>,
    /// Who is told of them.
    pub webhooks: Arc<dyn WebhookRepository>,
    /// The same events, as they are kept.
    pub events: Arc<dyn EventReader>,
    /// What must live as long as the database, and may go with it.
    pub guard: Box<dyn Any + Send + Sync>,
}

/// An empty store behind its port.
pub struct Store {
    /// The store.
    pub blobs: Arc<dyn BlobStore>,
    /// What must live as long as the store, and may go with it.
    pub guard: Box<dyn Any + Send + Sync>,
}

/// Makes a module with one test for each clause of a suite.
#[doc(hidden)]
#[macro_export]
macro_rules! suite {
    ($(#[$attribute:meta])* $suite:ident, $make:expr, [$($clause:ident),* $(,)?]) => {
        $crate::suite!(@module [$(#[$attribute])*] $suite, $make, [$($clause),*]);
    };
    (@module $attributes:tt $suite:ident, $make:expr, [$($clause:ident),*]) => {
        mod $suite {
            use super::*;

            $( $crate::suite!(@clause $attributes $suite, $make, $clause); )*
        }
    };
    (@clause [$($attributes:tt)*] $suite:ident, $make:expr, $clause:ident) => {
        $($attributes)*
        #[tokio::test]
        async fn $clause() {
            $crate::suites::$suite::$clause($make.await).await;
        }
    };
}

/// Runs every suite of a database. Takes an expression whose future gives [`Repositories`] that are empty, and
/// behind it attributes for every test, e.g. `#[ignore = "needs PostgreSQL"]`.
#[macro_export]
macro_rules! repository_suites {
    ($make:expr $(, #[$attribute:meta])*) => {
        $crate::asset_repository_suite!($make $(, #[$attribute])*);
        $crate::asset_history_suite!($make $(, #[$attribute])*);
        $crate::asset_list_suite!($make $(, #[$attribute])*);
        $crate::asset_search_suite!($make $(, #[$attribute])*);
        $crate::published_list_suite!($make $(, #[$attribute])*);
        $crate::list_walk_suite!($make $(, #[$attribute])*);
        $crate::audit_suite!($make $(, #[$attribute])*);
        $crate::blob_ledger_suite!($make $(, #[$attribute])*);
        $crate::key_repository_suite!($make $(, #[$attribute])*);
        $crate::leases_suite!($make $(, #[$attribute])*);
        $crate::recalls_suite!($make $(, #[$attribute])*);
        $crate::receipts_suite!($make $(, #[$attribute])*);
        $crate::remarks_suite!($make $(, #[$attribute])*);
        $crate::renditions_suite!($make $(, #[$attribute])*);
        $crate::uploads_suite!($make $(, #[$attribute])*);
        $crate::usages_suite!($make $(, #[$attribute])*);
        $crate::exports_suite!($make $(, #[$attribute])*);
        $crate::events_suite!($make $(, #[$attribute])*);
        $crate::webhooks_suite!($make $(, #[$attribute])*);
    };
}
