//! Finding what was changed behind the service's back.

use std::fmt;

use chrono::{DateTime, SecondsFormat, Utc};

use crate::{
    AssetId, Digest, WorkspaceId,
    ports::{AuditExtent, AuditPlace, Breakage},
};

use super::{AuditLine, Auditor, Checkpoint, SignedCheckpoint};

/// How many numbers are looked at in one go.
const NUMBERS_AT_ONCE: u64 = 500;
const ROWS_AT_ONCE: u32 = 500;
/// Among how many entries that are not what was sealed a swap is looked for.
const SUSPECTS: usize = 64;

/// What was found wrong with the audit of a workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuditFinding {
    /// An entry is not what was sealed under its number.
    Edited {
        /// Its number.
        sequence: u64,
    },
    /// Two entries have each other's places.
    Swapped {
        /// The number of one.
        one: u64,
        /// The number of the other.
        other: u64,
    },
    /// Entries are not there.
    Missing {
        /// The number of the first.
        first: u64,
        /// The number of the last.
        last: u64,
    },
    /// The workspace has not counted as far as its entries go.
    Uncounted {
        /// How far it has counted.
        counted: u64,
        /// How far they go.
        last: u64,
    },
    /// Hashes of entries are not there, though later ones are.
    Unsealed {
        /// The number of the first.
        first: u64,
        /// The number of the last.
        last: u64,
    },
    /// There are hashes, but no checkpoint.
    NeverNoted,
    /// A checkpoint names an entry that there is not: whatever was behind is cut off.
    CutOff {
        /// What the checkpoint says.
        checkpoint: Checkpoint,
        /// How far the audit goes.
        last: u64,
    },
    /// A checkpoint has another hash: the chain was written anew.
    Rewritten {
        /// What the checkpoint says.
        checkpoint: Checkpoint,
    },
    /// A checkpoint is not what the installation signed.
    NotSigned {
        /// The number that it names.
        sequence: u64,
        /// Why it is not believed.
        why: String,
    },
    /// A decision is not what its entry says.
    OtherDecision {
        /// The number of the entry.
        sequence: u64,
        /// About which asset.
        asset: AssetId,
        /// The place of the decision among those of the asset.
        revision: u64,
    },
    /// A decision that an entry tells of is not on record.
    DecisionGone {
        /// The number of the entry.
        sequence: u64,
        /// About which asset.
        asset: AssetId,
        /// The place of the decision among those of the asset.
        revision: u64,
    },
    /// A decision is on record that no entry tells of.
    Unaudited {
        /// About which asset.
        asset: AssetId,
        /// The place of the decision among those of the asset.
        revision: u64,
    },
    /// There are more decisions from before the audit began than there were then.
    TooManyBefore {
        /// How many there are.
        found: u64,
        /// How many there were.
        known: u64,
    },
}

impl fmt::Display for AuditFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entries = |first: &u64, last: &u64| if first == last { format!("entry {first}") } else { format!("entries {first} to {last}") };
        let is = |first: &u64, last: &u64| if first == last { "is" } else { "are" };
        let noted = |checkpoint: &Checkpoint| checkpoint.at.to_rfc3339_opts(SecondsFormat::Secs, true);
        match self {
            Self::Edited { sequence } => write!(f, "entry {sequence} is not what was sealed: it was edited"),
            Self::Swapped { one, other } => write!(f, "entries {one} and {other} were swapped"),
            Self::Missing { first, last } => write!(f, "{} {} missing", entries(first, last), is(first, last)),
            Self::Uncounted { counted, last } => write!(f, "the workspace has counted {counted} entries, and there are {last}"),
            Self::Unsealed { first, last } => write!(f, "the hash of {} is missing", entries(first, last)),
            Self::NeverNoted => f.write_str("there are hashes and no signed checkpoint: the checkpoints were removed"),
            Self::CutOff { checkpoint, last } => {
                let (sequence, at) = (checkpoint.sequence, noted(checkpoint));
                write!(f, "it ends at entry {last}, and the checkpoint of {at} knows entry {sequence}: the end was cut off")
            }
            Self::Rewritten { checkpoint } => {
                let (sequence, at) = (checkpoint.sequence, noted(checkpoint));
                write!(f, "the hash of entry {sequence} is another than in the checkpoint of {at}: the chain was written anew")
            }
            Self::NotSigned { sequence, why } => write!(f, "the checkpoint of entry {sequence} is not to be believed: {why}"),
            Self::OtherDecision { sequence, asset, revision } => {
                write!(f, "the decision of revision {revision} of the asset {asset} is not what entry {sequence} says: it was edited")
            }
            Self::DecisionGone { sequence, asset, revision } => {
                write!(f, "the decision of revision {revision} of the asset {asset}, of which entry {sequence} tells, is missing")
            }
            Self::Unaudited { asset, revision } => {
                write!(
                    f,
                    "no entry tells of the decision of revision {revision} of the asset {asset}: it was put in, or its entry taken out"
                )
            }
            Self::TooManyBefore { found, known } => {
                write!(f, "there are {found} decisions from before the audit began, and there were {known} then")
            }
        }
    }
}

/// What was looked at in a workspace.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AuditReport {
    /// Entries.
    pub entries: u64,
    /// Those of them that have no hash yet.
    pub unsealed: u64,
    /// Checkpoints, those from elsewhere included.
    pub checkpoints: u64,
    /// Decisions from before the audit began, of which there are no entries.
    pub before: u64,
    /// What was found.
    pub findings: u64,
}

/// A walk along the audit of one workspace. What it holds does not grow with its length.
struct Walk<'a> {
    auditor: &'a Auditor,
    workspace: WorkspaceId,
    extent: AuditExtent,
    /// Checkpoints from elsewhere, by number.
    elsewhere: Vec<Checkpoint>,
    /// Tells what a checkpoint says, if it is signed as it should be.
    believed: &'a (dyn Fn(&SignedCheckpoint) -> Result<Checkpoint, String> + Sync),
    tell: &'a mut (dyn FnMut(AuditFinding) + Send),
    report: AuditReport,
    /// The hash up to here; `None` behind a hash that is missing.
    hash: Option<Digest>,
    /// Where the walk is.
    place: u64,
    /// Entries that are not what was sealed, each with the hash before it and its own.
    suspects: Vec<(AuditLine, Digest, Digest)>,
}

impl Auditor {
    /// Walks along the audit of a workspace and tells whatever is wrong with it. `elsewhere` are checkpoints of it that were kept in
    /// another place, whose signatures hold.
    ///
    /// # Errors
    /// Something broke besides what this is there to find.
    pub async fn check(
        &self,
        workspace: WorkspaceId,
        elsewhere: Vec<Checkpoint>,
        believed: &(dyn Fn(&SignedCheckpoint) -> Result<Checkpoint, String> + Sync),
        tell: &mut (dyn FnMut(AuditFinding) + Send),
    ) -> Result<AuditReport, Breakage> {
        let extent = self.trail.extent(workspace).await?;
        let mut elsewhere: Vec<Checkpoint> = elsewhere.into_iter().filter(|checkpoint| checkpoint.workspace == workspace).collect();
        elsewhere.sort_by_key(|checkpoint| checkpoint.sequence);
        let walk = Walk {
            auditor: self,
            workspace,
            extent,
            elsewhere,
            believed,
            tell,
            report: AuditReport::default(),
            hash: Some(AuditLine::GENESIS),
            place: 0,
            suspects: Vec::new(),
        };
        walk.along().await
    }
}

impl Walk<'_> {
    async fn along(mut self) -> Result<AuditReport, Breakage> {
        let AuditExtent { counted, last, sealed, .. } = self.extent;
        let end = counted.max(last).max(sealed);
        let mut noted = Noted::default();
        while self.place < end {
            let until = end.min(self.place.saturating_add(NUMBERS_AT_ONCE));
            let places = self.auditor.trail.places(self.workspace, self.place, until).await?;
            if places.is_empty() {
                // Nothing under hundreds of numbers: whatever comes next may be far away.
                let next = self.auditor.trail.next_place(self.workspace, self.place).await?;
                let gap = next.map_or(end, |next| next.saturating_sub(1).min(end));
                self.missing(self.place.saturating_add(1), gap, end);
                (self.place, self.hash) = (gap, None);
                continue;
            }
            for place in places {
                self.step(place, end, &mut noted).await?;
            }
            if self.place < until {
                self.missing(self.place.saturating_add(1), until, end);
                (self.place, self.hash) = (until, None);
            }
        }
        self.find_swaps();
        if last > counted {
            self.found(AuditFinding::Uncounted { counted, last });
        }
        self.rest_of_checkpoints(&mut noted).await?;
        if sealed > 0 && noted.kept == 0 {
            self.found(AuditFinding::NeverNoted);
        }
        self.decisions().await?;
        Ok(self.report)
    }

    fn found(&mut self, finding: AuditFinding) {
        self.report.findings = self.report.findings.saturating_add(1);
        (self.tell)(finding);
    }

    /// Entries that are not there, as far as they should be.
    fn missing(&mut self, first: u64, last: u64, end: u64) {
        if first <= last && first <= end {
            self.found(AuditFinding::Missing { first, last });
        }
    }

    async fn step(&mut self, place: AuditPlace, end: u64, noted: &mut Noted) -> Result<(), Breakage> {
        let AuditPlace { sequence, line, hash, record } = place;
        let next = self.place.saturating_add(1);
        if sequence > next {
            self.missing(next, sequence.saturating_sub(1), end);
            self.hash = None;
        }
        let before = self.hash;
        self.place = sequence;
        // One entry that was edited is one finding: the chain goes on from the hash that was kept.
        self.hash = match (&line, hash, before) {
            (Some(line), Some(kept), Some(before)) => {
                if line.link(&before) != kept {
                    self.suspect(line.clone(), before, kept);
                }
                Some(kept)
            }
            (Some(line), None, Some(before)) => Some(line.link(&before)),
            (_, kept, _) => kept,
        };
        match &line {
            None => self.found(AuditFinding::Missing { first: sequence, last: sequence }),
            Some(line) => {
                self.report.entries = self.report.entries.saturating_add(1);
                match hash {
                    None if sequence <= self.extent.sealed => self.found(AuditFinding::Unsealed { first: sequence, last: sequence }),
                    None => self.report.unsealed = self.report.unsealed.saturating_add(1),
                    Some(_) => {}
                }
                self.compare(line, record).await?;
            }
        }
        self.checkpoints_at(sequence, noted).await
    }

    fn suspect(&mut self, line: AuditLine, before: Digest, kept: Digest) {
        if self.suspects.len() < SUSPECTS {
            self.suspects.push((line, before, kept));
        } else {
            self.found(AuditFinding::Edited { sequence: line.sequence });
        }
    }

    /// Tells of every entry that is not what was sealed whether it has the place of another.
    fn find_swaps(&mut self) {
        let mut suspects = std::mem::take(&mut self.suspects);
        while let Some((line, before, kept)) = suspects.pop() {
            let fits = |line: &AuditLine, sequence: u64, before: &Digest, kept: &Digest| {
                AuditLine { sequence, ..line.clone() }.link(before) == *kept
            };
            let other = suspects.iter().position(|(other, other_before, other_kept)| {
                fits(other, line.sequence, &before, &kept) && fits(&line, other.sequence, other_before, other_kept)
            });
            match other {
                Some(other) => {
                    let (other, ..) = suspects.swap_remove(other);
                    let (one, other) = (line.sequence.min(other.sequence), line.sequence.max(other.sequence));
                    self.found(AuditFinding::Swapped { one, other });
                }
                None => self.found(AuditFinding::Edited { sequence: line.sequence }),
            }
        }
    }

    /// Compares a decision with what its entry says of it.
    async fn compare(&mut self, line: &AuditLine, record: Option<Digest>) -> Result<(), Breakage> {
        let (sequence, expected) = (line.sequence, line.record);
        let (Some(asset), Some(revision)) = (line.asset, line.revision) else { return Ok(()) };
        if record.is_some() && record != expected {
            self.found(AuditFinding::OtherDecision { sequence, asset, revision });
        }
        // The decisions of a draft go with it when it is removed, which an entry tells.
        if record.is_none() && !self.auditor.trail.tells_deletion(self.workspace, asset).await? {
            self.found(AuditFinding::DecisionGone { sequence, asset, revision });
        }
        Ok(())
    }

    /// Compares the hash of an entry with the checkpoints that name it.
    async fn checkpoints_at(&mut self, sequence: u64, noted: &mut Noted) -> Result<(), Breakage> {
        while let Some(checkpoint) = noted.next_until(self, sequence).await? {
            self.agree(checkpoint, sequence);
        }
        while self.elsewhere.first().is_some_and(|checkpoint| checkpoint.sequence <= sequence) {
            let checkpoint = self.elsewhere.remove(0);
            self.report.checkpoints = self.report.checkpoints.saturating_add(1);
            self.agree(checkpoint, sequence);
        }
        Ok(())
    }

    fn agree(&mut self, checkpoint: Checkpoint, sequence: u64) {
        // What is missing is told already, and so is a hash that is.
        if checkpoint.sequence == sequence && self.hash.is_some_and(|hash| hash != checkpoint.hash) {
            self.found(AuditFinding::Rewritten { checkpoint });
        }
    }

    /// Checkpoints that name what there is not.
    async fn rest_of_checkpoints(&mut self, noted: &mut Noted) -> Result<(), Breakage> {
        let last = self.extent.last.max(self.extent.sealed);
        let cut_off = |checkpoint: &Checkpoint| checkpoint.sequence > last;
        let mut furthest: Option<Checkpoint> = None;
        while let Some(checkpoint) = noted.next_until(self, u64::MAX).await? {
            furthest = Some(checkpoint).filter(cut_off).or(furthest);
        }
        for checkpoint in std::mem::take(&mut self.elsewhere) {
            self.report.checkpoints = self.report.checkpoints.saturating_add(1);
            let further = furthest.is_none_or(|furthest| furthest.sequence < checkpoint.sequence);
            furthest = Some(checkpoint).filter(|checkpoint| cut_off(checkpoint) && further).or(furthest);
        }
        if let Some(checkpoint) = furthest {
            self.found(AuditFinding::CutOff { checkpoint, last });
        }
        Ok(())
    }

    /// Looks for decisions that no entry tells of.
    async fn decisions(&mut self) -> Result<(), Breakage> {
        let (known, until) = self.extent.begun.unwrap_or((0, i64::MIN));
        let mut after = None;
        loop {
            let rows = self.auditor.trail.unaudited(self.workspace, after, ROWS_AT_ONCE).await?;
            let Some(last) = rows.last() else { break };
            after = Some((last.asset, last.revision));
            for row in rows {
                if micros(row.at) <= until {
                    self.report.before = self.report.before.saturating_add(1);
                } else {
                    self.found(AuditFinding::Unaudited { asset: row.asset, revision: row.revision });
                }
            }
        }
        if self.report.before > known {
            self.found(AuditFinding::TooManyBefore { found: self.report.before, known });
        }
        Ok(())
    }
}

/// The checkpoints that are kept, page by page.
#[derive(Default)]
struct Noted {
    page: std::collections::VecDeque<SignedCheckpoint>,
    after: u64,
    is_at_end: bool,
    /// How many there are so far.
    kept: u64,
}

impl Noted {
    /// The next checkpoint that is to be believed and names a number up to this one.
    async fn next_until(&mut self, walk: &mut Walk<'_>, sequence: u64) -> Result<Option<Checkpoint>, Breakage> {
        loop {
            if self.page.is_empty() && !self.is_at_end {
                self.page = walk.auditor.trail.checkpoints_after(walk.workspace, self.after, ROWS_AT_ONCE).await?.into();
                self.is_at_end = self.page.is_empty();
            }
            let Some(signed) = self.page.pop_front_if(|signed| signed.checkpoint.sequence <= sequence) else { return Ok(None) };
            self.after = signed.checkpoint.sequence;
            self.kept = self.kept.saturating_add(1);
            walk.report.checkpoints = walk.report.checkpoints.saturating_add(1);
            let why = match (walk.believed)(&signed) {
                Ok(checkpoint) if checkpoint == signed.checkpoint => return Ok(Some(checkpoint)),
                Ok(_) => "it says something else than what was signed".to_owned(),
                Err(why) => why,
            };
            walk.found(AuditFinding::NotSigned { sequence: signed.checkpoint.sequence, why });
        }
    }
}

fn micros(at: DateTime<Utc>) -> i64 {
    at.timestamp_micros()
}
