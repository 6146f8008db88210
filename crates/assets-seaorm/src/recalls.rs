//! Approvals that are taken back together.

use assets_domain::{
    Actor, AssetId, Comment, Concern, Consumer, Digest, Event, ExportId, HandedOut, Progress, Recall, RecallId, ReleaseId, Revision,
    Spared, Target, VersionNumber, Way, WorkspaceId,
    ports::{Breakage, Recalls, Receipt},
};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait, Query},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    Database,
    batch::Batch,
    commit::{append_event, kept_answer, ordinal},
    entity::{bytes32, export, export_member, kept, micros, moment, number, recall, recall_target, release},
    error::Fault,
    exports, releases,
    scope::{Reader, Scope},
};

/// What an approval is that was taken back, among the reasons why others were not.
const REVOKED: &str = "revoked";

/// What is only ever read whole.
#[derive(Serialize, Deserialize)]
struct Body {
    by: Actor,
    filters: Vec<(String, String)>,
    comment: Comment,
    at: i64,
    concern: Concern,
}

fn place(workspace: WorkspaceId, id: RecallId) -> (Uuid, Uuid) {
    (workspace.as_uuid(), id.as_uuid())
}

fn target_row((workspace_id, recall_id): (Uuid, Uuid), target: &Target) -> recall_target::Model {
    recall_target::Model {
        workspace_id,
        recall_id,
        asset_id: target.asset.as_uuid(),
        version: ordinal(target.version),
        digest: target.digest.as_bytes().to_vec(),
        approval: kept(target.approval.get()),
        outcome: None,
    }
}

fn target(row: recall_target::Model) -> Result<Target, Fault> {
    Ok(Target {
        asset: AssetId::new(row.asset_id),
        version: VersionNumber::new(number(row.version.into())?).map_err(Fault::row)?,
        digest: Digest::from_bytes(bytes32(row.digest)?),
        approval: Revision::new(number(row.approval)?),
    })
}

fn left(row: recall_target::Model) -> Result<(AssetId, Spared), Fault> {
    let reason = row.outcome.as_deref().and_then(Spared::parse).ok_or_else(|| Fault::row("an unknown reason to leave an approval"))?;
    Ok((AssetId::new(row.asset_id), reason))
}

fn targets(workspace: WorkspaceId, id: RecallId) -> sea_orm::Select<recall_target::Entity> {
    recall_target::Entity::find()
        .filter(recall_target::Column::WorkspaceId.eq(workspace.as_uuid()))
        .filter(recall_target::Column::RecallId.eq(id.as_uuid()))
        .order_by_asc(recall_target::Column::AssetId)
}

async fn known(reader: &Reader, row: recall::Model) -> Result<Recall, Fault> {
    let (workspace, id) = (WorkspaceId::new(row.workspace_id), RecallId::new(row.id));
    let body = row.body.ok_or_else(|| Fault::row("a recall that was not made"))?;
    let Body { by, filters, comment, at, concern } = serde_json::from_str(&body)?;
    let named = u64::try_from(Recall::NAMED).unwrap_or(u64::MAX);
    let first_left = match row.left_over {
        0 => Vec::new(),
        _ => {
            let spared = recall_target::Column::Outcome.is_not_null().and(recall_target::Column::Outcome.ne(REVOKED));
            targets(workspace, id).filter(spared).limit(named).all(reader).await?
        }
    };
    let progress = Progress {
        revoked: number(row.revoked)?,
        left_over: number(row.left_over)?,
        first_left: first_left.into_iter().map(left).collect::<Result<_, _>>()?,
        finished_at: row.finished_at.map(moment).transpose()?,
    };
    Ok(Recall { workspace, id, by, filters, comment, at: moment(at)?, concern, progress })
}

impl Database {
    async fn begin_recall(&self, workspace: WorkspaceId, id: RecallId, at: DateTime<Utc>) -> Result<(), Fault> {
        let (workspace_id, id) = place(workspace, id);
        let (begun_at, touched_at) = (micros(at), micros(at));
        let row = recall::Model { workspace_id, id, begun_at, touched_at, finished_at: None, revoked: 0, left_over: 0, body: None };
        let transaction = self.write(Scope::Tenant(workspace)).await?;
        recall::Entity::insert(row.into_active_model()).exec_without_returning(&transaction).await?;
        Ok(transaction.commit().await?)
    }

    async fn pin_targets(&self, workspace: WorkspaceId, id: RecallId, targets: &[Target]) -> Result<(), Fault> {
        if targets.is_empty() {
            return Ok(());
        }
        let transaction = self.write(Scope::Tenant(workspace)).await?;
        let rows = targets.iter().map(|target| target_row(place(workspace, id), target).into_active_model());
        recall_target::Entity::insert_many(rows).exec_without_returning(&transaction).await?;
        Ok(transaction.commit().await?)
    }

    async fn make_recall(&self, made: &Recall, event: &Event, receipt: Option<&Receipt>) -> Result<bool, Fault> {
        let Recall { workspace, id, by, filters, comment, at, concern, .. } = made.clone();
        let body = serde_json::to_string(&Body { by, filters, comment, at: micros(at), concern })?;
        let transaction = self.write(Scope::Tenant(workspace)).await?;
        let seen = recall::Entity::update_many()
            .col_expr(recall::Column::Body, Expr::value(body))
            .col_expr(recall::Column::TouchedAt, Expr::value(micros(at)))
            .filter(recall::Column::WorkspaceId.eq(workspace.as_uuid()))
            .filter(recall::Column::Id.eq(id.as_uuid()))
            .exec(&transaction)
            .await?;
        if seen.rows_affected == 0 {
            return Ok(false);
        }
        if let Some(receipt) = receipt {
            kept_answer(workspace.as_uuid(), receipt).exec(&transaction).await?;
        }
        let mut told = Batch::new(self.backend(), Scope::Tenant(workspace));
        append_event(&mut told, event)?;
        told.run(&transaction).await?;
        transaction.commit().await?;
        self.bell.ring(workspace);
        Ok(true)
    }

    async fn abandon_recall(&self, workspace: WorkspaceId, id: RecallId) -> Result<(), Fault> {
        let transaction = self.write(Scope::Tenant(workspace)).await?;
        recall::Entity::delete_by_id(place(workspace, id)).filter(recall::Column::Body.is_null()).exec(&transaction).await?;
        Ok(transaction.commit().await?)
    }

    async fn drop_unmade_recalls(&self, before: DateTime<Utc>) -> Result<u64, Fault> {
        let transaction = self.write(Scope::Every).await?;
        let is_unmade = recall::Column::Body.is_null().and(recall::Column::BegunAt.lt(micros(before)));
        let dropped = recall::Entity::delete_many().filter(is_unmade).exec(&transaction).await?;
        transaction.commit().await?;
        Ok(dropped.rows_affected)
    }

    async fn find_recalls(&self, workspace: WorkspaceId, which: Condition, limit: u32) -> Result<Vec<Recall>, Fault> {
        let reader = self.read(Scope::Tenant(workspace));
        let rows = recall::Entity::find()
            .filter(recall::Column::WorkspaceId.eq(workspace.as_uuid()))
            .filter(recall::Column::Body.is_not_null())
            .filter(which)
            .order_by_desc(recall::Column::Id)
            .limit(u64::from(limit))
            .all(&reader)
            .await?;
        let mut recalls = Vec::with_capacity(rows.len());
        for row in rows {
            recalls.push(known(&reader, row).await?);
        }
        Ok(recalls)
    }

    async fn take_up_recall(&self, since: DateTime<Utc>, now: DateTime<Utc>) -> Result<Option<(WorkspaceId, RecallId)>, Fault> {
        let is_left = || {
            recall::Column::FinishedAt.is_null().and(recall::Column::Body.is_not_null()).and(recall::Column::TouchedAt.lt(micros(since)))
        };
        let reader = self.read(Scope::Every);
        let Some(row) = recall::Entity::find().filter(is_left()).order_by_asc(recall::Column::TouchedAt).one(&reader).await? else {
            return Ok(None);
        };
        let transaction = self.write(Scope::Tenant(WorkspaceId::new(row.workspace_id))).await?;
        let taken = recall::Entity::update_many()
            .col_expr(recall::Column::TouchedAt, Expr::value(micros(now)))
            .filter(recall::Column::WorkspaceId.eq(row.workspace_id))
            .filter(recall::Column::Id.eq(row.id))
            .filter(is_left())
            .exec(&transaction)
            .await?;
        transaction.commit().await?;
        Ok((taken.rows_affected > 0).then(|| (WorkspaceId::new(row.workspace_id), RecallId::new(row.id))))
    }

    async fn find_open_targets(&self, workspace: WorkspaceId, id: RecallId, limit: u32) -> Result<Vec<Target>, Fault> {
        let open = targets(workspace, id).filter(recall_target::Column::Outcome.is_null()).limit(u64::from(limit));
        open.all(&self.read(Scope::Tenant(workspace))).await?.into_iter().map(target).collect()
    }

    async fn settle_targets(
        &self,
        workspace: WorkspaceId,
        id: RecallId,
        outcomes: &[(AssetId, Result<(), Spared>)],
        now: DateTime<Utc>,
    ) -> Result<(), Fault> {
        let (workspace_id, recall_id) = place(workspace, id);
        let transaction = self.write(Scope::Tenant(workspace)).await?;
        // Whoever settles first has the row, and who comes behind finds what is known already.
        let touched = recall::Entity::update_many()
            .col_expr(recall::Column::TouchedAt, Expr::value(micros(now)))
            .filter(recall::Column::WorkspaceId.eq(workspace_id))
            .filter(recall::Column::Id.eq(recall_id));
        touched.exec(&transaction).await?;
        let (mut revoked, mut left_over) = (0_i64, 0_i64);
        for reason in std::iter::once(Ok(())).chain(Spared::ALL.map(Err)) {
            let assets: Vec<Uuid> = outcomes.iter().filter(|(_, outcome)| *outcome == reason).map(|(asset, _)| asset.as_uuid()).collect();
            if assets.is_empty() {
                continue;
            }
            let settled = recall_target::Entity::update_many()
                .col_expr(recall_target::Column::Outcome, Expr::value(reason.map_or_else(Spared::as_str, |()| REVOKED)))
                .filter(recall_target::Column::WorkspaceId.eq(workspace_id))
                .filter(recall_target::Column::RecallId.eq(recall_id))
                .filter(recall_target::Column::AssetId.is_in(assets))
                .filter(recall_target::Column::Outcome.is_null())
                .exec(&transaction)
                .await?;
            let counted = if reason.is_ok() { &mut revoked } else { &mut left_over };
            *counted = counted.saturating_add(kept(settled.rows_affected));
        }
        let counted = recall::Entity::update_many()
            .col_expr(recall::Column::Revoked, Expr::col(recall::Column::Revoked).add(revoked))
            .col_expr(recall::Column::LeftOver, Expr::col(recall::Column::LeftOver).add(left_over))
            .filter(recall::Column::WorkspaceId.eq(workspace_id))
            .filter(recall::Column::Id.eq(recall_id));
        counted.exec(&transaction).await?;
        Ok(transaction.commit().await?)
    }

    async fn finish_recall(&self, workspace: WorkspaceId, id: RecallId, at: DateTime<Utc>) -> Result<(), Fault> {
        let transaction = self.write(Scope::Tenant(workspace)).await?;
        let done = recall::Entity::update_many()
            .col_expr(recall::Column::FinishedAt, Expr::value(micros(at)))
            .filter(recall::Column::WorkspaceId.eq(workspace.as_uuid()))
            .filter(recall::Column::Id.eq(id.as_uuid()))
            .filter(recall::Column::FinishedAt.is_null());
        done.exec(&transaction).await?;
        Ok(transaction.commit().await?)
    }

    async fn find_handed(&self, workspace: WorkspaceId, assets: &[AssetId]) -> Result<Vec<HandedOut>, Fault> {
        if assets.is_empty() {
            return Ok(Vec::new());
        }
        let reader = self.read(Scope::Tenant(workspace));
        let wanted = || assets.iter().map(|asset| asset.as_uuid());
        let tickets: Vec<(Uuid, Uuid, Vec<u8>)> = release::Entity::find()
            .select_only()
            .columns([release::Column::Id, release::Column::AssetId, release::Column::Digest])
            .filter(release::Column::WorkspaceId.eq(workspace.as_uuid()))
            .filter(release::Column::AssetId.is_in(wanted()))
            .filter(release::Column::RecalledAt.is_null())
            .into_tuple()
            .all(&reader)
            .await?;
        let finished = Query::select()
            .column((export::Entity, export::Column::Id))
            .from(export::Entity)
            .and_where(Expr::col((export::Entity, export::Column::WorkspaceId)).eq(workspace.as_uuid()))
            .and_where(Expr::col((export::Entity, export::Column::Body)).is_not_null())
            .to_owned();
        let members: Vec<(Uuid, Uuid, Vec<u8>)> = export_member::Entity::find()
            .select_only()
            .columns([export_member::Column::ExportId, export_member::Column::AssetId, export_member::Column::Digest])
            .filter(export_member::Column::WorkspaceId.eq(workspace.as_uuid()))
            .filter(export_member::Column::AssetId.is_in(wanted()))
            .filter(export_member::Column::RecalledAt.is_null())
            .filter(export_member::Column::ExportId.in_subquery(finished))
            .into_tuple()
            .all(&reader)
            .await?;
        let tickets = tickets.into_iter().map(|(id, asset, digest)| (Way::Ticket { id: ReleaseId::new(id) }, asset, digest));
        let archives = members.into_iter().map(|(id, asset, digest)| (Way::Export { id: ExportId::new(id) }, asset, digest));
        let handed = tickets
            .chain(archives)
            .map(|(way, asset, digest)| Ok(HandedOut { way, asset: AssetId::new(asset), digest: Digest::from_bytes(bytes32(digest)?) }));
        handed.collect()
    }

    async fn find_consumers(&self, workspace: WorkspaceId, ways: &[Way]) -> Result<Vec<Consumer>, Fault> {
        let reader = self.read(Scope::Tenant(workspace));
        let tickets = ways.iter().filter(|way| matches!(way, Way::Ticket { .. })).map(Way::id);
        let archives = ways.iter().filter(|way| matches!(way, Way::Export { .. })).map(Way::id);
        let tickets = release::Entity::find()
            .filter(release::Column::WorkspaceId.eq(workspace.as_uuid()))
            .filter(release::Column::Id.is_in(tickets))
            .all(&reader)
            .await?;
        let archives = export::Entity::find()
            .filter(export::Column::WorkspaceId.eq(workspace.as_uuid()))
            .filter(export::Column::Id.is_in(archives))
            .filter(export::Column::Body.is_not_null())
            .all(&reader)
            .await?;
        let mut consumers = Vec::with_capacity(tickets.len().saturating_add(archives.len()));
        for row in tickets {
            let handed = releases::ticket(row)?;
            let (way, channel, market) = (handed.way, handed.channel, handed.market);
            consumers.push(Consumer { way, by: handed.by, channel, market, at: handed.at, expires_at: handed.expires_at });
        }
        for row in archives {
            let export = exports::known(row, Vec::new())?;
            let (way, channel, market) = (Way::Export { id: export.id }, export.asked.channel, export.asked.market);
            consumers.push(Consumer { way, by: export.by, channel, market, at: export.created_at, expires_at: export.expires_at });
        }
        Ok(consumers)
    }
}

#[async_trait]
impl Recalls for Database {
    async fn begin(&self, workspace: WorkspaceId, id: RecallId, at: DateTime<Utc>) -> Result<(), Breakage> {
        Ok(self.begin_recall(workspace, id, at).await?)
    }

    async fn pin(&self, workspace: WorkspaceId, id: RecallId, targets: &[Target]) -> Result<(), Breakage> {
        Ok(self.pin_targets(workspace, id, targets).await?)
    }

    async fn make(&self, recall: &Recall, event: &Event, receipt: Option<&Receipt>) -> Result<bool, Breakage> {
        Ok(self.make_recall(recall, event, receipt).await?)
    }

    async fn abandon(&self, workspace: WorkspaceId, id: RecallId) -> Result<(), Breakage> {
        Ok(self.abandon_recall(workspace, id).await?)
    }

    async fn drop_unmade(&self, before: DateTime<Utc>) -> Result<u64, Breakage> {
        Ok(self.drop_unmade_recalls(before).await?)
    }

    async fn recall(&self, workspace: WorkspaceId, id: RecallId) -> Result<Option<Recall>, Breakage> {
        Ok(self.find_recalls(workspace, Condition::all().add(recall::Column::Id.eq(id.as_uuid())), 1).await?.pop())
    }

    async fn recalls(&self, workspace: WorkspaceId, after: Option<RecallId>, limit: u32) -> Result<Vec<Recall>, Breakage> {
        let behind = Condition::all().add_option(after.map(|after| recall::Column::Id.lt(after.as_uuid())));
        Ok(self.find_recalls(workspace, behind, limit).await?)
    }

    async fn take_up(&self, untouched_since: DateTime<Utc>, now: DateTime<Utc>) -> Result<Option<(WorkspaceId, RecallId)>, Breakage> {
        Ok(self.take_up_recall(untouched_since, now).await?)
    }

    async fn open_targets(&self, workspace: WorkspaceId, id: RecallId, limit: u32) -> Result<Vec<Target>, Breakage> {
        Ok(self.find_open_targets(workspace, id, limit).await?)
    }

    async fn settle(
        &self,
        workspace: WorkspaceId,
        id: RecallId,
        outcomes: &[(AssetId, Result<(), Spared>)],
        now: DateTime<Utc>,
    ) -> Result<(), Breakage> {
        Ok(self.settle_targets(workspace, id, outcomes, now).await?)
    }

    async fn finish(&self, workspace: WorkspaceId, id: RecallId, at: DateTime<Utc>) -> Result<(), Breakage> {
        Ok(self.finish_recall(workspace, id, at).await?)
    }

    async fn handed(&self, workspace: WorkspaceId, assets: &[AssetId]) -> Result<Vec<HandedOut>, Breakage> {
        Ok(self.find_handed(workspace, assets).await?)
    }

    async fn consumers(&self, workspace: WorkspaceId, ways: &[Way]) -> Result<Vec<Consumer>, Breakage> {
        Ok(self.find_consumers(workspace, ways).await?)
    }
}
