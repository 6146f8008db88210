//! What leaves the service through the real use cases is sound, and whatever is done to it on the way is found.
#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "helpers of tests fail by panicking, as tests do")]

mod chance;
mod others;
mod parcel;
mod sound;
mod studio;
mod tampered;
