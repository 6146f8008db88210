//! Approval, held to its word: the table, the eight rules by name, random sequences, and every state there is.

mod cast;
mod ledger;
mod model;
mod properties;
mod rules;
mod story;
mod table;
