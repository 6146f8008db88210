use std::collections::BTreeMap;

use assets_domain::{
    Act, AssetId, AuditEntry, AuditLine, AuditQuery, AuditRecord, Decision, Digest, SignedCheckpoint, WorkspaceId,
    ports::{AuditExtent, AuditHead, AuditPlace, AuditTrail, Breakage, Unaudited},
};
use async_trait::async_trait;

use super::{InMemoryAssets, Tables};

/// The audit of a workspace.
#[derive(Debug, Default)]
pub(super) struct KeptAudit {
    /// Oldest first: the first has the number 1.
    entries: Vec<(AuditEntry, Option<Digest>)>,
    hashes: BTreeMap<u64, Digest>,
    checkpoints: BTreeMap<u64, SignedCheckpoint>,
}

/// What a row of a decision would be.
fn record(decision: &Decision) -> Digest {
    Digest::of(serde_json::to_string(decision).expect("a decision is written as JSON").as_bytes())
}

impl KeptAudit {
    fn last(&self) -> u64 {
        self.entries.len().try_into().expect("fewer entries than 2^64")
    }

    fn line(&self, sequence: u64) -> Option<AuditLine> {
        let place = usize::try_from(sequence.checked_sub(1)?).ok()?;
        let (entry, record) = self.entries.get(place)?;
        Some(AuditLine {
            workspace: entry.workspace,
            sequence,
            at: entry.at.timestamp_micros(),
            action: entry.act.action().to_owned(),
            key_prefix: entry.key().map(|actor| actor.key_prefix.as_str().to_owned()),
            name: entry.key().map(|actor| actor.name.folded()),
            asset: entry.act.asset(),
            revision: entry.act.revision(),
            record: *record,
            body: serde_json::to_string(entry).expect("an entry is written as JSON"),
        })
    }
}

impl Tables {
    /// Appends an entry, with the decision that it tells of.
    pub(super) fn audit(&mut self, entry: &AuditEntry, decision: Option<&Decision>) {
        self.audits.entry(entry.workspace).or_default().entries.push((entry.clone(), decision.map(record)));
    }

    fn record_of(&self, line: &AuditLine) -> Option<Digest> {
        let kept = self.assets.get(&(line.workspace, line.asset?))?;
        kept.decisions.iter().find(|decision| Some(decision.revision.get()) == line.revision).map(record)
    }
}

#[async_trait]
impl AuditTrail for InMemoryAssets {
    async fn append(&self, _workspace: WorkspaceId, entries: &[AuditEntry]) -> Result<(), Breakage> {
        let mut tables = self.tables();
        entries.iter().for_each(|entry| tables.audit(entry, None));
        Ok(())
    }

    async fn entries(&self, workspace: WorkspaceId, query: &AuditQuery) -> Result<Vec<AuditRecord>, Breakage> {
        let tables = self.tables();
        let Some(kept) = tables.audits.get(&workspace) else { return Ok(Vec::new()) };
        let numbered = (1..).zip(&kept.entries).map(|(sequence, (entry, _))| AuditRecord {
            sequence,
            entry: entry.clone(),
            hash: kept.hashes.get(&sequence).copied(),
        });
        let mut found: Vec<AuditRecord> =
            numbered.filter(|record| query.before.is_none_or(|before| record.sequence < before) && query.matches(&record.entry)).collect();
        found.reverse();
        found.truncate(query.limit.try_into().expect("a page fits into memory"));
        Ok(found)
    }

    async fn open_heads(&self, limit: u32) -> Result<Vec<AuditHead>, Breakage> {
        let tables = self.tables();
        let heads = tables.audits.iter().map(|(workspace, kept)| AuditHead {
            workspace: *workspace,
            last: kept.last(),
            sealed: kept.hashes.last_key_value().map(|(sequence, hash)| (*sequence, *hash)),
            noted: kept.checkpoints.last_key_value().map(|(sequence, signed)| (*sequence, signed.checkpoint.at)),
        });
        let is_open = |head: &AuditHead| {
            let sealed = head.sealed.map_or(0, |(sealed, _)| sealed);
            sealed < head.last || head.noted.map_or(0, |(noted, _)| noted) < sealed
        };
        let mut open: Vec<_> = heads.filter(is_open).collect();
        open.sort_by_key(|head| (head.sealed.map_or(0, |(sealed, _)| sealed) >= head.last, head.noted.map(|(_, at)| at)));
        open.truncate(limit.try_into().expect("a page fits into memory"));
        Ok(open)
    }

    async fn places(&self, workspace: WorkspaceId, after: u64, until: u64) -> Result<Vec<AuditPlace>, Breakage> {
        let tables = self.tables();
        let Some(kept) = tables.audits.get(&workspace) else { return Ok(Vec::new()) };
        let place = |sequence| {
            let (line, hash) = (kept.line(sequence), kept.hashes.get(&sequence).copied());
            let record = line.as_ref().and_then(|line| tables.record_of(line));
            (line.is_some() || hash.is_some()).then_some(AuditPlace { sequence, line, hash, record })
        };
        Ok((after + 1..=until).filter_map(place).collect())
    }

    async fn next_place(&self, workspace: WorkspaceId, after: u64) -> Result<Option<u64>, Breakage> {
        let last = self.tables().audits.get(&workspace).map_or(0, KeptAudit::last);
        Ok((after < last).then_some(after + 1))
    }

    async fn extent(&self, workspace: WorkspaceId) -> Result<AuditExtent, Breakage> {
        let tables = self.tables();
        let Some(kept) = tables.audits.get(&workspace) else { return Ok(AuditExtent::default()) };
        let begun = kept.entries.first().and_then(|(entry, _)| match entry.act {
            Act::Begun { decisions, until } => Some((decisions, until)),
            _ => None,
        });
        let sealed = kept.hashes.last_key_value().map_or(0, |(sequence, _)| *sequence);
        Ok(AuditExtent { counted: kept.last(), last: kept.last(), sealed, begun })
    }

    async fn seal(&self, workspace: WorkspaceId, links: &[(u64, Digest)], noted: Option<&SignedCheckpoint>) -> Result<(), Breakage> {
        let mut tables = self.tables();
        let kept = tables.audits.entry(workspace).or_default();
        for (sequence, hash) in links {
            kept.hashes.entry(*sequence).or_insert(*hash);
        }
        if let Some(signed) = noted {
            kept.checkpoints.entry(signed.checkpoint.sequence).or_insert_with(|| signed.clone());
        }
        Ok(())
    }

    async fn checkpoints(&self, workspace: WorkspaceId, before: Option<u64>, limit: u32) -> Result<Vec<SignedCheckpoint>, Breakage> {
        let tables = self.tables();
        let Some(kept) = tables.audits.get(&workspace) else { return Ok(Vec::new()) };
        let below = kept.checkpoints.range(..before.unwrap_or(u64::MAX)).rev();
        Ok(below.take(limit.try_into().expect("a page fits into memory")).map(|(_, signed)| signed.clone()).collect())
    }

    async fn checkpoints_after(&self, workspace: WorkspaceId, after: u64, limit: u32) -> Result<Vec<SignedCheckpoint>, Breakage> {
        let tables = self.tables();
        let Some(kept) = tables.audits.get(&workspace) else { return Ok(Vec::new()) };
        let above = kept.checkpoints.range(after + 1..);
        Ok(above.take(limit.try_into().expect("a page fits into memory")).map(|(_, signed)| signed.clone()).collect())
    }

    async fn unaudited(&self, workspace: WorkspaceId, after: Option<(AssetId, u64)>, limit: u32) -> Result<Vec<Unaudited>, Breakage> {
        let tables = self.tables();
        let told: Vec<_> = tables.audits.get(&workspace).map_or(&[][..], |kept| &kept.entries).iter().collect();
        let is_told =
            |asset, revision| told.iter().any(|(entry, _)| entry.act.asset() == Some(asset) && entry.act.revision() == Some(revision));
        let decisions = tables.assets.iter().filter(|((owner, _), _)| *owner == workspace).flat_map(|((_, asset), kept)| {
            kept.decisions.iter().map(|decision| Unaudited { asset: *asset, revision: decision.revision.get(), at: decision.at })
        });
        let open = decisions.filter(|row| after.is_none_or(|after| (row.asset, row.revision) > after) && !is_told(row.asset, row.revision));
        Ok(open.take(limit.try_into().expect("a page fits into memory")).collect())
    }

    async fn tells_deletion(&self, workspace: WorkspaceId, asset: AssetId) -> Result<bool, Breakage> {
        let tables = self.tables();
        let entries = tables.audits.get(&workspace).map_or(&[][..], |kept| &kept.entries);
        Ok(entries.iter().any(|(entry, _)| matches!(entry.act, Act::Deleted { asset: gone, .. } if gone == asset)))
    }
}
