//! x

/// x
#[macro_export]
macro_rules! asset_history_suite {
    ($make:expr) => {};
}
