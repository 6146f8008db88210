//! Content on disk, through OpenDAL: streamed, fingerprinted while it passes, durable before it is acknowledged.
//!
//! ```
//! use assets_opendal::OpenDalBlobs;
//!
//! let folder = tempfile::tempdir()?;
//! let blobs = OpenDalBlobs::disk(folder.path())?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Rules
//! - Bytes come in under a temporary name, on the same volume, and get their own name when all of them are on disk. No
//!   key leads to a temporary name, so what is half written is never read.
//! - A name is never used twice, so nothing that was acknowledged is ever written to again.
//! - Where a thing lies is a `Place`, and a path is made nowhere else: another service of OpenDAL needs no change above it.

mod breakage;
mod durable;
mod place;
mod store;
mod upload;

pub use store::OpenDalBlobs;
