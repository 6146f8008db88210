//! Approval, held to its word: the table, the eight rules by name, random sequences, and every state there is.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "this is test code: what cannot be must stop the test"
)]

mod cast;
mod ledger;
mod model;
mod properties;
mod rules;
mod story;
mod table;
