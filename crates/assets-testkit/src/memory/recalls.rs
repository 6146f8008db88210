use std::collections::BTreeMap;

use assets_domain::{
    AssetId, Consumer, Event, HandedOut, Recall, RecallId, Spared, Target, Way, WorkspaceId,
    ports::{Breakage, Recalls, Receipt},
};
use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::InMemoryAssets;

/// A recall from its beginning on.
#[derive(Debug)]
pub(super) struct KeptRecall {
    begun_at: DateTime<Utc>,
    touched_at: DateTime<Utc>,
    /// Each with what became of it, once that is known.
    targets: BTreeMap<AssetId, (Target, Option<Result<(), Spared>>)>,
    finished_at: Option<DateTime<Utc>>,
    /// Once it is made.
    made: Option<Recall>,
}

fn number(things: usize) -> u64 {
    things.try_into().expect("fewer things than 2^64")
}

impl KeptRecall {
    fn as_it_stands(&self) -> Option<Recall> {
        let mut recall = self.made.clone()?;
        let known = self.targets.values().filter_map(|(target, outcome)| Some((target.asset, (*outcome)?)));
        let left: Vec<_> = known.clone().filter_map(|(asset, outcome)| Some((asset, outcome.err()?))).collect();
        recall.progress.revoked = number(known.filter(|(_, outcome)| outcome.is_ok()).count());
        recall.progress.left_over = number(left.len());
        recall.progress.first_left = left.into_iter().take(Recall::NAMED).collect();
        recall.progress.finished_at = self.finished_at;
        Some(recall)
    }
}

#[async_trait]
impl Recalls for InMemoryAssets {
    async fn begin(&self, workspace: WorkspaceId, id: RecallId, at: DateTime<Utc>) -> Result<(), Breakage> {
        let begun = KeptRecall { begun_at: at, touched_at: at, targets: BTreeMap::new(), finished_at: None, made: None };
        self.tables().recalls.insert((workspace, id), begun);
        Ok(())
    }

    async fn pin(&self, workspace: WorkspaceId, id: RecallId, targets: &[Target]) -> Result<(), Breakage> {
        let mut tables = self.tables();
        let kept = tables.recalls.get_mut(&(workspace, id)).expect("it has begun");
        kept.targets.extend(targets.iter().map(|target| (target.asset, (target.clone(), None))));
        Ok(())
    }

    async fn make(&self, recall: &Recall, event: &Event, receipt: Option<&Receipt>) -> Result<bool, Breakage> {
        let mut tables = self.tables();
        let Some(kept) = tables.recalls.get_mut(&(recall.workspace, recall.id)) else { return Ok(false) };
        (kept.made, kept.touched_at) = (Some(recall.clone()), recall.at);
        tables.append(event);
        if let Some(receipt) = receipt {
            tables.keep_answer(recall.workspace, receipt);
        }
        drop(tables);
        self.ring(recall.workspace);
        Ok(true)
    }

    async fn abandon(&self, workspace: WorkspaceId, id: RecallId) -> Result<(), Breakage> {
        let mut tables = self.tables();
        if tables.recalls.get(&(workspace, id)).is_some_and(|kept| kept.made.is_none()) {
            tables.recalls.remove(&(workspace, id));
        }
        Ok(())
    }

    async fn drop_unmade(&self, before: DateTime<Utc>) -> Result<u64, Breakage> {
        let mut tables = self.tables();
        Ok(number(tables.recalls.extract_if(.., |_, kept| kept.made.is_none() && kept.begun_at < before).count()))
    }

    async fn recall(&self, workspace: WorkspaceId, id: RecallId) -> Result<Option<Recall>, Breakage> {
        Ok(self.tables().recalls.get(&(workspace, id)).and_then(KeptRecall::as_it_stands))
    }

    async fn recalls(&self, workspace: WorkspaceId, after: Option<RecallId>, limit: u32) -> Result<Vec<Recall>, Breakage> {
        let tables = self.tables();
        let own = tables.recalls.iter().rev().filter(|((owner, id), _)| *owner == workspace && after.is_none_or(|after| *id < after));
        Ok(own.filter_map(|(_, kept)| kept.as_it_stands()).take(limit.try_into().expect("a page fits into memory")).collect())
    }

    async fn take_up(&self, untouched_since: DateTime<Utc>, now: DateTime<Utc>) -> Result<Option<(WorkspaceId, RecallId)>, Breakage> {
        let mut tables = self.tables();
        let is_left = |kept: &KeptRecall| kept.made.is_some() && kept.finished_at.is_none() && kept.touched_at < untouched_since;
        let left = tables.recalls.iter_mut().find(|(_, kept)| is_left(kept));
        Ok(left.map(|(place, kept)| {
            kept.touched_at = now;
            *place
        }))
    }

    async fn open_targets(&self, workspace: WorkspaceId, id: RecallId, limit: u32) -> Result<Vec<Target>, Breakage> {
        let tables = self.tables();
        let targets = tables.recalls.get(&(workspace, id)).into_iter().flat_map(|kept| kept.targets.values());
        let open = targets.filter(|(_, outcome)| outcome.is_none()).map(|(target, _)| target.clone());
        Ok(open.take(limit.try_into().expect("a page fits into memory")).collect())
    }

    async fn settle(
        &self,
        workspace: WorkspaceId,
        id: RecallId,
        outcomes: &[(AssetId, Result<(), Spared>)],
        now: DateTime<Utc>,
    ) -> Result<(), Breakage> {
        let mut tables = self.tables();
        let kept = tables.recalls.get_mut(&(workspace, id)).expect("it was made");
        kept.touched_at = now;
        for (asset, outcome) in outcomes {
            if let Some((_, known)) = kept.targets.get_mut(asset) {
                known.get_or_insert(*outcome);
            }
        }
        Ok(())
    }

    async fn finish(&self, workspace: WorkspaceId, id: RecallId, at: DateTime<Utc>) -> Result<(), Breakage> {
        let mut tables = self.tables();
        if let Some(kept) = tables.recalls.get_mut(&(workspace, id)) {
            kept.finished_at.get_or_insert(at);
        }
        Ok(())
    }

    async fn handed(&self, workspace: WorkspaceId, assets: &[AssetId]) -> Result<Vec<HandedOut>, Breakage> {
        let tables = self.tables();
        let tickets = tables.releases.values().filter(|(release, taken_back)| release.workspace == workspace && taken_back.is_none());
        let tickets =
            tickets.map(|(release, _)| HandedOut { way: Way::Ticket { id: release.id }, asset: release.asset, digest: release.digest });
        let archives = tables.exports.iter().filter(|((owner, _), _)| *owner == workspace).flat_map(|((_, id), kept)| kept.handed(*id));
        Ok(tickets.chain(archives).filter(|handed| assets.contains(&handed.asset)).collect())
    }

    async fn consumers(&self, workspace: WorkspaceId, ways: &[Way]) -> Result<Vec<Consumer>, Breakage> {
        let tables = self.tables();
        let known = ways.iter().filter_map(|way| match way {
            Way::Ticket { id } => {
                tables.releases.get(id).filter(|(release, _)| release.workspace == workspace).map(|(release, _)| Consumer {
                    way: way.clone(),
                    by: release.by.clone(),
                    channel: Some(release.channel.clone()),
                    market: release.market.clone(),
                    at: release.at,
                    expires_at: release.expires_at,
                })
            }
            Way::Export { id } => {
                tables.exports.get(&(workspace, *id)).and_then(super::exports::KeptExport::finished).map(|export| Consumer {
                    way: way.clone(),
                    by: export.by.clone(),
                    channel: export.asked.channel.clone(),
                    market: export.asked.market.clone(),
                    at: export.created_at,
                    expires_at: export.expires_at,
                })
            }
        });
        Ok(known.collect())
    }
}
