//! What is safe to show of content: pictures of it, pages about it, its words, made without believing a byte of it.
//!
//! The [`Workshop`] takes the orders and never looks at content itself. For each it makes a private folder with a copy of what it
//! needs, and starts the service's own program a second time as a worker, which walls itself in, draws, and is gone:
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use assets_domain::{Variant, ports::Renderer};
//! use assets_render::{Tools, WORKER_ARGUMENT, Workshop, work};
//!
//! // In the first lines of `main`, before there is any other thread:
//! if std::env::args().nth(1).as_deref() == Some(WORKER_ARGUMENT) {
//!     std::process::exit(i32::from(work() != std::process::ExitCode::SUCCESS));
//! }
//! let workshop = Workshop::new(std::env::current_exe()?, std::env::temp_dir(), Tools::find("/usr/bin:/bin"));
//! let card = workshop.nothing(Variant::Thumbnail).await?;
//! # Ok(()) }
//! ```
//!
//! # Rules
//! - Content comes from anybody. It is taken apart in a child that has two seconds, 256 MiB, its own folder, no network, and no
//!   way to start anything; what the child leaves behind is read as mistrustfully as what it was given.
//! - A program that helps (ffmpeg, LibreOffice) runs behind the same walls, with the limits that it needs. What it makes is
//!   content again, and goes through a child of the first kind.
//! - There is always something to show: what cannot be drawn is a card that says why, drawn by a child that never sees the content.
//! - What is made depends on the order and on the bytes alone: no clock, no locale, no configuration.

mod draw;
mod job;
mod notice;
mod page;
mod tools;
mod walls;
mod worker;
mod workshop;

pub use tools::Tools;
pub use walls::confine;
pub use worker::work;
pub use workshop::Workshop;

/// The argument with which the service's program is a worker: it calls [`work`] then, and nothing else.
pub const WORKER_ARGUMENT: &str = "render-worker";
