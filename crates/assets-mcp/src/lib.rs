//! The Model Context Protocol: the face that agents talk to.
//!
//! A tool is a translation, of its arguments into one REST operation and of the answer into something small. No rule lives
//! here, and none can be forgotten: what a caller may do, and what is refused, is judged where every request is judged. What
//! an operation refuses is a result with `isError` and the problem in it.
//!
//! - [`Operations`] is what has an operation performed, for one caller. In the service that is the same process, over stdio
//!   a service somewhere.
//! - [`Endpoint`] answers MCP over HTTP, a request at a time: nothing is kept between two of them.
//! - [`serve_stdio`] speaks it over standard input and output.
//!
//! Words that came out of an asset are data. They are handed on without what nobody sees, and said to be somebody else's.

mod asset;
mod content;
mod elicit;
mod endpoint;
mod handler;
mod operations;
mod outcome;
mod request;
mod resource;
mod schema;
mod stdio;
mod text;
mod tool;
mod tools;

pub use endpoint::Endpoint;
pub use operations::{Operations, Unreachable};
pub use stdio::{StdioError, serve_stdio};
