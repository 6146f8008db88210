//! The test app: the program as it ships, started on a folder of its own, and people and agents who speak verbs to it.
//!
//! ```no_run
//! # async fn story() {
//! use assets_tests::App;
//!
//! let app = App::start().await;
//! let (robot, ann) = (app.agent("robot").await, app.person("ann").await);
//! let asset = robot.create_copy("Open a window.").await.ok();
//! robot.submit(&asset).await.ok();
//! robot.approve(&asset).await.problem("human_required");
//! ann.approve(&asset).await.ok();
//! assert_eq!(app.publisher().await.approved_content(&asset).await.text(), "Open a window.");
//! # }
//! ```
//!
//! Every verb is a request that can still be changed (`.header(…)`, `.json(…)`) and is sent by awaiting it. The answer is a
//! [`Reply`]: [`Reply::ok`] and [`Reply::problem`] fail with the whole answer in the message.

#![expect(clippy::unwrap_used, clippy::panic, clippy::missing_panics_doc, reason = "this crate is for tests: what cannot go on fails")]

mod agent;
mod app;
pub mod breaking;
mod bucket;
mod caller;
mod chance;
mod cluster;
mod contest;
mod door;
mod faulty;
mod foundation;
mod known;
mod ledger;
mod postgres;
mod receiver;
mod records;
mod reply;
mod samples;
mod server;
mod store;
mod tail;
mod tools;
mod usage;

pub use agent::PROTOCOL;
pub use app::{App, Finished, program};
pub use caller::{Ask, Caller, Named, pieces};
pub use chance::Chance;
pub use cluster::Cluster;
pub use contest::{Contest, accepted, any_move};
pub use faulty::FaultyStore;
pub use foundation::{Foundation, s3_url};
pub use ledger::{Client, Tally, recorded, settled, working_until};
pub use receiver::{Letter, Receiver};
pub use records::Records;
pub use reply::Reply;
pub use reqwest::Method;
pub use samples::{Sample, film, sample};
pub use serde_json::{Value, json};
pub use server::PostgresServer;
pub use store::Store;
pub use tail::{Tail, Told};
pub use tools::tools;
pub use usage::Use;
