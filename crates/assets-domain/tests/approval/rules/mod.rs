//! The eight rules of approval, each by name.

mod bytes;
mod carry;
mod moves;
mod rows;
mod who;
