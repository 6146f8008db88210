//! For whoever implements or consumes the ports of `assets-domain`.
//!
//! * **A whole product in memory**: [`TestWorld`], with [`fixtures`] for the people and things in it.
//! * **Each port in memory**: [`InMemoryAssets`], [`InMemoryBlobs`], [`FixedClock`], [`SequentialIds`], [`PlainInspector`],
//!   [`TestMint`], [`PlainPresenter`]; and [`FailingAssets`] and [`FailingBlobs`] for when things go wrong.
//! * **What each port promises**, as [`suites`] that every adapter runs, these included.
//!
//! # A service that links the domain
//!
//! ```
//! use assets_domain::{Call, NamedBytes, Status};
//! use assets_testkit::TestWorld;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), assets_domain::CatalogError> {
//! let world = TestWorld::new();
//! let (writer, ann) = (world.agent("writer"), world.person("ann"));
//!
//! let copy = world.create_copy(&writer, "Spring is here").await;
//! world.catalog.submit(&Call::by(writer), copy.id, NamedBytes::default(), None).await?;
//! let copy = world.catalog.approve(&Call::by(ann), copy.id, NamedBytes::default(), None).await?;
//!
//! assert_eq!(copy.status, Status::Approved);
//! assert_eq!(world.assets.events(world.workspace).len(), 3);
//! # Ok(())
//! # }
//! ```
//!
//! # An adapter that keeps the promises
//!
//! A test file of the adapter (with `tokio` among its dependencies) makes an empty database or store, and names the suites:
//!
//! ```
//! use std::sync::Arc;
//! use assets_testkit::{InMemoryAssets, InMemoryBlobs, Repositories, Store};
//!
//! async fn repositories() -> Repositories {
//!     let database = Arc::new(InMemoryAssets::default());
//!     Repositories {
//!         assets: database.clone(),
//!         ledger: database.clone(),
//!         keys: database.clone(),
//!         leases: database.clone(),
//!         receipts: database.clone(),
//!         renditions: database.clone(),
//!         uploads: database.clone(),
//!         exports: database.clone(),
//!         releases: database.clone(),
//!         recalls: database.clone(),
//!         usages: database.clone(),
//!         remarks: database.clone(),
//!         audit: database.clone(),
//!         feed: database.clone(),
//!         bell: database.clone(),
//!         webhooks: database.clone(),
//!         events: database,
//!         guard: Box::new(()), // whatever must outlive the test: a folder that is removed with it
//!     }
//! }
//!
//! async fn store() -> Store {
//!     Store { blobs: Arc::new(InMemoryBlobs::default()), guard: Box::new(()) }
//! }
//!
//! assets_testkit::repository_suites!(repositories());
//! assets_testkit::blob_store_suite!(store());
//! # fn main() {}
//! ```
//!
//! `examples/own_store.rs` is such an adapter, whole: a store in a folder, the product on top of it, and its suite.
//!
//! Each clause becomes a test of its own, e.g. `asset_repository::a_lost_race_saves_nothing_at_all`.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "this is test code: what cannot be must stop the test"
)]

mod clock;
mod courier;
mod failing;
pub mod fixtures;
mod ids;
mod inspector;
mod memory;
mod mint;
mod notary;
mod presenter;
mod renderer;
pub mod suites;
mod world;

pub use clock::FixedClock;
pub use courier::{PlainCourier, PlainVault, PlainWording};
pub use failing::{FailingAssets, FailingBlobs, Faults};
pub use ids::SequentialIds;
pub use inspector::PlainInspector;
pub use memory::{InMemoryAssets, InMemoryBlobs};
pub use mint::TestMint;
pub use notary::PlainNotary;
pub use presenter::PlainPresenter;
pub use renderer::{NoForesight, PlainRenderer};
pub use suites::{EventReader, Repositories, Store};
pub use world::TestWorld;
