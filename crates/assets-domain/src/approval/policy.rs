use crate::{NamedBytes, Refusal};

/// What a workspace asks of its decisions, beyond the table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Policy {
    /// Whether an author of the bytes may approve them. Off unless switched on.
    pub allow_self_approval: bool,
    /// Whether decisions must name the digest they are about.
    pub require_digest: bool,
}

impl Policy {
    /// Judges how a decision names its bytes.
    ///
    /// # Errors
    /// The digest must be named, and is not.
    pub const fn judge(self, named: NamedBytes) -> Result<(), Refusal> {
        if self.require_digest && named.digest.is_none() { Err(Refusal::DigestRequired) } else { Ok(()) }
    }
}
