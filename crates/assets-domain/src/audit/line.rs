//! What is sealed: entries as they are kept, each chained to all before it.

use chrono::{DateTime, Utc};
use sha2::{Digest as _, Sha256};

use crate::{AssetId, Digest, WorkspaceId};

/// What every hash here is begun with, so that it is one of nothing else.
const CONTEXT: &[u8] = b"assets audit 1\n";

/// An entry as its row has it, every column of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditLine {
    /// In which tenant.
    pub workspace: WorkspaceId,
    /// Its number there.
    pub sequence: u64,
    /// When, in microseconds since 1970.
    pub at: i64,
    /// What was done, by name.
    pub action: String,
    /// By which key.
    pub key_prefix: Option<String>,
    /// What that is called, folded.
    pub name: Option<String>,
    /// About which asset.
    pub asset: Option<AssetId>,
    /// The place of the decision that it tells of.
    pub revision: Option<u64>,
    /// The digest of the row that this decision has.
    pub record: Option<Digest>,
    /// All of the entry, as text.
    pub body: String,
}

impl AuditLine {
    /// What the first entry of a workspace follows.
    pub const GENESIS: Digest = Digest::from_bytes([0; 32]);

    /// The hash of this entry and of all before it, which have this one: SHA-256 over the hash before and every column, each
    /// behind its length, so that no two lines have the same bytes.
    #[must_use]
    pub fn link(&self, before: &Digest) -> Digest {
        let mut hasher = Sha256::new();
        hasher.update(CONTEXT);
        hasher.update(before.as_bytes());
        hasher.update(self.workspace.as_uuid().as_bytes());
        hasher.update(self.sequence.to_be_bytes());
        hasher.update(self.at.to_be_bytes());
        let asset = self.asset.map(AssetId::as_uuid);
        let revision = self.revision.map(u64::to_be_bytes);
        let columns: [Option<&[u8]>; 7] = [
            Some(self.action.as_bytes()),
            self.key_prefix.as_deref().map(str::as_bytes),
            self.name.as_deref().map(str::as_bytes),
            asset.as_ref().map(|id| &id.as_bytes()[..]),
            revision.as_ref().map(|revision| &revision[..]),
            self.record.as_ref().map(|record| &record.as_bytes()[..]),
            Some(self.body.as_bytes()),
        ];
        for column in columns {
            match column {
                None => hasher.update([0]),
                Some(bytes) => {
                    hasher.update([1]);
                    // A length always fits: nothing in memory is longer.
                    hasher.update(u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_be_bytes());
                    hasher.update(bytes);
                }
            }
        }
        Digest::from_bytes(hasher.finalize().into())
    }
}

/// How far the audit of a workspace went at a moment, and the hash of all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checkpoint {
    /// In which tenant.
    pub workspace: WorkspaceId,
    /// The number of the last entry.
    pub sequence: u64,
    /// The hash of it and all before it.
    pub hash: Digest,
    /// When that was noted, in whole seconds.
    pub at: DateTime<Utc>,
}

/// A checkpoint as it is kept and given away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedCheckpoint {
    /// What it says.
    pub checkpoint: Checkpoint,
    /// The same, signed by the installation: one word, without spaces.
    pub signed: String,
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn line() -> AuditLine {
        AuditLine {
            workspace: WorkspaceId::new(Uuid::from_u128(1)),
            sequence: 7,
            at: 1_800_000_000_000_000,
            action: "decision.approve".to_owned(),
            key_prefix: Some("4fGh7KqZ".to_owned()),
            name: Some("ann".to_owned()),
            asset: Some(AssetId::new(Uuid::from_u128(2))),
            revision: Some(3),
            record: Some(Digest::of(b"a decision")),
            body: "{}".to_owned(),
        }
    }

    #[test]
    fn every_column_counts_and_so_does_all_that_was_before() {
        let first = line();
        let others = [
            AuditLine { workspace: WorkspaceId::new(Uuid::from_u128(9)), ..line() },
            AuditLine { sequence: 8, ..line() },
            AuditLine { at: 1, ..line() },
            AuditLine { action: "decision.revoke".to_owned(), ..line() },
            AuditLine { key_prefix: None, ..line() },
            AuditLine { name: Some("bob".to_owned()), ..line() },
            AuditLine { key_prefix: Some("4fGh7KqZann".to_owned()), name: Some(String::new()), ..line() },
            AuditLine { asset: None, ..line() },
            AuditLine { revision: None, ..line() },
            AuditLine { record: None, ..line() },
            AuditLine { body: "{ }".to_owned(), ..line() },
        ];
        let mut hashes = vec![first.link(&AuditLine::GENESIS), first.link(&Digest::of(b"another past"))];
        hashes.extend(others.iter().map(|line| line.link(&AuditLine::GENESIS)));
        let distinct: std::collections::BTreeSet<_> = hashes.iter().map(|hash| *hash.as_bytes()).collect();
        assert_eq!(distinct.len(), hashes.len());
    }

    /// Whoever keeps hashes elsewhere compares them with those of later releases.
    #[test]
    fn the_hash_of_a_line_stays_what_it_is() {
        let expected = "sha256:c6d450efc18ba0334bd106dd746802603ed64ff01c2efe5ad6ecf653c4dfdcb2";
        assert_eq!(line().link(&AuditLine::GENESIS).to_string(), expected);
    }
}
