//! What can be asked of the service, in the groups of the contract.

/// Declares a group of calls.
macro_rules! group {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        pub struct $name<'c>(pub(crate) &'c crate::Client);
    };
}

mod assets;
mod audit;
mod custody;
mod decisions;
mod events;
mod exports;
mod keys;
mod policies;
mod previews;
mod publishing;
mod review;
mod system;
mod versions;

pub use assets::Assets;
pub use audit::Audit;
pub use custody::Custody;
pub use decisions::Decisions;
pub use events::Events;
pub use exports::Exports;
pub use keys::Keys;
pub use policies::Policies;
pub use previews::Previews;
pub use publishing::Publishing;
pub use review::Review;
pub use system::System;
pub use versions::Versions;
