//! Who is told of events, and what became of it.

use assets_domain::{
    Actor, Delivery, DeliveryId, DisabledReason, EventId, Failing, FormerSecret, Replay, ReplayId, SealedSecret, Standing, Webhook,
    WebhookId, WebhookSettings, WorkspaceId,
    ports::{Breakage, Holder, Receipt, Settlement, WebhookRepository},
};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, FromQueryResult, IntoActiveModel, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect, Statement,
    sea_query::{Expr, ExprTrait, Query, SimpleExpr},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    Database,
    batch::{Batch, Undone},
    commit::{append_event, kept_answer},
    entity::{
        kept, micros, moment, number,
        webhook::{self, Column},
        webhook_delivery, webhook_replay, workspace,
    },
    error::{Fault, is_dangling},
    scope::Scope,
};

/// The webhooks for which something may be done, of every tenant.
const DUE: &str = "SELECT w.*, s.event_sequence AS head, \
    CASE WHEN EXISTS (SELECT 1 FROM webhook_replays r WHERE r.workspace_id = w.workspace_id AND r.webhook_id = w.id) THEN 1 ELSE 0 END AS again \
    FROM webhooks w JOIN workspaces s ON s.id = w.workspace_id \
    WHERE w.disabled_at IS NULL AND w.next_attempt_at <= $1 AND (w.holder IS NULL OR w.holder = $2 OR w.held_until <= $1) \
    AND (w.cursor < s.event_sequence \
         OR EXISTS (SELECT 1 FROM webhook_replays r WHERE r.workspace_id = w.workspace_id AND r.webhook_id = w.id)) \
    ORDER BY w.served_at, w.id LIMIT $3";

/// What is only ever read whole.
#[derive(Serialize, Deserialize)]
struct Body {
    #[serde(flatten)]
    settings: WebhookSettings,
    created_by: Actor,
    created_at: i64,
}

/// The columns of a standing.
struct Stands {
    failing_since: Option<i64>,
    failures: i32,
    next_attempt_at: i64,
    disabled_at: Option<i64>,
    disabled_reason: Option<String>,
}

impl From<Standing> for Stands {
    fn from(standing: Standing) -> Self {
        let working = Self { failing_since: None, failures: 0, next_attempt_at: 0, disabled_at: None, disabled_reason: None };
        match standing {
            Standing::Working => working,
            Standing::Failing(Failing { since, attempts, next_attempt_at }) => Self {
                failing_since: Some(micros(since)),
                failures: i32::try_from(attempts).unwrap_or(i32::MAX),
                next_attempt_at: micros(next_attempt_at),
                ..working
            },
            Standing::Disabled { since, reason } => {
                Self { disabled_at: Some(micros(since)), disabled_reason: Some(reason.as_str().to_owned()), ..working }
            }
        }
    }
}

fn standing(row: &webhook::Model) -> Result<Standing, Fault> {
    if let Some(since) = row.disabled_at {
        let reason = row.disabled_reason.as_deref().and_then(DisabledReason::parse);
        return Ok(Standing::Disabled { since: moment(since)?, reason: reason.ok_or_else(|| Fault::row("an unknown reason"))? });
    }
    let Some(since) = row.failing_since else { return Ok(Standing::Working) };
    Ok(Standing::Failing(Failing {
        since: moment(since)?,
        attempts: number(row.failures.into())?,
        next_attempt_at: moment(row.next_attempt_at)?,
    }))
}

fn row(webhook: &Webhook) -> Result<webhook::Model, Fault> {
    let Webhook { workspace, id, settings, secret, former, cursor, standing, created_by, created_at, revision } = webhook.clone();
    let Stands { failing_since, failures, next_attempt_at, disabled_at, disabled_reason } = standing.into();
    Ok(webhook::Model {
        workspace_id: workspace.as_uuid(),
        id: id.as_uuid(),
        revision: kept(revision),
        body: serde_json::to_string(&Body { settings, created_by, created_at: micros(created_at) })?,
        secret: secret.0,
        former_until: former.as_ref().map(|former| micros(former.until)),
        former_secret: former.map(|former| former.secret.0),
        cursor: kept(cursor),
        failing_since,
        failures,
        next_attempt_at,
        disabled_at,
        disabled_reason,
        holder: None,
        held_until: None,
        served_at: 0,
    })
}

fn known(row: webhook::Model) -> Result<Webhook, Fault> {
    let standing = standing(&row)?;
    let Body { settings, created_by, created_at } = serde_json::from_str(&row.body)?;
    let former = row.former_secret.zip(row.former_until);
    Ok(Webhook {
        workspace: WorkspaceId::new(row.workspace_id),
        id: WebhookId::new(row.id),
        settings,
        secret: SealedSecret(row.secret),
        former: former
            .map(|(secret, until)| Ok::<_, Fault>(FormerSecret { secret: SealedSecret(secret), until: moment(until)? }))
            .transpose()?,
        cursor: number(row.cursor)?,
        standing,
        created_by,
        created_at: moment(created_at)?,
        revision: number(row.revision)?,
    })
}

fn delivery_row(delivery: &Delivery) -> Result<webhook_delivery::Model, Fault> {
    Ok(webhook_delivery::Model {
        workspace_id: delivery.workspace.as_uuid(),
        webhook_id: delivery.webhook.as_uuid(),
        id: delivery.id.as_uuid(),
        event_id: delivery.event.as_uuid(),
        sequence: kept(delivery.sequence),
        at: micros(delivery.at),
        body: serde_json::to_string(delivery)?,
    })
}

fn is_webhook(workspace: WorkspaceId, id: WebhookId) -> Condition {
    Condition::all().add(Column::WorkspaceId.eq(workspace.as_uuid())).add(Column::Id.eq(id.as_uuid()))
}

/// Has whoever counts what a tenant has wait for whoever is just adding to it.
async fn alone(transaction: &DatabaseTransaction, workspace: WorkspaceId) -> Result<(), Fault> {
    let locked = workspace::Entity::find_by_id(workspace.as_uuid()).select_only().column(workspace::Column::Id).lock_exclusive();
    let _: Option<Uuid> = locked.into_tuple().one(transaction).await?;
    Ok(())
}

impl Database {
    async fn add_webhook(&self, webhook: &Webhook, most: u64, receipt: Option<&Receipt>) -> Result<bool, Fault> {
        let workspace_id = webhook.workspace.as_uuid();
        let transaction = self.write(Scope::Tenant(webhook.workspace)).await?;
        alone(&transaction, webhook.workspace).await?;
        if webhook::Entity::find().filter(Column::WorkspaceId.eq(workspace_id)).count(&transaction).await? >= most {
            return Ok(false);
        }
        webhook::Entity::insert(row(webhook)?.into_active_model()).exec_without_returning(&transaction).await?;
        if let Some(receipt) = receipt {
            kept_answer(workspace_id, receipt).exec(&transaction).await?;
        }
        transaction.commit().await?;
        Ok(true)
    }

    async fn find_webhooks(&self, workspace: WorkspaceId, id: Option<WebhookId>) -> Result<Vec<Webhook>, Fault> {
        let mut rows = webhook::Entity::find().filter(Column::WorkspaceId.eq(workspace.as_uuid())).order_by_asc(Column::Id);
        if let Some(id) = id {
            rows = rows.filter(Column::Id.eq(id.as_uuid()));
        }
        let mut found = rows.all(&self.read(Scope::Tenant(workspace))).await?.into_iter().map(known).collect::<Result<Vec<_>, _>>()?;
        // What a statement is wrapped in does not promise to keep its order.
        found.sort_by_key(|webhook| webhook.id);
        Ok(found)
    }

    async fn save_webhook(&self, webhook: &Webhook, receipt: Option<&Receipt>) -> Result<bool, Fault> {
        let row = row(webhook)?;
        let mut guard = Query::update();
        guard.table(webhook::Entity).cond_where(is_webhook(webhook.workspace, webhook.id));
        guard.and_where(Column::Revision.eq(row.revision.saturating_sub(1))).returning_col(Column::Revision);
        guard.values([
            (Column::Revision, row.revision.into()),
            (Column::Body, row.body.into()),
            (Column::Secret, row.secret.into()),
            (Column::FormerSecret, row.former_secret.into()),
            (Column::FormerUntil, row.former_until.into()),
            (Column::FailingSince, row.failing_since.into()),
            (Column::Failures, row.failures.into()),
            (Column::NextAttemptAt, row.next_attempt_at.into()),
            (Column::DisabledAt, row.disabled_at.into()),
            (Column::DisabledReason, row.disabled_reason.into()),
        ]);
        let mut batch = Batch::guarded_by(self.backend(), Scope::Tenant(webhook.workspace), &guard);
        if let Some(receipt) = receipt {
            batch.add_query(&kept_answer(webhook.workspace.as_uuid(), receipt));
        }
        Ok(self.apply_guarded(batch).await?.is_some())
    }

    async fn remove_webhook(&self, workspace: WorkspaceId, id: WebhookId) -> Result<bool, Fault> {
        let transaction = self.write(Scope::Tenant(workspace)).await?;
        let removed = webhook::Entity::delete_many().filter(is_webhook(workspace, id)).exec(&transaction).await?;
        transaction.commit().await?;
        Ok(removed.rows_affected > 0)
    }

    async fn find_due(&self, holder: Holder, now: DateTime<Utc>, limit: u32) -> Result<Vec<(Webhook, u64, bool)>, Fault> {
        let values = [micros(now).into(), holder.as_uuid().into(), i64::from(limit).into()];
        let statement = Statement::from_sql_and_values(self.backend(), DUE, values);
        let rows = self.read(Scope::Every).query_all_raw(statement).await?;
        let mut due = Vec::with_capacity(rows.len());
        for row in rows {
            let (head, again): (i64, i32) = (row.try_get("", "head")?, row.try_get("", "again")?);
            let model = webhook::Model::from_query_result(&row, "")?;
            due.push(((model.served_at, model.id), (known(model)?, number(head)?, again > 0)));
        }
        // What a statement is wrapped in does not promise to keep its order.
        due.sort_by_key(|(served, _)| *served);
        Ok(due.into_iter().map(|(_, due)| due).collect())
    }

    async fn claim_webhook(
        &self,
        workspace: WorkspaceId,
        id: WebhookId,
        holder: Holder,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Option<Webhook>, Fault> {
        let is_free =
            Condition::any().add(Column::Holder.is_null()).add(Column::Holder.eq(holder.as_uuid())).add(Column::HeldUntil.lte(micros(now)));
        let mut claim = Query::update();
        claim
            .table(webhook::Entity)
            .value(Column::Holder, holder.as_uuid())
            .value(Column::HeldUntil, micros(until))
            .cond_where(is_webhook(workspace, id).add(is_free))
            .and_where(Column::DisabledAt.is_null())
            .and_where(Column::NextAttemptAt.lte(micros(now)))
            .returning_all();
        let rows = self.apply_guarded(Batch::guarded_by(self.backend(), Scope::Tenant(workspace), &claim)).await?;
        let claimed = rows.into_iter().flatten().next();
        claimed.map(|row| known(webhook::Model::from_query_result(&row, "")?)).transpose()
    }

    async fn settle_webhook(&self, settlement: &Settlement) -> Result<Option<u64>, Fault> {
        let Settlement { workspace, webhook, holder, until, standing, revision, cursor, replay, delivery, event } = settlement;
        let is_unchanged = Column::Revision.eq(kept(*revision));
        let unless_changed =
            |column: Column, value: SimpleExpr| -> SimpleExpr { Expr::case(is_unchanged.clone(), value).finally(Expr::col(column)).into() };
        let Stands { failing_since, failures, next_attempt_at, disabled_at, disabled_reason } = (*standing).into();
        let mut guard = Query::update();
        guard.table(webhook::Entity).cond_where(is_webhook(*workspace, *webhook));
        guard.and_where(Column::Holder.eq(holder.as_uuid())).returning_col(Column::Revision);
        if event.is_some() {
            // Whoever changes it as it was before does not enable it again without knowing.
            guard.and_where(is_unchanged.clone()).value(Column::Revision, Expr::col(Column::Revision).add(1));
        }
        guard.values([
            (Column::Cursor, kept(*cursor).into()),
            (Column::HeldUntil, micros(*until).into()),
            (Column::FailingSince, unless_changed(Column::FailingSince, Expr::value(failing_since))),
            (Column::Failures, unless_changed(Column::Failures, Expr::value(failures))),
            (Column::NextAttemptAt, unless_changed(Column::NextAttemptAt, Expr::value(next_attempt_at))),
            (Column::DisabledAt, unless_changed(Column::DisabledAt, Expr::value(disabled_at))),
            (Column::DisabledReason, unless_changed(Column::DisabledReason, Expr::value(disabled_reason))),
        ]);
        let mut batch = Batch::guarded_by(self.backend(), Scope::Tenant(*workspace), &guard);
        if let Some(delivery) = delivery {
            batch.add_query(&webhook_delivery::Entity::insert(delivery_row(delivery)?.into_active_model()));
        }
        if let Some((id, after)) = replay {
            let is_replay = Condition::all()
                .add(webhook_replay::Column::WorkspaceId.eq(workspace.as_uuid()))
                .add(webhook_replay::Column::WebhookId.eq(webhook.as_uuid()))
                .add(webhook_replay::Column::Id.eq(id.as_uuid()));
            match after {
                Some(after) => batch.add_query(
                    &webhook_replay::Entity::update_many()
                        .col_expr(webhook_replay::Column::AfterSequence, Expr::value(kept(*after)))
                        .filter(is_replay),
                ),
                None => batch.add_query(&webhook_replay::Entity::delete_many().filter(is_replay)),
            }
        }
        if let Some(event) = event {
            append_event(&mut batch, event)?;
        }
        let rows = self.apply_guarded(batch).await?;
        let settled = rows.into_iter().flatten().next();
        settled.map(|row| number(row.try_get_by_index(0)?)).transpose()
    }

    async fn release_webhook(&self, workspace: WorkspaceId, id: WebhookId, holder: Holder, now: DateTime<Utc>) -> Result<(), Fault> {
        let released = webhook::Entity::update_many()
            .col_expr(Column::Holder, Expr::value(None::<Uuid>))
            .col_expr(Column::HeldUntil, Expr::value(None::<i64>))
            .col_expr(Column::ServedAt, Expr::value(micros(now)))
            .filter(is_webhook(workspace, id))
            .filter(Column::Holder.eq(holder.as_uuid()));
        let mut batch = Batch::new(self.backend(), Scope::Tenant(workspace));
        batch.add_query(&released);
        self.apply(batch).await?;
        Ok(())
    }

    async fn hurry_webhook(&self, workspace: WorkspaceId, id: WebhookId) -> Result<(), Fault> {
        let hurried = webhook::Entity::update_many()
            .col_expr(Column::NextAttemptAt, Expr::value(0_i64))
            .filter(is_webhook(workspace, id))
            .filter(Column::FailingSince.is_not_null());
        let mut batch = Batch::new(self.backend(), Scope::Tenant(workspace));
        batch.add_query(&hurried);
        self.apply(batch).await?;
        Ok(())
    }

    async fn log_delivery(&self, delivery: &Delivery) -> Result<(), Fault> {
        let mut batch = Batch::new(self.backend(), Scope::Tenant(delivery.workspace));
        batch.add_query(&webhook_delivery::Entity::insert(delivery_row(delivery)?.into_active_model()));
        match self.apply(batch).await {
            Ok(_) => Ok(()),
            // The webhook is the only thing that it refers to.
            Err(Undone::Broken(error)) if is_dangling(&error) => Ok(()),
            Err(undone) => Err(undone.into()),
        }
    }

    async fn find_deliveries(
        &self,
        workspace: WorkspaceId,
        webhook: WebhookId,
        after: Option<DeliveryId>,
        limit: u32,
    ) -> Result<Vec<Delivery>, Fault> {
        let mut rows = webhook_delivery::Entity::find()
            .select_only()
            .column(webhook_delivery::Column::Body)
            .filter(webhook_delivery::Column::WorkspaceId.eq(workspace.as_uuid()))
            .filter(webhook_delivery::Column::WebhookId.eq(webhook.as_uuid()));
        if let Some(after) = after {
            rows = rows.filter(webhook_delivery::Column::Id.lt(after.as_uuid()));
        }
        let rows = rows.order_by_desc(webhook_delivery::Column::Id).limit(u64::from(limit));
        let bodies: Vec<String> = rows.into_tuple().all(&self.read(Scope::Tenant(workspace))).await?;
        let mut deliveries = bodies.iter().map(|body| serde_json::from_str(body)).collect::<Result<Vec<Delivery>, _>>()?;
        deliveries.sort_by_key(|delivery| std::cmp::Reverse(delivery.id));
        Ok(deliveries)
    }

    async fn find_tried(&self, workspace: WorkspaceId, webhook: WebhookId, event: EventId) -> Result<Option<u64>, Fault> {
        let tried = webhook_delivery::Entity::find()
            .select_only()
            .column(webhook_delivery::Column::Sequence)
            .filter(webhook_delivery::Column::WorkspaceId.eq(workspace.as_uuid()))
            .filter(webhook_delivery::Column::WebhookId.eq(webhook.as_uuid()))
            .filter(webhook_delivery::Column::EventId.eq(event.as_uuid()))
            .limit(1);
        let tried: Option<i64> = tried.into_tuple().one(&self.read(Scope::Tenant(workspace))).await?;
        tried.map(number).transpose()
    }

    async fn add_replay_row(&self, replay: &Replay, most: u64, receipt: Option<&Receipt>) -> Result<bool, Fault> {
        let row = webhook_replay::Model {
            workspace_id: replay.workspace.as_uuid(),
            webhook_id: replay.webhook.as_uuid(),
            id: replay.id.as_uuid(),
            after_sequence: kept(replay.after),
            until_sequence: kept(replay.until),
            is_exact: replay.is_exact,
        };
        let transaction = self.write(Scope::Tenant(replay.workspace)).await?;
        alone(&transaction, replay.workspace).await?;
        let waiting = webhook_replay::Entity::find()
            .filter(webhook_replay::Column::WorkspaceId.eq(row.workspace_id))
            .filter(webhook_replay::Column::WebhookId.eq(row.webhook_id));
        let is_there = webhook::Entity::find().filter(is_webhook(replay.workspace, replay.webhook)).count(&transaction).await? > 0;
        if !is_there || waiting.count(&transaction).await? >= most {
            return Ok(false);
        }
        webhook_replay::Entity::insert(row.into_active_model()).exec_without_returning(&transaction).await?;
        if let Some(receipt) = receipt {
            kept_answer(replay.workspace.as_uuid(), receipt).exec(&transaction).await?;
        }
        transaction.commit().await?;
        Ok(true)
    }

    async fn find_replay(&self, workspace: WorkspaceId, webhook: WebhookId) -> Result<Option<Replay>, Fault> {
        let oldest = webhook_replay::Entity::find()
            .filter(webhook_replay::Column::WorkspaceId.eq(workspace.as_uuid()))
            .filter(webhook_replay::Column::WebhookId.eq(webhook.as_uuid()))
            .order_by_asc(webhook_replay::Column::Id)
            .limit(1)
            .one(&self.read(Scope::Tenant(workspace)))
            .await?;
        let replay = oldest.map(|row| {
            let (after, until) = (number(row.after_sequence)?, number(row.until_sequence)?);
            Ok::<_, Fault>(Replay { workspace, webhook, id: ReplayId::new(row.id), after, until, is_exact: row.is_exact })
        });
        replay.transpose()
    }

    async fn forget(&self, before: DateTime<Utc>) -> Result<u64, Fault> {
        let transaction = self.write(Scope::Every).await?;
        let old = webhook_delivery::Entity::delete_many().filter(webhook_delivery::Column::At.lt(micros(before)));
        let forgotten = old.exec(&transaction).await?;
        transaction.commit().await?;
        Ok(forgotten.rows_affected)
    }

    /// Does a batch. `None` if its first statement answered nothing.
    async fn apply_guarded(&self, batch: Batch) -> Result<Option<Vec<sea_orm::QueryResult>>, Fault> {
        match self.apply(batch).await {
            Ok(rows) => Ok(Some(rows)),
            Err(Undone::Unmet) => Ok(None),
            Err(undone) => Err(undone.into()),
        }
    }
}

#[async_trait]
impl WebhookRepository for Database {
    async fn add(&self, webhook: &Webhook, most: u64, receipt: Option<&Receipt>) -> Result<bool, Breakage> {
        Ok(self.add_webhook(webhook, most, receipt).await?)
    }

    async fn webhooks(&self, workspace: WorkspaceId) -> Result<Vec<Webhook>, Breakage> {
        Ok(self.find_webhooks(workspace, None).await?)
    }

    async fn webhook(&self, workspace: WorkspaceId, id: WebhookId) -> Result<Option<Webhook>, Breakage> {
        Ok(self.find_webhooks(workspace, Some(id)).await?.pop())
    }

    async fn save(&self, webhook: &Webhook, receipt: Option<&Receipt>) -> Result<bool, Breakage> {
        Ok(self.save_webhook(webhook, receipt).await?)
    }

    async fn remove(&self, workspace: WorkspaceId, id: WebhookId) -> Result<bool, Breakage> {
        Ok(self.remove_webhook(workspace, id).await?)
    }

    async fn due(&self, holder: Holder, now: DateTime<Utc>, limit: u32) -> Result<Vec<(Webhook, u64, bool)>, Breakage> {
        Ok(self.find_due(holder, now, limit).await?)
    }

    async fn claim(
        &self,
        workspace: WorkspaceId,
        id: WebhookId,
        holder: Holder,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Option<Webhook>, Breakage> {
        Ok(self.claim_webhook(workspace, id, holder, now, until).await?)
    }

    async fn settle(&self, settlement: &Settlement) -> Result<Option<u64>, Breakage> {
        Ok(self.settle_webhook(settlement).await?)
    }

    async fn release(&self, workspace: WorkspaceId, id: WebhookId, holder: Holder, now: DateTime<Utc>) -> Result<(), Breakage> {
        Ok(self.release_webhook(workspace, id, holder, now).await?)
    }

    async fn hurry(&self, workspace: WorkspaceId, id: WebhookId) -> Result<(), Breakage> {
        Ok(self.hurry_webhook(workspace, id).await?)
    }

    async fn log(&self, delivery: &Delivery) -> Result<(), Breakage> {
        Ok(self.log_delivery(delivery).await?)
    }

    async fn deliveries(
        &self,
        workspace: WorkspaceId,
        webhook: WebhookId,
        after: Option<DeliveryId>,
        limit: u32,
    ) -> Result<Vec<Delivery>, Breakage> {
        Ok(self.find_deliveries(workspace, webhook, after, limit).await?)
    }

    async fn tried(&self, workspace: WorkspaceId, webhook: WebhookId, event: EventId) -> Result<Option<u64>, Breakage> {
        Ok(self.find_tried(workspace, webhook, event).await?)
    }

    async fn add_replay(&self, replay: &Replay, most: u64, receipt: Option<&Receipt>) -> Result<bool, Breakage> {
        Ok(self.add_replay_row(replay, most, receipt).await?)
    }

    async fn replay(&self, workspace: WorkspaceId, webhook: WebhookId) -> Result<Option<Replay>, Breakage> {
        Ok(self.find_replay(workspace, webhook).await?)
    }

    async fn forget_deliveries(&self, before: DateTime<Utc>) -> Result<u64, Breakage> {
        Ok(self.forget(before).await?)
    }
}
