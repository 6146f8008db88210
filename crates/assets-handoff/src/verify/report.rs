use std::{collections::BTreeMap, fmt};

use assets_domain::{Actor, ExportId};
use chrono::{DateTime, Utc};

use super::Finding;

/// What came of the check of an archive. Its words are for people.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// How many members are in it, without the papers that go along with them.
    pub files: u64,
    /// How many bytes they have.
    pub size_bytes: u64,
    /// How many of them have a signed approval that holds.
    pub approvals: u64,
    /// How many of them were approved before approvals were signed: only the seal of the archive speaks for these.
    pub unsigned: u64,
    /// How many of them were approved for some time, channels or markets alone. Whether they may be used now and here, this does
    /// not say.
    pub limited: u64,
    /// Which export it is, as its seal says, if that holds.
    pub export: Option<ExportId>,
    /// When it was made, as its seal says.
    pub created_at: Option<DateTime<Utc>>,
    /// Whether the keys came from outside of the archive.
    pub is_by_known_keys: bool,
    /// How many findings were too many to be among [`findings`](Report::findings).
    pub unlisted: u64,
    /// What is wrong with it; nothing if all is well.
    pub findings: Vec<Finding>,
    pub(super) approvers: BTreeMap<String, u64>,
    pub(super) signers: BTreeMap<String, u64>,
}

/// Somebody who approved what is in an archive, as the signed statements say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approver {
    /// Their name.
    pub name: String,
    /// How many files they approved.
    pub approvals: u64,
}

/// A key whose signatures in an archive hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signer {
    /// Its thumbprint.
    pub kid: String,
    /// How many signatures.
    pub signatures: u64,
}

impl Report {
    /// The most findings that are listed: 1,000.
    pub const MOST_FINDINGS: usize = 1000;

    /// Whether nothing at all is wrong.
    #[must_use]
    pub const fn is_sound(&self) -> bool {
        self.findings.is_empty()
    }

    /// Who approved what is in it, by name.
    #[must_use]
    pub fn approvers(&self) -> Vec<Approver> {
        self.approvers.iter().map(|(name, approvals)| Approver { name: name.clone(), approvals: *approvals }).collect()
    }

    /// Which keys signed it.
    #[must_use]
    pub fn signers(&self) -> Vec<Signer> {
        self.signers.iter().map(|(kid, signatures)| Signer { kid: kid.clone(), signatures: *signatures }).collect()
    }

    /// Notes what is wrong, once.
    pub(super) fn find(&mut self, finding: Finding) {
        if self.findings.len() >= Self::MOST_FINDINGS {
            self.unlisted = self.unlisted.saturating_add(1);
        } else if !self.findings.contains(&finding) {
            self.findings.push(finding);
        }
    }

    pub(super) fn approved_by(&mut self, actor: &Actor) {
        self.approvals = self.approvals.saturating_add(1);
        *self.approvers.entry(actor.name.as_str().to_owned()).or_default() += 1;
    }

    pub(super) fn signed_by(&mut self, kid: String) {
        *self.signers.entry(kid).or_default() += 1;
    }

    fn tell_findings(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "NOT SOUND: do not publish what is in this archive.")?;
        for finding in &self.findings {
            writeln!(f, "- {finding}")?;
        }
        if self.unlisted > 0 {
            writeln!(f, "- and {} more", self.unlisted)?;
        }
        Ok(())
    }

    fn tell_success(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "SOUND: every byte is as it left.")?;
        if let Some((export, at)) = self.export.zip(self.created_at) {
            writeln!(f, "Export {export}, made on {}.", at.format("%F %T UTC"))?;
        }
        writeln!(f, "Files: {}, of {} bytes. Signed approvals: {}.", self.files, self.size_bytes, self.approvals)?;
        for (name, approvals) in &self.approvers {
            writeln!(f, "  approved by {name}: {approvals}")?;
        }
        if self.unsigned > 0 {
            writeln!(f, "Approved before approvals were signed, with the seal alone to speak for them: {}.", self.unsigned)?;
        }
        if self.limited > 0 {
            writeln!(f, "Approved for some time, channels or markets alone: {}. See their terms in the manifest.", self.limited)?;
        }
        writeln!(f, "Signed by the keys:")?;
        for kid in self.signers.keys() {
            writeln!(f, "  {kid}")?;
        }
        if self.is_by_known_keys {
            writeln!(f, "These are among the keys that you gave.")?;
        } else {
            writeln!(f, "These keys came with the archive, so this is no proof yet of who made it: compare them with those that the")?;
            writeln!(f, "service publishes at /.well-known/assets-keys.json, or check again with --keys.")?;
        }
        writeln!(f, "Whether an approval was taken back since cannot be seen here: ask the service.")
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_sound() { self.tell_success(f) } else { self.tell_findings(f) }
    }
}
