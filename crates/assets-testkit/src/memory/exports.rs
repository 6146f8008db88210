use assets_domain::{
    AssetId, Digest, Event, EventType, Export, ExportId, HandedOut, Handover, Member, Release, Revision, TakenBack, Way, WorkspaceId,
    ports::{Breakage, Exhibit, Exports, Packed, Receipt, Releases},
};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{InMemoryAssets, Tables};

/// An export from its beginning on.
#[derive(Debug)]
pub(super) struct KeptExport {
    begun_at: DateTime<Utc>,
    /// In the order of their places, each with the moment since which it is taken back.
    members: Vec<(Member, Option<DateTime<Utc>>)>,
    /// Once it is finished.
    finished: Option<Export>,
}

impl KeptExport {
    pub(super) fn files(&self) -> impl Iterator<Item = &assets_domain::ports::BlobKey> {
        self.finished.iter().flat_map(|export| &export.written).map(|written| &written.stored.key)
    }

    pub(super) const fn finished(&self) -> Option<&Export> {
        self.finished.as_ref()
    }

    /// What of it was not taken back, once it is finished.
    pub(super) fn handed(&self, id: ExportId) -> impl Iterator<Item = HandedOut> {
        let members = self.members.iter().filter(|(_, taken_back)| self.finished.is_some() && taken_back.is_none());
        members.map(move |(member, _)| HandedOut { way: Way::Export { id }, asset: member.asset, digest: member.blob.fingerprint.digest })
    }

    fn mark_recalled(&mut self, asset: AssetId, taken: TakenBack, at: DateTime<Utc>) {
        let taken_back = |member: &Member| member.asset == asset && concerns(taken, &member.blob.fingerprint.digest);
        for (_, recalled_at) in self.members.iter_mut().filter(|(member, _)| taken_back(member)) {
            recalled_at.get_or_insert(at);
            if let Some(export) = &mut self.finished {
                export.recalled_at.get_or_insert(at);
            }
        }
    }
}

fn concerns(taken: TakenBack, digest: &Digest) -> bool {
    match taken {
        TakenBack::Everything => true,
        TakenBack::Bytes(bytes) => bytes == *digest,
    }
}

fn page<T>(items: impl Iterator<Item = T>, limit: u32) -> Vec<T> {
    items.take(limit.try_into().expect("a page fits into memory")).collect()
}

impl Tables {
    /// Marks whatever was handed out of bytes that are taken back.
    pub(super) fn mark_recalled(&mut self, workspace: WorkspaceId, asset: AssetId, taken: TakenBack, at: DateTime<Utc>) {
        for (_, export) in self.exports.iter_mut().filter(|((owner, _), _)| *owner == workspace) {
            export.mark_recalled(asset, taken, at);
        }
        for (release, recalled_at) in self.releases.values_mut() {
            if release.workspace == workspace && release.asset == asset && concerns(taken, &release.digest) {
                recalled_at.get_or_insert(at);
            }
        }
    }

    fn finish(&mut self, packed: &Packed) -> bool {
        let Packed { export, since, event, receipt } = packed;
        let since = (*since).try_into().expect("events fit into memory");
        let decided = |event: &&Event| {
            use EventType::{Approved, Archived, ChangesRequested, Revoked, RolledBack};
            matches!(event.event_type, Approved | Archived | ChangesRequested | Revoked | RolledBack)
        };
        let later = self.events.get(&export.workspace).into_iter().flatten().skip(since).filter(decided);
        let decided: Vec<AssetId> = later.filter_map(Event::asset).collect();
        let swept = export.written.iter().any(|written| self.tombstones.contains_key(&written.stored.key));
        let Some(kept) = self.exports.get_mut(&(export.workspace, export.id)) else { return false };
        if swept || kept.members.iter().any(|(member, _)| decided.contains(&member.asset)) {
            return false;
        }
        kept.finished = Some(export.clone());
        self.append(event);
        if let Some(receipt) = receipt {
            self.keep_answer(export.workspace, receipt);
        }
        true
    }

    fn exhibit(&self, workspace: WorkspaceId, member: &Member) -> Exhibit {
        let kept = &self.assets[&(workspace, member.asset)];
        let version = kept.version(member.version).expect("what is pinned is there").clone();
        Exhibit {
            member: member.clone(),
            decisions: kept.decisions_about(version.number),
            version,
            is_signed: kept.attestation(member.approval).is_some(),
        }
    }
}

#[async_trait]
impl Exports for InMemoryAssets {
    async fn begin(&self, workspace: WorkspaceId, id: ExportId, at: DateTime<Utc>, most: u64) -> Result<bool, Breakage> {
        let mut tables = self.tables();
        let finished = tables.exports.iter().filter(|((owner, _), _)| *owner == workspace).filter_map(|(_, kept)| kept.finished.as_ref());
        let live: u64 = finished.filter(|export| export.expires_at > at).count().try_into().expect("fewer exports than 2^64");
        if live < most {
            tables.exports.insert((workspace, id), KeptExport { begun_at: at, members: Vec::new(), finished: None });
        }
        Ok(live < most)
    }

    async fn pin(&self, workspace: WorkspaceId, id: ExportId, members: &[Member]) -> Result<(), Breakage> {
        let mut tables = self.tables();
        tables.exports.get_mut(&(workspace, id)).expect("it has begun").members.extend(members.iter().map(|member| (member.clone(), None)));
        Ok(())
    }

    async fn exhibits(&self, workspace: WorkspaceId, id: ExportId, from: u32, limit: u32) -> Result<Vec<Exhibit>, Breakage> {
        let members = self.members(workspace, id, from, limit).await?;
        let tables = self.tables();
        Ok(members.iter().map(|member| tables.exhibit(workspace, member)).collect())
    }

    async fn attestations(&self, workspace: WorkspaceId, id: ExportId, from: u32, limit: u32) -> Result<Vec<Option<String>>, Breakage> {
        let members = self.members(workspace, id, from, limit).await?;
        let tables = self.tables();
        Ok(members.iter().map(|member| tables.assets[&(workspace, member.asset)].attestation(member.approval)).collect())
    }

    async fn members(&self, workspace: WorkspaceId, id: ExportId, from: u32, limit: u32) -> Result<Vec<Member>, Breakage> {
        let tables = self.tables();
        let members = tables.exports.get(&(workspace, id)).into_iter().flat_map(|kept| &kept.members).map(|(member, _)| member);
        Ok(page(members.filter(|member| member.place >= from).cloned(), limit))
    }

    async fn member_at(&self, workspace: WorkspaceId, id: ExportId, byte: u64) -> Result<Option<u32>, Breakage> {
        let tables = self.tables();
        let members = tables.exports.get(&(workspace, id)).map_or(&[][..], |kept| &kept.members).iter();
        Ok(members.rev().map(|(member, _)| member).find(|member| member.offset <= byte).map(|member| member.place))
    }

    async fn finish(&self, packed: &Packed) -> Result<bool, Breakage> {
        let is_finished = self.tables().finish(packed);
        if is_finished {
            self.ring(packed.export.workspace);
        }
        Ok(is_finished)
    }

    async fn abandon(&self, workspace: WorkspaceId, id: ExportId) -> Result<(), Breakage> {
        let mut tables = self.tables();
        if tables.exports.get(&(workspace, id)).is_some_and(|kept| kept.finished.is_none()) {
            tables.exports.remove(&(workspace, id));
        }
        Ok(())
    }

    async fn export(&self, workspace: WorkspaceId, id: ExportId) -> Result<Option<Export>, Breakage> {
        Ok(self.tables().exports.get(&(workspace, id)).and_then(|kept| kept.finished.clone()))
    }

    async fn exports(&self, workspace: WorkspaceId, after: Option<ExportId>, limit: u32) -> Result<Vec<Export>, Breakage> {
        let tables = self.tables();
        let own = tables.exports.iter().rev().filter(|((owner, id), _)| *owner == workspace && after.is_none_or(|after| *id < after));
        Ok(page(own.filter_map(|(_, kept)| kept.finished.clone()), limit))
    }

    async fn expire(&self, expired: DateTime<Utc>, unfinished: DateTime<Utc>, off_record: DateTime<Utc>) -> Result<u64, Breakage> {
        let mut tables = self.tables();
        let gone = tables.exports.extract_if(.., |_, kept| match &kept.finished {
            Some(export) => export.expires_at < off_record,
            None => kept.begun_at < unfinished,
        });
        let gone = gone.count();
        let over = tables.exports.values_mut().filter_map(|kept| kept.finished.as_mut());
        let over = over.filter(|export| export.expires_at < expired && !export.written.is_empty()).map(|export| export.written.clear());
        Ok((gone + over.count()).try_into().expect("fewer exports than 2^64"))
    }
}

#[async_trait]
impl Releases for InMemoryAssets {
    async fn record(&self, release: &Release, at: Revision, event: &Event, receipt: Option<&Receipt>) -> Result<bool, Breakage> {
        let mut tables = self.tables();
        let kept = tables.assets.get(&(release.workspace, release.asset));
        if kept.is_none_or(|kept| kept.asset.revision() != at) {
            return Ok(false);
        }
        tables.releases.insert(release.id, (release.clone(), None));
        tables.append(event);
        if let Some(receipt) = receipt {
            tables.keep_answer(release.workspace, receipt);
        }
        drop(tables);
        self.ring(release.workspace);
        Ok(true)
    }

    async fn handovers(&self, workspace: WorkspaceId, asset: AssetId, after: Option<Uuid>, limit: u32) -> Result<Vec<Handover>, Breakage> {
        let tables = self.tables();
        let tickets = tables.releases.values().filter(|(release, _)| release.workspace == workspace && release.asset == asset);
        let tickets = tickets.map(|(release, recalled_at)| Handover {
            way: Way::Ticket { id: release.id },
            version: release.version,
            digest: release.digest,
            channel: Some(release.channel.clone()),
            market: release.market.clone(),
            by: release.by.clone(),
            at: release.at,
            expires_at: release.expires_at,
            recalled_at: *recalled_at,
        });
        let own = tables.exports.iter().filter(|((owner, _), _)| *owner == workspace);
        let archives = own.filter_map(|(_, kept)| {
            let export = kept.finished.as_ref()?;
            let (member, recalled_at) = kept.members.iter().find(|(member, _)| member.asset == asset)?;
            Some(Handover {
                way: Way::Export { id: export.id },
                version: member.version,
                digest: member.blob.fingerprint.digest,
                channel: export.asked.channel.clone(),
                market: export.asked.market.clone(),
                by: export.by.clone(),
                at: export.created_at,
                expires_at: export.expires_at,
                recalled_at: *recalled_at,
            })
        });
        let mut all: Vec<Handover> = tickets.chain(archives).filter(|handed| after.is_none_or(|after| handed.way.id() < after)).collect();
        all.sort_by_key(|handed| std::cmp::Reverse(handed.way.id()));
        Ok(page(all.into_iter(), limit))
    }
}
