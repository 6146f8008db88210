//! The eight rules of approval, each by name, and what is asked for on the way.

mod bytes;
mod carry;
mod moves;
mod points;
mod quorum;
mod rows;
mod who;
