//! REST and OpenAPI: the face that agents, publishers and generated clients talk to.
//!
//! A request travels: [`auth`](self) finds the caller, the handler parses into domain types and calls one use case of
//! [`assets_domain::Catalog`], and wraps what comes back. No rule lives here. What is refused, by a rule or by the
//! framework, leaves as a [`Problem`].
//!
//! - [`configure`] puts every operation into an actix-web application.
//! - [`document`] is the OpenAPI document of the same operations, from the same table.
//! - [`Api`] is what handlers need: use cases, keys, seals, settings.
//! - [`Inside`] is what another face in the same process calls the same operations by.
//! - [`Letters`] writes what endpoints are sent that are told of events.
//! - [`Showcase`] makes of an asset what lists show, to be kept ready beside it.

mod answer;
mod api;
mod auth;
pub mod body;
mod deliver;
mod etag;
mod feed;
mod idempotency;
mod inside;
mod letters;
mod limit;
mod links;
mod observe;
mod openapi;
mod origin;
mod page;
mod pages;
mod parameters;
mod problem;
mod query;
mod refusals;
mod routes;
mod server;
mod showcase;
mod turns;
mod tus;
mod upload;

pub use api::{Api, Readiness, Settings};
pub use feed::Feed;
pub use inside::{Inside, NoAnswer, Visitor};
pub use letters::Letters;
pub use limit::RateLimits;
pub use openapi::document;
pub use problem::{ActionName, FieldProblem, LocItem, Problem, ProblemBody, ProblemCode};
pub use server::{bind, configure};
pub use showcase::Showcase;
pub use turns::Turns;
