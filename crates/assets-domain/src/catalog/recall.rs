//! Approvals are taken back together.
//!
//! What matches is pinned first, batch by batch, so that nobody takes back more than they saw; then the recall is on record, and
//! each approval is revoked for itself, by the same rule as any other. Whoever is cut off in between has done half of it: the
//! record says what is left, and anybody can go on with it.

use std::collections::{HashMap, HashSet};

use chrono::TimeDelta;

use crate::{
    Actor, Asset, AssetId, CatalogError, Comment, Concern, DecisionRequest, Event, EventId, FieldError, Filter, KeyPrefix, ListQuery,
    NamedBytes, Principal, Progress, Recall, RecallId, Right, Ruling, Scope, Scopes, Sort, Spared, Target, Transition, View, Way,
    WorkspaceId,
    ports::{Breakage, Case, CommitError},
};

use super::{
    Catalog, Remember,
    write::{broken, judge},
};

/// How many assets are looked at, pinned and revoked at once.
const BATCH: u32 = 200;
/// A recall that nobody touched for so long is taken up by somebody else.
const SILENCE: TimeDelta = TimeDelta::seconds(10);

/// A recall that is to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRecall {
    /// What must hold of an approved version.
    pub filter: Filter,
    /// Whose word its approval rests on, if that matters: one of these keys.
    pub approved_by: Option<Vec<KeyPrefix>>,
    /// All that by name and value, as it was stated.
    pub stated: Vec<(String, String)>,
    /// Why.
    pub comment: Comment,
    /// How many approvals there must be, if somebody counted them.
    pub expected_count: Option<u64>,
}

impl NewRecall {
    fn query(&self) -> Result<ListQuery, CatalogError> {
        let mut filter = self.filter.clone();
        if let Some(keys) = &self.approved_by {
            if keys.is_empty() {
                let rule = "there is no key of this prefix or name in the workspace";
                return Err(CatalogError::Invalid(vec![FieldError::of("approved_by", "unknown_key", rule)]));
            }
            filter.approved_by = keys.iter().cloned().collect();
        }
        Ok(ListQuery { view: View::Published, filter, sort: Sort::CreatedAt, limit: BATCH, after: None, with_total: false })
    }
}

impl Catalog {
    /// Whether the caller may take approvals back. A face asks this before it reads a body.
    ///
    /// # Errors
    /// The caller is no person, or lacks the scope.
    pub fn admit_recall(&self, by: &Principal) -> Result<(), CatalogError> {
        Ok(Right::Decide.judge(by)?)
    }

    /// What a recall would be about, if it were made now. Nothing is changed.
    ///
    /// # Errors
    /// The caller may not; the filter makes no sense.
    pub async fn propose_recall(&self, by: &Principal, new: &NewRecall) -> Result<Recall, CatalogError> {
        self.admit_recall(by)?;
        self.survey(by, new, None).await
    }

    /// Pins every approval that matches, and puts on record that they are taken back. Nothing is revoked yet: that is
    /// [`Catalog::carry_out`]'s, now or when somebody goes on with it.
    ///
    /// Whatever stood when this began and stands when it is looked at is pinned; what is approved later is not.
    ///
    /// # Errors
    /// The caller may not; the filter makes no sense; other than the expected number match.
    pub async fn create_recall(
        &self,
        by: &Principal,
        new: &NewRecall,
        remember: Option<&Remember<Recall>>,
    ) -> Result<Recall, CatalogError> {
        self.admit_recall(by)?;
        let id = RecallId::new(self.ports.ids.next());
        self.ports.recalls.begin(by.workspace, id, self.ports.clock.now()).await?;
        let made = self.make_recall(by, new, id, remember).await;
        if made.is_err() {
            self.ports.recalls.abandon(by.workspace, id).await?;
        }
        made
    }

    async fn make_recall(
        &self,
        by: &Principal,
        new: &NewRecall,
        id: RecallId,
        remember: Option<&Remember<Recall>>,
    ) -> Result<Recall, CatalogError> {
        let recall = self.survey(by, new, Some(id)).await?;
        let found = recall.concern.count;
        if new.expected_count.is_some_and(|expected| expected != found) {
            return Err(CatalogError::OtherCount { found });
        }
        let event = Event::recalling(EventId::new(self.ports.ids.next()), &recall);
        let receipt = remember.map(|remember| remember.receipt(&recall));
        if self.ports.recalls.make(&recall, &event, receipt.as_ref()).await? { Ok(recall) } else { Err(CatalogError::Contended) }
    }

    /// Looks at every approval that matches, and pins it if that is wanted.
    async fn survey(&self, by: &Principal, new: &NewRecall, pin: Option<RecallId>) -> Result<Recall, CatalogError> {
        let id = pin.unwrap_or(RecallId::new(self.ports.ids.next()));
        let (workspace, at) = (by.workspace, self.ports.clock.now());
        let mut query = new.query()?;
        let (mut concern, mut exports, mut named) = (Concern::default(), HashSet::new(), Vec::new());
        loop {
            let page = self.ports.assets.list(workspace, &query).await?;
            let targets: Vec<Target> = page.items.iter().filter_map(target).collect();
            if let Some(id) = pin {
                self.ports.recalls.pin(workspace, id, &targets).await?;
            }
            let bytes: HashMap<AssetId, _> = targets.iter().map(|target| (target.asset, target.digest)).collect();
            let ids: Vec<AssetId> = targets.iter().map(|target| target.asset).collect();
            for handed in self.ports.recalls.handed(workspace, &ids).await? {
                let is_meant = bytes.get(&handed.asset) == Some(&handed.digest);
                let is_new = match &handed.way {
                    Way::Export { id } => is_meant && exports.insert(*id),
                    Way::Ticket { .. } => is_meant,
                };
                if is_new {
                    concern.releases = concern.releases.saturating_add(u64::from(matches!(handed.way, Way::Ticket { .. })));
                    if named.len() < Recall::NAMED {
                        named.push(handed.way);
                    }
                }
            }
            concern.count = concern.count.saturating_add(count(targets.len()));
            let room = Recall::NAMED.saturating_sub(concern.first.len());
            concern.first.extend(targets.into_iter().take(room));
            match page.next {
                Some(next) => query.after = Some(next),
                None => break,
            }
        }
        concern.exports = count(exports.len());
        concern.consumers = self.ports.recalls.consumers(workspace, &named).await?;
        concern.consumers.sort_by_key(|consumer| std::cmp::Reverse(consumer.way.id()));
        let (by, filters, comment) = (by.actor.clone(), new.stated.clone(), new.comment.clone());
        Ok(Recall { workspace, id, by, filters, comment, at, concern, progress: Progress::default() })
    }

    /// One recall.
    ///
    /// # Errors
    /// The caller may not read all of the workspace; there is no such recall.
    pub async fn recall(&self, by: &Principal, id: RecallId) -> Result<Recall, CatalogError> {
        by.scopes.require(Scope::Read)?;
        self.ports.recalls.recall(by.workspace, id).await?.ok_or(CatalogError::NotFound)
    }

    /// The recalls of the workspace, newest first, behind one of them.
    ///
    /// # Errors
    /// The caller may not read all of the workspace.
    pub async fn recalls(&self, by: &Principal, after: Option<RecallId>, limit: u32) -> Result<Vec<Recall>, CatalogError> {
        by.scopes.require(Scope::Read)?;
        Ok(self.ports.recalls.recalls(by.workspace, after, limit).await?)
    }

    /// Revokes what a recall was made for, until all of it is done. Two who do it at once are no worse than one. Answers how it
    /// stands then.
    ///
    /// # Errors
    /// Something broke: what was done until then stays done, and whoever comes next goes on from there.
    pub async fn carry_out(&self, workspace: WorkspaceId, id: RecallId) -> Result<Recall, CatalogError> {
        let recall = self.ports.recalls.recall(workspace, id).await?.ok_or(CatalogError::NotFound)?;
        let person = in_the_name_of(&recall);
        loop {
            let targets = self.ports.recalls.open_targets(workspace, id, BATCH).await?;
            if targets.is_empty() {
                break;
            }
            let outcomes = self.take_back(&recall, &person, targets).await?;
            self.ports.recalls.settle(workspace, id, &outcomes, self.ports.clock.now()).await?;
        }
        self.ports.recalls.finish(workspace, id, self.ports.clock.now()).await?;
        self.ports.recalls.recall(workspace, id).await?.ok_or(CatalogError::NotFound)
    }

    /// Goes on with every recall that was left half done, of all workspaces. Answers how many that were.
    ///
    /// # Errors
    /// Something broke.
    pub async fn resume_recalls(&self) -> Result<u64, CatalogError> {
        let mut resumed = 0_u64;
        loop {
            let now = self.ports.clock.now();
            let Some((workspace, id)) = self.ports.recalls.take_up(now - SILENCE, now).await? else { return Ok(resumed) };
            self.carry_out(workspace, id).await?;
            resumed = resumed.saturating_add(1);
        }
    }

    /// Revokes approvals of different assets. Those that lost a race are open still.
    async fn take_back(
        &self,
        recall: &Recall,
        person: &Principal,
        targets: Vec<Target>,
    ) -> Result<Vec<(AssetId, Result<(), Spared>)>, CatalogError> {
        let ids: Vec<AssetId> = targets.iter().map(|target| target.asset).collect();
        let cases = self.ports.assets.cases(recall.workspace, &ids, &person.actor).await?;
        let mut cases: HashMap<AssetId, Case> = cases.into_iter().map(|case| (case.asset.id(), case)).collect();
        let (mut outcomes, mut revoked, mut commits) = (Vec::with_capacity(targets.len()), Vec::new(), Vec::new());
        for target in targets {
            let asset = target.asset;
            let Some(case) = cases.remove(&asset) else {
                outcomes.push((asset, Err(Spared::AlreadyEnded)));
                continue;
            };
            match case.asset.standing().map(|approval| approval.revision) {
                Some(standing) if standing == target.approval => {}
                Some(_) => {
                    outcomes.push((asset, Err(Spared::ApprovedAnew)));
                    continue;
                }
                None => {
                    let is_done = self.was_revoked_by(recall, &target).await?;
                    outcomes.push((asset, if is_done { Ok(()) } else { Err(Spared::AlreadyEnded) }));
                    continue;
                }
            }
            let named = NamedBytes { version: Some(target.version), digest: Some(target.digest) };
            let request = DecisionRequest::of(Transition::Revoke, named, Some(recall.comment.clone()));
            let (case, circumstances) = self.moment(person, case);
            match judge(case, None, request, &circumstances)? {
                Ruling::Changed(change) => {
                    commits.push(self.commit(*change, None, None)?);
                    revoked.push(asset);
                }
                Ruling::Unchanged(_) => outcomes.push((asset, Err(Spared::AlreadyEnded))),
            }
        }
        for (asset, outcome) in revoked.into_iter().zip(self.ports.assets.commit_each(&commits).await) {
            match outcome {
                Ok(()) => outcomes.push((asset, Ok(()))),
                Err(CommitError::Conflict) => {}
                Err(error) => return Err(broken(error)),
            }
        }
        Ok(outcomes)
    }

    /// Whether this very recall has ended an approval, before it was cut off.
    async fn was_revoked_by(&self, recall: &Recall, target: &Target) -> Result<bool, Breakage> {
        let verdict = self.ports.assets.newest_verdict(recall.workspace, target.asset, &target.digest).await?;
        Ok(verdict.is_some_and(|made| {
            made.action == Transition::Revoke
                && made.version == target.version
                && made.by == recall.by
                && made.at >= recall.at
                && made.comment.as_ref() == Some(&recall.comment)
        }))
    }
}

/// The approval that stands, as what is to be taken back.
fn target(asset: &Asset) -> Option<Target> {
    let approval = asset.standing()?;
    let (version, digest) = (approval.version.number, approval.version.content.digest);
    Some(Target { asset: asset.id(), version, digest, approval: approval.revision })
}

/// Who made the recall, with what that takes: they might when they made it, and whoever goes on with it does so for them.
fn in_the_name_of(recall: &Recall) -> Principal {
    let actor: Actor = recall.by.clone();
    Principal { workspace: recall.workspace, actor, scopes: Scopes::from_iter([Scope::Approve]), expires_at: None, request: None }
}

fn count(things: usize) -> u64 {
    u64::try_from(things).unwrap_or(u64::MAX)
}
