//! x

/// x
#[macro_export]
macro_rules! key_repository_suite {
    ($make:expr) => {};
}
