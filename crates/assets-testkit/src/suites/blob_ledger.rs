//! x

/// x
#[macro_export]
macro_rules! blob_ledger_suite {
    ($make:expr) => {};
}
