//! The randomness of the operating system.

/// Fills bytes with randomness.
///
/// # Panics
/// The operating system has none to give.
#[expect(clippy::panic, reason = "without randomness there is no key that could be given out, and no state to fall back to")]
pub(crate) fn fill(bytes: &mut [u8]) {
    getrandom::fill(bytes).unwrap_or_else(|error| panic!("no randomness from the operating system: {error}"));
}
