//! Content in an S3-compatible store, through OpenDAL, or on disk: streamed, fingerprinted while it passes, durable before
//! it is acknowledged.
//!
//! ```
//! use assets_opendal::{Location, OpenDalBlobs};
//!
//! let folder = tempfile::tempdir()?;
//! let on_disk = OpenDalBlobs::open(&Location::Disk(folder.path().to_owned()))?;
//!
//! let bucket = Location::parse("s3://assets/live?endpoint=https://store.example&region=eu-1")?;
//! let in_a_bucket = OpenDalBlobs::open(&bucket)?; // nothing is asked of it yet
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Rules
//! - Nothing is readable before it is whole. On disk, bytes come in under a temporary name, on the same volume, and get
//!   their own name when all of them are synced. In a bucket, they have their own name from the start, and it leads
//!   nowhere until the upload is closed; it is written only when the store, asked again, has every byte.
//! - A name is never used twice, so nothing that was acknowledged is ever written to again. That rests on 128 random bits
//!   in every name and on the rows of the database, never on a promise of the store: some ignore a conditional request.
//! - Where a thing lies is a `Place`, and a path is made nowhere else: another service of OpenDAL needs no change above it.
//!
//! # On a disk
//! - Bytes are read and written by the calls of the system, in threads for what blocks, as few of them as can be: a small file
//!   is read in one go and written in one go, each piece of a large one hashed where it is written. OpenDAL lists and removes.
//! - A file that is read has a stamp, by which a change through the file system shows, also if its time was set back.
//!
//! # In a bucket
//! - Credentials come from where the AWS tools look for them: the environment first, so that nobody else is asked if
//!   `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY` are set. Without any, every request fails.
//! - Parts have 5 MiB, two of them on their way at once, each with its CRC-32C. All large uploads of a process share
//!   256 MiB.
//! - A process that is killed leaves the parts of its uploads behind, where no list shows them: give the bucket a lifecycle
//!   rule that aborts unfinished multipart uploads after a day.

mod breakage;
mod budget;
mod disk_file;
mod draft;
mod durable;
mod location;
mod place;
mod s3;
mod store;
mod transport;
mod upload;

pub use location::{Bucket, Location, LocationError};
pub use store::OpenDalBlobs;
