//! The schema: an ordered list of steps, one file a step, one definition for SQLite and PostgreSQL.
//!
//! A step that was released is never edited; a change is a new step. What differs between the two engines (triggers,
//! full text) is branched on the backend inside the step.
//!
//! Columns hold what is looked up, sorted by or constrained; what is only ever read whole stands in one JSON column
//! `body`, so that a read takes few rows and few columns. Times are whole microseconds since 1970, so that they sort,
//! compare and come back alike on both engines.

mod m0001_tenants;
mod m0002_assets;
mod m0003_listing;
mod m0004_processes;
mod m0005_presented;
mod m0006_search;
mod m0007_renditions;
mod m0008_uploads;
mod m0009_handoff;
mod m0010_review;
mod m0011_feed;
mod m0012_webhooks;
mod m0013_audit;
mod m0014_policy;
mod m0015_custody;
mod schema;
pub mod tenancy;

pub use m0015_custody::over_quota;
use sea_orm_migration::prelude::*;
pub use sea_orm_migration::{MigratorTrait, SchemaManager};

/// Every step, oldest first.
pub struct Migrations;

#[async_trait::async_trait]
impl MigratorTrait for Migrations {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_tenants::Step),
            Box::new(m0002_assets::Step),
            Box::new(m0003_listing::Step),
            Box::new(m0004_processes::Step),
            Box::new(m0005_presented::Step),
            Box::new(m0006_search::Step),
            Box::new(m0007_renditions::Step),
            Box::new(m0008_uploads::Step),
            Box::new(m0009_handoff::Step),
            Box::new(m0010_review::Step),
            Box::new(m0011_feed::Step),
            Box::new(m0012_webhooks::Step),
            Box::new(m0013_audit::Step),
            Box::new(m0014_policy::Step),
            Box::new(m0015_custody::Step),
        ]
    }
}
