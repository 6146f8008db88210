//! The use cases on the audit: reading it, sealing it, noting how far it goes.

use std::sync::Arc;

use chrono::{DateTime, DurationRound, TimeDelta, Utc};

use crate::{
    CatalogError, Digest, Principal, Scope, WorkspaceId,
    ports::{AuditHead, AuditTrail, Breakage, Clock, Notary},
};

use super::{AuditEntry, AuditLine, AuditQuery, AuditRecord, Checkpoint, SignedCheckpoint};

/// How many entries are sealed in one transaction.
const ENTRIES_AT_ONCE: u64 = 500;
/// How many workspaces are looked at in one go.
const WORKSPACES_AT_ONCE: u32 = 200;

/// Reads, seals and checks the audit.
#[derive(Clone)]
pub struct Auditor {
    pub(super) trail: Arc<dyn AuditTrail>,
    notary: Arc<dyn Notary>,
    clock: Arc<dyn Clock>,
}

/// What was sealed.
#[derive(Debug, Default)]
pub struct SealReport {
    /// How many entries.
    pub sealed: u64,
    /// The checkpoints that were made.
    pub noted: Vec<SignedCheckpoint>,
    /// Workspaces whose next entry is not there: [`Auditor::check`] says more.
    pub broken: Vec<WorkspaceId>,
}

impl Auditor {
    /// How often a checkpoint is made while there is something new.
    pub const NOTED_EVERY: TimeDelta = TimeDelta::hours(1);

    /// An auditor over these ports.
    #[must_use]
    pub fn new(trail: Arc<dyn AuditTrail>, notary: Arc<dyn Notary>, clock: Arc<dyn Clock>) -> Self {
        Self { trail, notary, clock }
    }

    /// Whether the caller may read the audit. A face asks this before it reads anything else of the request.
    ///
    /// # Errors
    /// The caller may not.
    pub fn admit(&self, by: &Principal) -> Result<(), CatalogError> {
        Ok(by.scopes.require(Scope::Admin)?)
    }

    /// Entries of the caller's workspace, newest first.
    ///
    /// # Errors
    /// The caller may not.
    pub async fn entries(&self, by: &Principal, query: &AuditQuery) -> Result<Vec<AuditRecord>, CatalogError> {
        self.admit(by)?;
        Ok(self.trail.entries(by.workspace, query).await?)
    }

    /// Checkpoints of the caller's workspace that name a number below one, newest first.
    ///
    /// # Errors
    /// The caller may not.
    pub async fn checkpoints(&self, by: &Principal, before: Option<u64>, limit: u32) -> Result<Vec<SignedCheckpoint>, CatalogError> {
        self.admit(by)?;
        Ok(self.trail.checkpoints(by.workspace, before, limit).await?)
    }

    /// Appends entries that no change goes with, such as refusals.
    ///
    /// # Errors
    /// Something broke, and none of them was appended.
    pub async fn append(&self, workspace: WorkspaceId, entries: &[AuditEntry]) -> Result<(), Breakage> {
        self.trail.append(workspace, entries).await
    }

    /// Whether there is anything to seal or to note. It only reads.
    ///
    /// # Errors
    /// Something broke.
    pub async fn is_due(&self) -> Result<bool, Breakage> {
        let now = self.clock.now();
        let heads = self.trail.open_heads(WORKSPACES_AT_ONCE).await?;
        Ok(heads.iter().any(|head| head.sealed.map_or(0, |(sealed, _)| sealed) < head.last || is_to_be_noted(head, now)))
    }

    /// Seals what is not sealed yet, and makes a checkpoint of each workspace whose last one is an hour old, or, `at_once`, of each
    /// that has something new. That two do this at once does no harm.
    ///
    /// # Errors
    /// Something broke; what was sealed until then is.
    pub async fn seal(&self, at_once: bool) -> Result<SealReport, Breakage> {
        let mut report = SealReport::default();
        let mut seen = std::collections::BTreeSet::new();
        loop {
            let heads = self.trail.open_heads(WORKSPACES_AT_ONCE).await?;
            // What is still open after it was dealt with waits for its hour, or is broken.
            let fresh: Vec<AuditHead> = heads.into_iter().filter(|head| seen.insert(head.workspace)).collect();
            if fresh.is_empty() {
                return Ok(report);
            }
            for head in fresh {
                self.seal_one(head, at_once, &mut report).await?;
            }
        }
    }

    async fn seal_one(&self, head: AuditHead, at_once: bool, report: &mut SealReport) -> Result<(), Breakage> {
        let AuditHead { workspace, last, sealed, .. } = head;
        let (mut sealed, mut hash) = sealed.unwrap_or((0, AuditLine::GENESIS));
        let mut noted = false;
        while sealed < last {
            let until = last.min(sealed.saturating_add(ENTRIES_AT_ONCE));
            let mut links: Vec<(u64, Digest)> = Vec::new();
            for place in self.trail.places(workspace, sealed, until).await? {
                let Some(line) = place.line.filter(|line| line.sequence == sealed.saturating_add(1)) else { break };
                (sealed, hash) = (line.sequence, line.link(&hash));
                links.push((sealed, hash));
            }
            let is_whole = sealed == until;
            // The first hashes come with a checkpoint: there are none without.
            let due = (head.noted.is_none() && !noted) || (sealed == last && (at_once || is_to_be_noted(&head, self.clock.now())));
            let checkpoint = (due && !links.is_empty()).then(|| self.signed(workspace, sealed, hash)).transpose()?;
            if !links.is_empty() {
                self.trail.seal(workspace, &links, checkpoint.as_ref()).await?;
            }
            report.sealed = report.sealed.saturating_add(u64::try_from(links.len()).unwrap_or(u64::MAX));
            noted |= checkpoint.is_some();
            report.noted.extend(checkpoint);
            if !is_whole {
                report.broken.push(workspace);
                return Ok(());
            }
        }
        let is_new = head.noted.is_none_or(|(noted, _)| noted < sealed);
        if !noted && is_new && sealed > 0 && (at_once || is_to_be_noted(&head, self.clock.now())) {
            let checkpoint = self.signed(workspace, sealed, hash)?;
            self.trail.seal(workspace, &[], Some(&checkpoint)).await?;
            report.noted.push(checkpoint);
        }
        Ok(())
    }

    fn signed(&self, workspace: WorkspaceId, sequence: u64, hash: Digest) -> Result<SignedCheckpoint, Breakage> {
        let now = self.clock.now();
        let checkpoint = Checkpoint { workspace, sequence, hash, at: now.duration_trunc(TimeDelta::seconds(1)).unwrap_or(now) };
        Ok(SignedCheckpoint { checkpoint, signed: self.notary.checkpoint(&checkpoint)? })
    }
}

/// Whether the time has come to note how far a workspace's audit goes.
fn is_to_be_noted(head: &AuditHead, now: DateTime<Utc>) -> bool {
    head.noted.is_none_or(|(_, at)| at + Auditor::NOTED_EVERY <= now)
}
