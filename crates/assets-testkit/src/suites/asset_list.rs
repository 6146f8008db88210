//! x

/// x
#[macro_export]
macro_rules! asset_list_suite {
    ($make:expr) => {};
}
