/// What a workspace asks of its decisions, beyond the table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Policy {
    /// Whether an author of the bytes may approve them. Off unless switched on.
    pub allow_self_approval: bool,
    /// Whether decisions must name the digest they are about.
    pub require_digest: bool,
}
