use crate::{Checkpoint, Decision, Digest, Endorsement, Export, Member, Release, Version};

use super::Breakage;

/// A version in an export, with all that is said of it there.
#[derive(Debug, Clone, PartialEq)]
pub struct Exhibit {
    /// What is pinned, and where it lies.
    pub member: Member,
    /// The version.
    pub version: Version,
    /// What was decided about it, oldest first. The last one that approved it is the one that is pinned.
    pub decisions: Vec<Decision>,
    /// Whether that approval is [signed](Notary::attest); it is not if it was made before approvals were.
    pub is_signed: bool,
}

impl Exhibit {
    /// The approval that is pinned.
    #[must_use]
    pub fn approval(&self) -> Option<&Decision> {
        self.decisions.iter().find(|decision| decision.revision == self.member.approval)
    }
}

/// Puts in writing what is approved and what leaves the house, and signs it, so that it can be checked without the service.
/// What it writes for the same thing is always the same.
pub trait Notary: Send + Sync {
    /// An approval, signed, on one line.
    fn attest(&self, endorsement: &Endorsement<'_>) -> Result<String, Breakage>;

    /// The signed proof that bytes may be published, until it expires, in characters that a header or an address may have.
    fn ticket(&self, release: &Release) -> Result<String, Breakage>;

    /// How far an audit goes, signed, in characters that a header or an address may have.
    fn checkpoint(&self, checkpoint: &Checkpoint) -> Result<String, Breakage>;

    /// How the list of what is in an archive begins.
    fn manifest_head(&self, export: &Export) -> Result<String, Breakage>;

    /// What it says of each member; between two of them stands `MANIFEST_BETWEEN`.
    fn manifest_entry(&self, exhibit: &Exhibit) -> Result<String, Breakage>;

    /// How it ends.
    fn manifest_tail(&self) -> String;

    /// The keys by which everything that was ever signed here can be checked.
    fn public_keys(&self) -> Result<String, Breakage>;

    /// What the receiver of an archive should know.
    fn readme(&self, export: &Export) -> String;

    /// An archive, signed by the digest of its list of digests, on one line.
    fn seal(&self, export: &Export, sums: &Digest) -> Result<String, Breakage>;
}

impl dyn Notary {
    /// What stands between two members in the list.
    pub const MANIFEST_BETWEEN: &str = ",\n";
}
