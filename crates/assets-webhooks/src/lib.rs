//! Webhooks on their way: where they may go, how they are signed, and who sends them when.
//!
//! * [`Guard`] says where something may be sent: to the public Internet over TLS, and to networks that the operator names. It judges
//!   the addresses that a name has at the moment of the connection, and no other is dialled.
//! * [`HttpCourier`] sends, signed by the rules of Standard Webhooks: `webhook-id`, `webhook-timestamp`, `webhook-signature`.
//! * [`Dispatcher`] gives each endpoint its turn, in this process or another.
//!
//! # Rules
//! - No redirect is followed, no proxy of the environment is asked, ten seconds are the end, and of an answer 64 KiB are read and
//!   nothing is kept but its status.
//! - What is refused when an address is saved is refused when something is sent, by the same code.
//! - A secret is never seen here: what is signed is signed in the vault.

mod address;
mod courier;
mod dispatcher;
mod guard;
mod names;
mod roots;

pub use address::is_public;
pub use courier::{HttpCourier, signature};
pub use dispatcher::Dispatcher;
pub use guard::{Guard, Way};
pub use names::{Names, SystemNames};
