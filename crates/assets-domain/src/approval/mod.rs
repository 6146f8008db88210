//! Approval: the contract between generation and publishing.
//!
//! [`machine`] is the table of what is possible, [`rights`] says who may, and [`Asset`](crate::Asset) carries it out.
//! Nothing else in the product decides: REST, bulk, rollback, command line and page all come through here.

pub mod machine;
mod policy;
pub(crate) mod quorum;
mod refusal;
mod rights;

pub use machine::{Action, OneMore, Outcome, Status, Transition};
pub use policy::{Policy, PolicyPatch, PolicyRevision, Quorum, QuorumError, Requirement, Rule};
pub use quorum::{Approver, Consent, Round, Tally};
pub use refusal::Refusal;
pub use rights::{Denied, Right};
