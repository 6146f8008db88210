//! Persistence for assets, on SQLite and on PostgreSQL: every port that keeps rows, by one type, [`Database`].
//!
//! ```no_run
//! # async fn open() -> Result<(), Box<dyn std::error::Error>> {
//! use assets_seaorm::{Database, DatabaseOptions};
//!
//! let database = Database::open(DatabaseOptions::new("sqlite:assets-data/assets.db")).await?;
//! database.migrate().await?;
//! # Ok(()) }
//! ```
//!
//! Its rules:
//!
//! - A change is a batch: statements that are decided beforehand and done all or not at all. On SQLite the batches that
//!   wait are committed together. What must read in between is a transaction of its own, which takes the right to write at
//!   its beginning: on SQLite one that reads first and writes later may find that it cannot. Readers have connections of
//!   their own, which refuse to write.
//! - What is acknowledged is on disk (`synchronous=FULL`).
//! - A list page is one statement, answered by one index in its order; so is an asset; so is a history. A search whose page
//!   ends among assets of one microsecond is two.
//! - What differs between the two engines is full text, and nothing else but set-up.

mod audit;
mod backup;
mod batch;
mod bell;
mod cases;
mod checkpoint;
mod commit;
mod connect;
mod copy;
mod entity;
mod error;
mod events;
mod exports;
mod group;
mod history;
mod keys;
mod leases;
mod ledger;
mod list;
mod listing;
mod migrate;
mod page;
mod place;
mod readers;
mod recalled;
mod recalls;
mod receipts;
mod releases;
mod remarks;
mod renditions;
mod repository;
mod scope;
mod search;
mod session;
mod signing_keys;
mod snapshot;
#[cfg(test)]
mod tests;
mod uploads;
mod usages;
mod webhooks;
mod words;

pub use connect::{Database, DatabaseOptions, OpenError};
pub use copy::{Copier, CopyError, CopyFault, CopyProgress, CopyReport, Site};
pub use signing_keys::KeptSigningKey;
