//! Where rows are copied to: one workspace of another database.

use std::collections::{BTreeMap, BTreeSet};

use assets_domain::{AssetId, View, WorkspaceId};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, OnConflict},
};
use uuid::Uuid;

use crate::{
    Database,
    batch::Batch,
    entity::{
        approver, asset, audit, audit_chain, audit_checkpoint, author, blob, decision, event, export, export_member, key, recall,
        recall_target, receipt, release, remark, signing_key, text, usage, version, webhook, workspace,
    },
    error::Fault,
    listing::{self, Place},
    scope::Scope,
    words::Words,
};

use super::{
    CopyError, ROWS_AT_ONCE, scope,
    source::{self, AssetRows, in_chunks},
};

/// A workspace of the destination, held to what was known of it when the copy began.
pub(super) struct Destination<'a> {
    database: &'a Database,
    row: workspace::Model,
    sequence: i64,
}

pub(super) async fn workspaces(database: &Database) -> Result<Vec<workspace::Model>, DbErr> {
    workspace::Entity::find().all(&database.read(Scope::Every)).await
}

pub(super) async fn keys(database: &Database, workspace: Uuid) -> Result<Vec<key::Model>, DbErr> {
    key::Entity::find().filter(key::Column::WorkspaceId.eq(workspace)).all(&database.read(scope(workspace))).await
}

/// The keys that sign. One that was made here, before there was anything to sign, gives way.
pub(super) async fn put_signing_keys(database: &Database, rows: Vec<signing_key::Model>) -> Result<(), CopyError> {
    use signing_key::Column::{Number, Public, Sealed, SignsFrom};
    let known = OnConflict::column(Number).update_columns([Public, Sealed, SignsFrom]).to_owned();
    let transaction = database.write(Scope::Every).await.map_err(CopyError::writing)?;
    insert_all::<signing_key::Entity, _>(&transaction, rows, Some(known)).await.map_err(CopyError::writing)?;
    transaction.commit().await.map_err(CopyError::writing)
}

pub(super) async fn event_id(database: &Database, workspace: Uuid, sequence: i64) -> Result<Option<Uuid>, DbErr> {
    source::event_id(&database.read(scope(workspace)), workspace, sequence).await
}

pub(super) async fn audited(database: &Database, workspace: Uuid, sequence: i64) -> Result<Option<String>, DbErr> {
    source::audited(&database.read(scope(workspace)), workspace, sequence).await
}

impl<'a> Destination<'a> {
    /// Makes the workspace if it is not there, and gives it the policy of the source. Its events go as far as they do there.
    pub(super) async fn open(database: &'a Database, row: workspace::Model, sequence: i64) -> Result<Self, CopyError> {
        let transaction = database.write(scope(row.id)).await.map_err(CopyError::writing)?;
        let begun = workspace::Model { event_sequence: 0, audit_sequence: 0, ..row.clone() };
        let anew = OnConflict::column(workspace::Column::Id)
            .update_columns([workspace::Column::Name, workspace::Column::Policy, workspace::Column::PolicyRevision])
            .to_owned();
        let put = workspace::Entity::insert(begun.into_active_model()).on_conflict(anew);
        put.exec_without_returning(&transaction).await.map_err(CopyError::writing)?;
        transaction.commit().await.map_err(CopyError::writing)?;
        Ok(Self { database, row, sequence })
    }

    pub(super) fn name(&self) -> &str {
        &self.row.name
    }

    /// How far the events go.
    pub(super) const fn sequence(&self) -> i64 {
        self.sequence
    }

    /// Begins to write. Whoever else writes into the workspace waits, and if somebody did since the copy began, it ends.
    async fn write(&self) -> Result<DatabaseTransaction, CopyError> {
        let transaction = self.database.write(scope(self.row.id)).await.map_err(CopyError::writing)?;
        let row = workspace::Entity::find_by_id(self.row.id).lock_exclusive().one(&transaction).await.map_err(CopyError::writing)?;
        if row.is_some_and(|row| row.event_sequence == self.sequence) {
            return Ok(transaction);
        }
        Err(CopyError::OwnLife(format!("the workspace \"{}\" was written to there while it was copied", self.name())))
    }

    pub(super) async fn put_keys(&self, rows: &[key::Model]) -> Result<(), CopyError> {
        let anew = OnConflict::column(key::Column::Prefix).update_column(key::Column::RevokedAt).to_owned();
        let transaction = self.write().await?;
        let rows = rows.iter().cloned().map(IntoActiveModel::into_active_model);
        let put = key::Entity::insert_many(rows).on_conflict(anew).exec_without_returning(&transaction).await;
        put.map_err(CopyError::writing)?;
        transaction.commit().await.map_err(CopyError::writing)
    }

    /// Exports, as they stay on record: their archives are not taken along.
    pub(super) async fn put_exports(&self, rows: Vec<export::Model>) -> Result<(), CopyError> {
        let anew =
            OnConflict::columns([export::Column::WorkspaceId, export::Column::Id]).update_column(export::Column::RecalledAt).to_owned();
        let transaction = self.write().await?;
        insert_all::<export::Entity, _>(&transaction, rows, Some(anew)).await.map_err(CopyError::writing)?;
        transaction.commit().await.map_err(CopyError::writing)
    }

    /// What was in an export, and since when it is taken back.
    pub(super) async fn put_members(&self, rows: Vec<export_member::Model>) -> Result<(), CopyError> {
        use export_member::Column::{ExportId, Place as Which, RecalledAt, WorkspaceId};
        let anew = OnConflict::columns([WorkspaceId, ExportId, Which]).update_column(RecalledAt).to_owned();
        let transaction = self.write().await?;
        insert_all::<export_member::Entity, _>(&transaction, rows, Some(anew)).await.map_err(CopyError::writing)?;
        transaction.commit().await.map_err(CopyError::writing)
    }

    /// What was said about assets, which are here already.
    pub(super) async fn put_remarks(&self, rows: Vec<remark::Model>) -> Result<(), CopyError> {
        let known = OnConflict::columns([remark::Column::WorkspaceId, remark::Column::Id]).do_nothing().to_owned();
        let transaction = self.write().await?;
        insert_all::<remark::Entity, _>(&transaction, rows, Some(known)).await.map_err(CopyError::writing)?;
        transaction.commit().await.map_err(CopyError::writing)
    }

    /// How much there may be, and for how long. How much there is was counted as it came.
    pub(super) async fn put_quota(&self, row: &usage::Model) -> Result<(), CopyError> {
        let transaction = self.write().await?;
        let allowed = usage::Entity::update_many()
            .col_expr(usage::Column::MostBytes, Expr::value(row.most_bytes))
            .col_expr(usage::Column::MostAssets, Expr::value(row.most_assets))
            .col_expr(usage::Column::DraftDays, Expr::value(row.draft_days))
            .filter(usage::Column::WorkspaceId.eq(self.row.id));
        allowed.exec(&transaction).await.map_err(CopyError::writing)?;
        transaction.commit().await.map_err(CopyError::writing)
    }

    /// What was taken back together, and how far that has come.
    pub(super) async fn put_recalls(&self, rows: Vec<recall::Model>) -> Result<(), CopyError> {
        use recall::Column::{FinishedAt, Id, LeftOver, Revoked, TouchedAt, WorkspaceId};
        let anew = OnConflict::columns([WorkspaceId, Id]).update_columns([FinishedAt, LeftOver, Revoked, TouchedAt]).to_owned();
        let transaction = self.write().await?;
        insert_all::<recall::Entity, _>(&transaction, rows, Some(anew)).await.map_err(CopyError::writing)?;
        transaction.commit().await.map_err(CopyError::writing)
    }

    /// What a recall was made for, and what became of it.
    pub(super) async fn put_recall_targets(&self, rows: Vec<recall_target::Model>) -> Result<(), CopyError> {
        use recall_target::Column::{AssetId, Outcome, RecallId, WorkspaceId};
        let anew = OnConflict::columns([WorkspaceId, RecallId, AssetId]).update_column(Outcome).to_owned();
        let transaction = self.write().await?;
        insert_all::<recall_target::Entity, _>(&transaction, rows, Some(anew)).await.map_err(CopyError::writing)?;
        transaction.commit().await.map_err(CopyError::writing)
    }

    /// What was handed out, and since when it is taken back.
    pub(super) async fn put_releases(&self, rows: Vec<release::Model>) -> Result<(), CopyError> {
        let anew =
            OnConflict::columns([release::Column::WorkspaceId, release::Column::Id]).update_column(release::Column::RecalledAt).to_owned();
        let transaction = self.write().await?;
        insert_all::<release::Entity, _>(&transaction, rows, Some(anew)).await.map_err(CopyError::writing)?;
        transaction.commit().await.map_err(CopyError::writing)
    }

    /// Who is told of events, as it is at the source, and how far: those that are there no more go here, too. Nobody has a turn yet.
    pub(super) async fn put_webhooks(&self, rows: Vec<webhook::Model>) -> Result<(), CopyError> {
        let transaction = self.write().await?;
        let put = async {
            webhook::Entity::delete_many().filter(webhook::Column::WorkspaceId.eq(self.row.id)).exec(&transaction).await?;
            let rows = rows.into_iter().map(|row| webhook::Model { holder: None, held_until: None, ..row }).collect();
            insert_all::<webhook::Entity, _>(&transaction, rows, None).await
        };
        put.await.map_err(CopyError::writing)?;
        transaction.commit().await.map_err(CopyError::writing)
    }

    pub(super) async fn heads(&self, after: Option<Uuid>, limit: usize) -> Result<BTreeMap<Uuid, i64>, DbErr> {
        source::heads(&self.database.read(scope(self.row.id)), self.row.id, after, limit).await
    }

    /// Which of these bytes are here already.
    pub(super) async fn known(&self, digests: &BTreeSet<Vec<u8>>) -> Result<Vec<Vec<u8>>, DbErr> {
        let reader = self.database.read(scope(self.row.id));
        let mut known = Vec::new();
        for digests in in_chunks(digests) {
            let rows = blob::Entity::find()
                .select_only()
                .column(blob::Column::Digest)
                .filter(blob::Column::WorkspaceId.eq(self.row.id))
                .filter(blob::Column::Digest.is_in(digests));
            known.extend(rows.into_tuple::<Vec<u8>>().all(&reader).await?);
        }
        Ok(known)
    }

    /// Removes assets with all their rows, and puts others in their place, in one transaction.
    pub(super) async fn replace(&self, leave: &[Uuid], texts: Vec<text::Model>, assets: Vec<AssetRows>) -> Result<(), CopyError> {
        let transaction = self.write().await?;
        let replaced = async {
            for id in leave {
                self.remove(&transaction, *id).await?;
            }
            insert_all(&transaction, texts, Some(OnConflict::new().do_nothing().to_owned())).await?;
            let (mut heads, mut seen) = (Vec::new(), Vec::new());
            let (mut versions, mut decisions, mut authors, mut approvers) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
            for rows in assets {
                heads.push(rows.head);
                seen.push(rows.asset);
                versions.extend(rows.versions);
                decisions.extend(rows.decisions);
                authors.extend(rows.authors);
                approvers.extend(rows.approvers);
            }
            insert_all::<asset::Entity, _>(&transaction, heads, None).await?;
            insert_all::<version::Entity, _>(&transaction, versions, None).await?;
            insert_all::<decision::Entity, _>(&transaction, decisions, None).await?;
            insert_all::<author::Entity, _>(&transaction, authors, None).await?;
            insert_all::<approver::Entity, _>(&transaction, approvers, None).await?;
            for asset in &seen {
                let words = Words::read(&transaction, None, asset).await?;
                let mut batch = Batch::new(self.database.backend(), scope(self.row.id));
                listing::follow(&mut batch, None, asset, &words, None)?;
                batch.run(&transaction).await?;
            }
            Ok::<_, Fault>(transaction.commit().await?)
        };
        replaced.await.map_err(CopyError::writing)
    }

    async fn remove(&self, transaction: &DatabaseTransaction, id: Uuid) -> Result<(), Fault> {
        let mut batch = Batch::new(self.database.backend(), scope(self.row.id));
        for view in [View::Working, View::Published] {
            Place { workspace: WorkspaceId::new(self.row.id), view, asset: AssetId::new(id) }.remove(&mut batch);
        }
        batch.run(transaction).await?;
        asset::Entity::delete_by_id((self.row.id, id)).exec(transaction).await?;
        Ok(())
    }

    pub(super) async fn put_receipts(&self, rows: Vec<receipt::Model>) -> Result<(), CopyError> {
        let anew = OnConflict::columns([receipt::Column::WorkspaceId, receipt::Column::Id])
            .update_columns([receipt::Column::Body, receipt::Column::Answer, receipt::Column::BeganAt])
            .to_owned();
        let transaction = self.write().await?;
        insert_all::<receipt::Entity, _>(&transaction, rows, Some(anew)).await.map_err(CopyError::writing)?;
        transaction.commit().await.map_err(CopyError::writing)
    }

    /// How far the audit goes here.
    pub(super) async fn audit_sequence(&self) -> Result<i64, DbErr> {
        let row = workspace::Entity::find_by_id(self.row.id).one(&self.database.read(scope(self.row.id))).await?;
        Ok(row.map_or(0, |row| row.audit_sequence))
    }

    /// How far it is sealed and noted here.
    pub(super) async fn audit_sealed(&self) -> Result<(i64, i64), DbErr> {
        let reader = self.database.read(scope(self.row.id));
        let sealed = audit_chain::Entity::find()
            .filter(audit_chain::Column::WorkspaceId.eq(self.row.id))
            .order_by_desc(audit_chain::Column::Sequence)
            .limit(1)
            .one(&reader)
            .await?;
        let noted = audit_checkpoint::Entity::find()
            .filter(audit_checkpoint::Column::WorkspaceId.eq(self.row.id))
            .order_by_desc(audit_checkpoint::Column::Sequence)
            .limit(1)
            .one(&reader)
            .await?;
        Ok((sealed.map_or(0, |row| row.sequence), noted.map_or(0, |row| row.sequence)))
    }

    /// Appends entries of the audit and lets the workspace count as far as they go.
    pub(super) async fn append_audit(&self, rows: Vec<audit::Model>) -> Result<(), CopyError> {
        let Some(last) = rows.last().map(|row| row.sequence) else { return Ok(()) };
        let transaction = self.write().await?;
        // An entry that was made here meanwhile has the place of one of these, which is an error.
        insert_all::<audit::Entity, _>(&transaction, rows, None).await.map_err(CopyError::writing)?;
        let sequence = workspace::Entity::update_many()
            .col_expr(workspace::Column::AuditSequence, Expr::value(last))
            .filter(workspace::Column::Id.eq(self.row.id));
        sequence.exec(&transaction).await.map_err(CopyError::writing)?;
        transaction.commit().await.map_err(CopyError::writing)
    }

    /// The hashes of these. Those that were worked out here already are the same.
    pub(super) async fn put_audit_chain(&self, rows: Vec<audit_chain::Model>) -> Result<(), CopyError> {
        let known = OnConflict::columns([audit_chain::Column::WorkspaceId, audit_chain::Column::Sequence]).do_nothing().to_owned();
        let transaction = self.write().await?;
        insert_all::<audit_chain::Entity, _>(&transaction, rows, Some(known)).await.map_err(CopyError::writing)?;
        transaction.commit().await.map_err(CopyError::writing)
    }

    /// How far that went, as it was noted.
    pub(super) async fn put_audit_checkpoints(&self, rows: Vec<audit_checkpoint::Model>) -> Result<(), CopyError> {
        use audit_checkpoint::Column::{Sequence, WorkspaceId};
        let known = OnConflict::columns([WorkspaceId, Sequence]).do_nothing().to_owned();
        let transaction = self.write().await?;
        insert_all::<audit_checkpoint::Entity, _>(&transaction, rows, Some(known)).await.map_err(CopyError::writing)?;
        transaction.commit().await.map_err(CopyError::writing)
    }

    /// Appends events and lets the workspace's sequence point to the last of them.
    pub(super) async fn append_events(&mut self, rows: Vec<event::Model>) -> Result<(), CopyError> {
        let Some(last) = rows.last().map(|row| row.sequence) else { return Ok(()) };
        let transaction = self.write().await?;
        insert_all::<event::Entity, _>(&transaction, rows, None).await.map_err(CopyError::writing)?;
        let sequence = workspace::Entity::update_many()
            .col_expr(workspace::Column::EventSequence, Expr::value(last))
            .filter(workspace::Column::Id.eq(self.row.id));
        sequence.exec(&transaction).await.map_err(CopyError::writing)?;
        transaction.commit().await.map_err(CopyError::writing)?;
        self.sequence = last;
        Ok(())
    }
}

/// Inserts rows in pieces that fit into one statement.
async fn insert_all<E, M>(transaction: &DatabaseTransaction, rows: Vec<M>, on_conflict: Option<OnConflict>) -> Result<(), DbErr>
where
    E: EntityTrait<Model = M>,
    M: IntoActiveModel<E::ActiveModel> + sea_orm::ModelTrait<Entity = E>,
    E::ActiveModel: ActiveModelTrait<Entity = E>,
{
    let mut rows = rows.into_iter().map(IntoActiveModel::into_active_model).peekable();
    while rows.peek().is_some() {
        let mut insert = E::insert_many(rows.by_ref().take(ROWS_AT_ONCE));
        if let Some(on_conflict) = &on_conflict {
            insert = insert.on_conflict(on_conflict.clone());
        }
        insert.exec_without_returning(transaction).await?;
    }
    Ok(())
}
