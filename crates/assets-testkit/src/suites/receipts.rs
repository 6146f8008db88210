//! x

/// x
#[macro_export]
macro_rules! receipts_suite {
    ($make:expr) => {};
}
