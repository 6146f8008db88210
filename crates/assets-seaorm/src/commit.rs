//! Saving a change: all of it or nothing, in one batch.

use assets_domain::{
    Asset, AuditEntry, Change, Content, Decision, Digest, Event, KeyPrefix, SearchText, Transition, Version, VersionNumber, VersionStatus,
    View, WorkspaceId,
    ports::{Blob, Commit, CommitError, Deletion, NewBlob, Receipt},
};
use sea_orm::{
    ColumnTrait, DbBackend, EntityTrait, IntoActiveModel, Iterable, QueryFilter, QueryTrait, UpdateMany,
    sea_query::{Expr, ExprTrait, OnConflict, Query, SimpleExpr, SubQueryStatement, UpdateStatement},
};
use uuid::Uuid;

use crate::{
    Database, audit,
    batch::{Batch, Undone},
    entity::{approver, asset, author, decision, event, kept, key, micros, receipt, text, version, workspace},
    error::{Fault, is_dangling, over_quota},
    ledger,
    listing::{self, Place},
    place, recalled,
    scope::Scope,
    words::Words,
};

impl Database {
    pub(crate) async fn save(&self, commit: &Commit) -> Result<(), CommitError> {
        let batch = self.batch_of(commit).await?;
        self.apply(batch).await.map(|_| ()).map_err(|undone| why(undone, commit))
    }

    pub(crate) async fn save_each(&self, commits: &[Commit]) -> Vec<Result<(), CommitError>> {
        let (mut batches, mut outcomes) = (Vec::with_capacity(commits.len()), Vec::with_capacity(commits.len()));
        for commit in commits {
            match self.batch_of(commit).await {
                Ok(batch) => {
                    batches.push(batch);
                    outcomes.push(Ok(()));
                }
                Err(fault) => outcomes.push(Err(fault.into())),
            }
        }
        let mut applied = self.apply_each(batches).await.into_iter();
        for (outcome, commit) in outcomes.iter_mut().zip(commits).filter(|(outcome, _)| outcome.is_ok()) {
            let undone = applied.next().unwrap_or(Err(Undone::Unmet));
            *outcome = undone.map_err(|undone| why(undone, commit));
        }
        outcomes
    }

    pub(crate) async fn remove(&self, deletion: &Deletion) -> Result<(), CommitError> {
        let Deletion { workspace, asset: id, before, event, entry } = deletion;
        let is_asset = asset::Column::WorkspaceId.eq(workspace.as_uuid()).and(asset::Column::Id.eq(id.as_uuid()));
        let guard = swap(*workspace, id.as_uuid(), kept(before.get()), kept(before.get()));
        let mut batch = Batch::guarded_by(self.backend(), Scope::Tenant(*workspace), &guard);
        // The text goes first, since nothing takes it along; whatever else there is goes with the asset.
        for view in [View::Working, View::Published] {
            Place { workspace: *workspace, view, asset: *id }.remove(&mut batch);
        }
        batch.add_query(&asset::Entity::delete_many().filter(is_asset));
        append(&mut batch, event, Some((entry, None)))?;
        match self.apply(batch).await {
            Ok(_) => Ok(()),
            Err(Undone::Unmet) => Err(CommitError::Conflict),
            Err(undone) => Err(Fault::from(undone).into()),
        }
    }

    async fn batch_of(&self, commit: &Commit) -> Result<Batch, Fault> {
        let words = self.words(commit).await?;
        let saving = Saving::begin(self.backend(), &commit.change);
        saving.finish(commit, &words)
    }
}

/// What it means that a commit was not saved.
fn why(undone: Undone, commit: &Commit) -> CommitError {
    match undone {
        Undone::Unmet => CommitError::Conflict,
        // The bytes of a version are the only thing that it refers to and that may have gone.
        Undone::Broken(error) if is_dangling(&error) && commit.change.added_version().is_some() => CommitError::BlobRetired,
        Undone::Broken(error) => match over_quota(&error) {
            Some(quantity) => CommitError::OverQuota(quantity),
            None => Fault::from(error).into(),
        },
    }
}

/// Puts an asset at its next revision if it is still at this one. Answers a row if it is.
pub(crate) fn swap(workspace: WorkspaceId, id: Uuid, before: i64, after: i64) -> UpdateStatement {
    Query::update()
        .table(asset::Entity)
        .value(asset::Column::Revision, after)
        .and_where(asset::Column::WorkspaceId.eq(workspace.as_uuid()))
        .and_where(asset::Column::Id.eq(id))
        .and_where(asset::Column::Revision.eq(before))
        .returning_col(asset::Column::Revision)
        .to_owned()
}

/// The same if none of these keys is revoked. What a revocation that is under way will say is not waited for.
fn unless_revoked(mut swap: UpdateStatement, workspace: WorkspaceId, keys: &[KeyPrefix]) -> UpdateStatement {
    if !keys.is_empty() {
        let revoked = Query::select()
            .expr(Expr::value(1))
            .from(key::Entity)
            .and_where(key::Column::WorkspaceId.eq(workspace.as_uuid()))
            .and_where(key::Column::Prefix.is_in(keys.iter().map(KeyPrefix::as_str)))
            .and_where(key::Column::RevokedAt.is_not_null())
            .to_owned();
        swap.and_where(Expr::exists(revoked).not());
    }
    swap
}

struct Saving<'a> {
    batch: Batch,
    asset: &'a Asset,
}

impl<'a> Saving<'a> {
    /// Begins with what decides whether a change is saved: the new head takes the place of the old one, or a free one.
    fn begin(backend: DbBackend, change: &'a Change) -> Self {
        let asset = change.asset();
        let (workspace, id, after) = (asset.parts().workspace, asset.id().as_uuid(), kept(asset.revision().get()));
        let scope = Scope::Tenant(workspace);
        let batch = match change.before() {
            Some(before) => {
                let swap = swap(workspace, id, kept(before.get()), after);
                Batch::guarded_by(backend, scope, &unless_revoked(swap, workspace, change.relies_on()))
            }
            None => {
                let head = asset::Model { workspace_id: workspace.as_uuid(), id, revision: after };
                let free = OnConflict::new().do_nothing().to_owned();
                let mut insert = asset::Entity::insert(head.into_active_model()).on_conflict(free).into_query();
                Batch::guarded_by(backend, scope, insert.returning_col(asset::Column::Revision))
            }
        };
        Self { batch, asset }
    }

    fn finish(mut self, commit: &Commit, words: &Words) -> Result<Batch, Fault> {
        let Commit { change, event, blob, receipt, presented, attestation } = commit;
        if let Some(blob) = blob {
            self.add_blob(&blob.blob)?;
        }
        if let Some(version) = change.added_version() {
            self.add_version(version, change.adds_author())?;
            if let Some(NewBlob { text, .. }) = blob {
                self.add_text(&version.content, text);
            }
        }
        for (number, status) in change.restated() {
            self.restate(*number, *status);
        }
        let entry = change.audit_entry();
        let record = match change.decision() {
            Some(decision) => Some(self.record(decision, attestation.clone())?),
            None => None,
        };
        self.note_approvers(change);
        listing::follow(&mut self.batch, change.previous(), self.asset, words, presented.as_ref())?;
        if let Some(receipt) = receipt {
            self.batch.add_query(&kept_answer(self.workspace(), receipt));
        }
        append(&mut self.batch, event, entry.as_ref().map(|entry| (entry, record)))?;
        if let Some(taken) = change.taken_back() {
            // Behind the event: an export is finished by whoever has the workspace's row, so that this sees it, or it sees this.
            recalled::mark(&mut self.batch, self.asset, taken);
        }
        Ok(self.batch)
    }

    fn workspace(&self) -> Uuid {
        self.asset.parts().workspace.as_uuid()
    }

    fn id(&self) -> Uuid {
        self.asset.id().as_uuid()
    }

    /// Makes the bytes known. If the workspace knows them already, its row stays and the new file is nobody's. If it does
    /// not and the file is to go, there is no row, and no version can refer to one.
    fn add_blob(&mut self, blob: &Blob) -> Result<(), Fault> {
        if let Some(holding) = ledger::holding(self.batch.backend(), &blob.key) {
            self.batch.add_built(holding);
        }
        self.batch.add(&ledger::insert(blob)?);
        Ok(())
    }

    fn add_version(&mut self, added: &Version, adds_author: bool) -> Result<(), Fault> {
        let row = version::Model {
            workspace_id: self.workspace(),
            asset_id: self.id(),
            number: ordinal(added.number),
            status: added.status.as_str().to_owned(),
            digest: added.content.digest.as_bytes().to_vec(),
            created_at: micros(added.created_at),
            body: serde_json::to_string(added)?,
        };
        self.insert::<version::Entity>(&row, u64::from(added.number.get()))?;
        if adds_author {
            let row = author::Model {
                workspace_id: self.workspace(),
                asset_id: self.id(),
                digest: added.content.digest.as_bytes().to_vec(),
                key_prefix: added.created_by.key_prefix.as_str().to_owned(),
                name_folded: added.created_by.name.folded(),
            };
            let once = OnConflict::new().do_nothing().to_owned();
            self.batch.add_query(&author::Entity::insert(row.into_active_model()).on_conflict(once));
        }
        Ok(())
    }

    /// Keeps what is searched of the bytes as content of this kind, unless it is known already.
    fn add_text(&mut self, content: &Content, words: &SearchText) {
        if words.is_empty() {
            return;
        }
        let row = text::Model {
            workspace_id: self.workspace(),
            digest: content.digest.as_bytes().to_vec(),
            r#type: self.asset.parts().asset_type.as_str().to_owned(),
            media_type: content.media_type.as_str().to_owned(),
            words: words.as_str().to_owned(),
        };
        let once = OnConflict::new().do_nothing().to_owned();
        self.batch.add_query(&text::Entity::insert(row.into_active_model()).on_conflict(once));
    }

    fn restate(&mut self, number: VersionNumber, status: VersionStatus) {
        let restated = version::Entity::update_many()
            .col_expr(version::Column::Status, Expr::value(status.as_str()))
            .filter(version::Column::WorkspaceId.eq(self.workspace()))
            .filter(version::Column::AssetId.eq(self.id()))
            .filter(version::Column::Number.eq(ordinal(number)));
        self.batch.add_query(&restated);
    }

    /// Puts a decision on record. Answers the digest of its row.
    fn record(&mut self, made: &Decision, attestation: Option<String>) -> Result<Digest, Fault> {
        let row = decision::Model {
            workspace_id: self.workspace(),
            asset_id: self.id(),
            revision: kept(made.revision.get()),
            action: made.action.as_str().to_owned(),
            version: ordinal(made.version),
            digest: made.digest.as_bytes().to_vec(),
            at: micros(made.at),
            body: serde_json::to_string(made)?,
            attestation,
            partial: made.action == Transition::Approve && !made.is_approval(),
        };
        self.insert::<decision::Entity>(&row, made.revision.get())?;
        Ok(audit::record_of(&row))
    }

    /// Keeps whose word the approval rests on that stands, while it does. Nothing is written unless another stands than before.
    fn note_approvers(&mut self, change: &Change) {
        let standing = |asset: &Asset| asset.standing().map(|approval| approval.revision);
        let before = change.previous().and_then(standing);
        if before == standing(self.asset) {
            return;
        }
        if before.is_some() {
            let over = approver::Entity::delete_many()
                .filter(approver::Column::WorkspaceId.eq(self.workspace()))
                .filter(approver::Column::AssetId.eq(self.id()));
            self.batch.add_query(&over);
        }
        let rows = change.approvers().into_iter().map(|by| approver::Model {
            workspace_id: self.workspace(),
            key_prefix: by.key_prefix.as_str().to_owned(),
            asset_id: self.id(),
        });
        let rows: Vec<_> = rows.map(IntoActiveModel::into_active_model).collect();
        if !rows.is_empty() {
            let once = OnConflict::new().do_nothing().to_owned();
            self.batch.add_query(&approver::Entity::insert_many(rows).on_conflict(once));
        }
    }

    /// Puts in a row with its number among those of the asset.
    fn insert<E: EntityTrait>(&mut self, row: &E::Model, number: u64) -> Result<(), Fault> {
        let place = place::beside::<E>(self.asset.id(), number);
        let insert = place::insert::<E>(self.batch.backend(), row, E::Column::iter().collect(), place)?;
        self.batch.add(&insert);
        Ok(())
    }
}

/// Gives an event the next number of its workspace. This comes last: it is where the changes of a workspace queue up.
pub(crate) fn append_event(batch: &mut Batch, event: &Event) -> Result<(), Fault> {
    append(batch, event, None)
}

/// The same for an event whose change has an entry in the audit: one statement counts both.
pub(crate) fn append(batch: &mut Batch, event: &Event, entry: Option<(&AuditEntry, Option<Digest>)>) -> Result<(), Fault> {
    use event::Column::{ApprovalChanged, AssetId, Body, Id, OccurredAt, Sequence, Type, WorkspaceId};
    batch.tell();
    let is_own = workspace::Column::Id.eq(event.workspace.as_uuid());
    let next = Expr::col(workspace::Column::EventSequence).add(1);
    let mut count = Query::update();
    count.table(workspace::Entity).value(workspace::Column::EventSequence, next).and_where(is_own.clone());
    if entry.is_some() {
        audit::count(&mut count);
    }
    batch.add(&count);
    // In a workspace that is not there, an event would have no number, which the table refuses.
    let number = Query::select().column(workspace::Column::EventSequence).from(workspace::Entity).and_where(is_own).to_owned();
    let mut insert = Query::insert();
    insert.into_table(event::Entity).columns([WorkspaceId, Sequence, Id, Type, AssetId, Body, OccurredAt, ApprovalChanged]);
    let values = [
        Expr::value(event.workspace.as_uuid()),
        SimpleExpr::SubQuery(None, Box::new(SubQueryStatement::SelectStatement(number))),
        Expr::value(event.id.as_uuid()),
        Expr::value(event.event_type.as_str()),
        Expr::value(event.asset().map(assets_domain::AssetId::as_uuid)),
        Expr::value(serde_json::to_string(event)?),
        Expr::value(micros(event.occurred_at)),
        Expr::value(event.approval_changed()),
    ];
    insert.values(values).map_err(Fault::row)?;
    batch.add(&insert);
    entry.map_or(Ok(()), |(entry, record)| audit::insert(batch, entry, record))
}

/// Keeps the answer to a request that began and has none yet.
pub(crate) fn kept_answer(workspace: Uuid, answered: &Receipt) -> UpdateMany<receipt::Entity> {
    receipt::Entity::update_many()
        .col_expr(receipt::Column::Answer, Expr::value(answered.answer.clone()))
        .filter(receipt::Column::WorkspaceId.eq(workspace))
        .filter(receipt::Column::Id.eq(answered.id.as_bytes().to_vec()))
        .filter(receipt::Column::Answer.is_null())
}

/// A version's number as it is kept. The domain keeps it below the limit.
pub(crate) fn ordinal(number: VersionNumber) -> i32 {
    i32::try_from(number.get()).unwrap_or(i32::MAX)
}
