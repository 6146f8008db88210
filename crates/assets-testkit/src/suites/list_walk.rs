//! x

/// x
#[macro_export]
macro_rules! list_walk_suite {
    ($make:expr) => {};
}
