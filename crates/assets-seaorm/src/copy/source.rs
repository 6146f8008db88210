//! What is copied, as of one moment.

use std::collections::{BTreeMap, BTreeSet};

use assets_domain::{Asset, WorkspaceId, ports::Blob};
use assets_migrations::{Migrations, MigratorTrait};
use chrono::{DateTime, Utc};
use sea_orm::{
    AccessMode, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, EntityTrait, IsolationLevel, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect, TransactionOptions,
};
use uuid::Uuid;

use crate::{
    Database,
    entity::{
        approver, asset, audit, audit_chain, audit_checkpoint, author, blob, decision, event, export, export_member, key, listing, micros,
        recall, recall_target, receipt, release, remark, signing_key, text, usage, version, webhook, workspace,
    },
    error::Fault,
    ledger,
    listing::code,
    scope::{Scope, begin},
    snapshot,
};

use super::{CopyError, ROWS_AT_ONCE};

/// The rows of an installation at one moment, read in one transaction that writes nothing.
pub(super) struct Source {
    transaction: DatabaseTransaction,
}

/// An asset with all the rows that go where it goes.
pub(super) struct AssetRows {
    pub(super) head: asset::Model,
    pub(super) asset: Asset,
    pub(super) versions: Vec<version::Model>,
    pub(super) decisions: Vec<decision::Model>,
    pub(super) authors: Vec<author::Model>,
    pub(super) approvers: Vec<approver::Model>,
}

impl AssetRows {
    /// The digests of its versions, one for each.
    pub(super) fn digests(&self) -> impl Iterator<Item = &Vec<u8>> {
        self.versions.iter().map(|row| &row.digest)
    }
}

impl Source {
    /// Begins to read a database that has the schema of this program.
    pub(super) async fn at_this_moment(database: &Database) -> Result<Self, CopyError> {
        let is_postgres = database.backend() == DbBackend::Postgres;
        let options = TransactionOptions {
            isolation_level: is_postgres.then_some(IsolationLevel::RepeatableRead),
            access_mode: is_postgres.then_some(AccessMode::ReadOnly),
            ..TransactionOptions::default()
        };
        let transaction = begin(&database.reader, Scope::Every, options).await.map_err(CopyError::reading)?;
        if is_postgres {
            // Between two reads may lie as many bytes as there are.
            let unhurried = "SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL statement_timeout = 0";
            transaction.execute_unprepared(unhurried).await.map_err(CopyError::reading)?;
        }
        let pending = Migrations::get_pending_migrations_read_only(&transaction).await;
        match pending.map_err(|error| CopyError::Schema(error.to_string()))?.len() {
            0 => Ok(Self { transaction }),
            steps => Err(CopyError::Schema(format!("{steps} steps are missing; assets migrate brings it up to date"))),
        }
    }

    pub(super) async fn workspaces(&self) -> Result<Vec<workspace::Model>, DbErr> {
        workspace::Entity::find().order_by_asc(workspace::Column::Name).all(&self.transaction).await
    }

    pub(super) async fn count_assets(&self) -> Result<u64, DbErr> {
        asset::Entity::find().count(&self.transaction).await
    }

    pub(super) async fn keys(&self, workspace: Uuid) -> Result<Vec<key::Model>, DbErr> {
        key::Entity::find().filter(key::Column::WorkspaceId.eq(workspace)).all(&self.transaction).await
    }

    /// The keys that sign, which belong to no tenant.
    pub(super) async fn signing_keys(&self) -> Result<Vec<signing_key::Model>, DbErr> {
        signing_key::Entity::find().order_by_asc(signing_key::Column::Number).all(&self.transaction).await
    }

    /// The exports of a workspace that were finished, in the order of the ids.
    pub(super) async fn exports(&self, workspace: Uuid, after: Option<Uuid>, limit: usize) -> Result<Vec<export::Model>, DbErr> {
        let mut rows = export::Entity::find().filter(export::Column::WorkspaceId.eq(workspace)).filter(export::Column::Body.is_not_null());
        if let Some(after) = after {
            rows = rows.filter(export::Column::Id.gt(after));
        }
        rows.order_by_asc(export::Column::Id).limit(super::count(limit)).all(&self.transaction).await
    }

    /// The members of an export from a place on.
    pub(super) async fn members(&self, (workspace, id): (Uuid, Uuid), from: i32, limit: usize) -> Result<Vec<export_member::Model>, DbErr> {
        export_member::Entity::find()
            .filter(export_member::Column::WorkspaceId.eq(workspace))
            .filter(export_member::Column::ExportId.eq(id))
            .filter(export_member::Column::Place.gte(from))
            .order_by_asc(export_member::Column::Place)
            .limit(super::count(limit))
            .all(&self.transaction)
            .await
    }

    /// What was handed out of a workspace, in the order of the ids.
    pub(super) async fn releases(&self, workspace: Uuid, after: Option<Uuid>, limit: usize) -> Result<Vec<release::Model>, DbErr> {
        let mut rows = release::Entity::find().filter(release::Column::WorkspaceId.eq(workspace));
        if let Some(after) = after {
            rows = rows.filter(release::Column::Id.gt(after));
        }
        rows.order_by_asc(release::Column::Id).limit(super::count(limit)).all(&self.transaction).await
    }

    /// How much a workspace has and may have.
    pub(super) async fn usage(&self, workspace: Uuid) -> Result<Option<usage::Model>, DbErr> {
        usage::Entity::find_by_id(workspace).one(&self.transaction).await
    }

    /// The recalls of a workspace that were made, in the order of the ids.
    pub(super) async fn recalls(&self, workspace: Uuid, after: Option<Uuid>, limit: usize) -> Result<Vec<recall::Model>, DbErr> {
        let mut rows = recall::Entity::find().filter(recall::Column::WorkspaceId.eq(workspace)).filter(recall::Column::Body.is_not_null());
        if let Some(after) = after {
            rows = rows.filter(recall::Column::Id.gt(after));
        }
        rows.order_by_asc(recall::Column::Id).limit(super::count(limit)).all(&self.transaction).await
    }

    /// The targets of a recall, in the order of the assets.
    pub(super) async fn recall_targets(
        &self,
        (workspace, id): (Uuid, Uuid),
        after: Option<Uuid>,
        limit: usize,
    ) -> Result<Vec<recall_target::Model>, DbErr> {
        let mut rows = recall_target::Entity::find()
            .filter(recall_target::Column::WorkspaceId.eq(workspace))
            .filter(recall_target::Column::RecallId.eq(id));
        if let Some(after) = after {
            rows = rows.filter(recall_target::Column::AssetId.gt(after));
        }
        rows.order_by_asc(recall_target::Column::AssetId).limit(super::count(limit)).all(&self.transaction).await
    }

    /// Who is told of the events of a workspace.
    pub(super) async fn webhooks(&self, workspace: Uuid) -> Result<Vec<webhook::Model>, DbErr> {
        webhook::Entity::find().filter(webhook::Column::WorkspaceId.eq(workspace)).all(&self.transaction).await
    }

    /// What was said about assets of a workspace, in the order of the ids.
    pub(super) async fn remarks(&self, workspace: Uuid, after: Option<Uuid>, limit: usize) -> Result<Vec<remark::Model>, DbErr> {
        let mut rows = remark::Entity::find().filter(remark::Column::WorkspaceId.eq(workspace));
        if let Some(after) = after {
            rows = rows.filter(remark::Column::Id.gt(after));
        }
        rows.order_by_asc(remark::Column::Id).limit(super::count(limit)).all(&self.transaction).await
    }

    /// The next assets of a workspace with their revisions, in order of their ids.
    pub(super) async fn heads(&self, workspace: Uuid, after: Option<Uuid>, limit: usize) -> Result<BTreeMap<Uuid, i64>, DbErr> {
        heads(&self.transaction, workspace, after, limit).await
    }

    /// Assets with all their rows; a fault for each that does not read back.
    pub(super) async fn assets(&self, workspace: Uuid, ids: &[Uuid]) -> Result<Vec<(Uuid, Result<AssetRows, Fault>)>, DbErr> {
        let wanted = || ids.iter().copied();
        let heads = asset::Entity::find()
            .filter(asset::Column::WorkspaceId.eq(workspace))
            .filter(asset::Column::Id.is_in(wanted()))
            .all(&self.transaction)
            .await?;
        let seen = listing::Entity::find()
            .filter(listing::Column::WorkspaceId.eq(workspace))
            .filter(listing::Column::View.eq(code(assets_domain::View::Working)))
            .filter(listing::Column::AssetId.is_in(wanted()))
            .all(&self.transaction)
            .await?;
        let versions = version::Entity::find()
            .filter(version::Column::WorkspaceId.eq(workspace))
            .filter(version::Column::AssetId.is_in(wanted()))
            .all(&self.transaction)
            .await?;
        let decisions = decision::Entity::find()
            .filter(decision::Column::WorkspaceId.eq(workspace))
            .filter(decision::Column::AssetId.is_in(wanted()))
            .all(&self.transaction)
            .await?;
        let authors = author::Entity::find()
            .filter(author::Column::WorkspaceId.eq(workspace))
            .filter(author::Column::AssetId.is_in(wanted()))
            .all(&self.transaction)
            .await?;
        let approvers = approver::Entity::find()
            .filter(approver::Column::WorkspaceId.eq(workspace))
            .filter(approver::Column::AssetId.is_in(wanted()))
            .all(&self.transaction)
            .await?;
        let mut bodies: BTreeMap<Uuid, String> = seen.into_iter().map(|row| (row.asset_id, row.body)).collect();
        let mut versions = grouped(versions, |row| row.asset_id);
        let mut decisions = grouped(decisions, |row| row.asset_id);
        let mut authors = grouped(authors, |row| row.asset_id);
        let mut approvers = grouped(approvers, |row| row.asset_id);
        let complete = heads.into_iter().map(|head| {
            let id = head.id;
            let asset = seen_asset(&head, bodies.remove(&id));
            let rows = asset.map(|asset| AssetRows {
                head,
                asset,
                versions: versions.remove(&id).unwrap_or_default(),
                decisions: decisions.remove(&id).unwrap_or_default(),
                authors: authors.remove(&id).unwrap_or_default(),
                approvers: approvers.remove(&id).unwrap_or_default(),
            });
            (id, rows)
        });
        Ok(complete.collect())
    }

    /// The rows about bytes, by digest.
    pub(super) async fn blobs(&self, workspace: Uuid, digests: &BTreeSet<Vec<u8>>) -> Result<Vec<Blob>, Fault> {
        let mut found = Vec::with_capacity(digests.len());
        for digests in in_chunks(digests) {
            let rows = blob::Entity::find().filter(blob::Column::WorkspaceId.eq(workspace)).filter(blob::Column::Digest.is_in(digests));
            for row in rows.all(&self.transaction).await? {
                found.push(ledger::known(row)?);
            }
        }
        Ok(found)
    }

    /// What is searched of bytes, by digest.
    pub(super) async fn texts(&self, workspace: Uuid, digests: &BTreeSet<Vec<u8>>) -> Result<Vec<text::Model>, DbErr> {
        let mut found = Vec::new();
        for digests in in_chunks(digests) {
            let rows = text::Entity::find().filter(text::Column::WorkspaceId.eq(workspace)).filter(text::Column::Digest.is_in(digests));
            found.extend(rows.all(&self.transaction).await?);
        }
        Ok(found)
    }

    /// The next remembered answers to requests that began behind a moment, in order of their ids.
    pub(super) async fn receipts(
        &self,
        workspace: Uuid,
        since: DateTime<Utc>,
        after: Vec<u8>,
        limit: usize,
    ) -> Result<Vec<receipt::Model>, DbErr> {
        receipt::Entity::find()
            .filter(receipt::Column::WorkspaceId.eq(workspace))
            .filter(receipt::Column::Id.gt(after))
            .filter(receipt::Column::BeganAt.gt(micros(since)))
            .filter(receipt::Column::Answer.is_not_null())
            .order_by_asc(receipt::Column::Id)
            .limit(super::count(limit))
            .all(&self.transaction)
            .await
    }

    /// The next events of a workspace, in their order.
    pub(super) async fn events(&self, workspace: Uuid, after: i64, limit: usize) -> Result<Vec<event::Model>, DbErr> {
        event::Entity::find()
            .filter(event::Column::WorkspaceId.eq(workspace))
            .filter(event::Column::Sequence.gt(after))
            .order_by_asc(event::Column::Sequence)
            .limit(super::count(limit))
            .all(&self.transaction)
            .await
    }

    /// The next entries of a workspace's audit, in their order.
    pub(super) async fn audit(&self, workspace: Uuid, after: i64, limit: usize) -> Result<Vec<audit::Model>, DbErr> {
        audit::Entity::find()
            .filter(audit::Column::WorkspaceId.eq(workspace))
            .filter(audit::Column::Sequence.gt(after))
            .order_by_asc(audit::Column::Sequence)
            .limit(super::count(limit))
            .all(&self.transaction)
            .await
    }

    /// The next hashes of these.
    pub(super) async fn audit_chain(&self, workspace: Uuid, after: i64, limit: usize) -> Result<Vec<audit_chain::Model>, DbErr> {
        audit_chain::Entity::find()
            .filter(audit_chain::Column::WorkspaceId.eq(workspace))
            .filter(audit_chain::Column::Sequence.gt(after))
            .order_by_asc(audit_chain::Column::Sequence)
            .limit(super::count(limit))
            .all(&self.transaction)
            .await
    }

    /// The next checkpoints of these.
    pub(super) async fn audit_checkpoints(&self, workspace: Uuid, after: i64, limit: usize) -> Result<Vec<audit_checkpoint::Model>, DbErr> {
        audit_checkpoint::Entity::find()
            .filter(audit_checkpoint::Column::WorkspaceId.eq(workspace))
            .filter(audit_checkpoint::Column::Sequence.gt(after))
            .order_by_asc(audit_checkpoint::Column::Sequence)
            .limit(super::count(limit))
            .all(&self.transaction)
            .await
    }

    pub(super) async fn audited(&self, workspace: Uuid, sequence: i64) -> Result<Option<String>, DbErr> {
        audited(&self.transaction, workspace, sequence).await
    }

    pub(super) async fn event_id(&self, workspace: Uuid, sequence: i64) -> Result<Option<Uuid>, DbErr> {
        event_id(&self.transaction, workspace, sequence).await
    }
}

/// The asset as it stands, checked as it is when it is read to be served.
fn seen_asset(head: &asset::Model, body: Option<String>) -> Result<Asset, Fault> {
    let body = body.ok_or_else(|| Fault::row("it has no row in the listing"))?;
    let asset = snapshot::read(WorkspaceId::new(head.workspace_id), &body)?;
    if asset.id().as_uuid() == head.id && crate::entity::kept(asset.revision().get()) == head.revision {
        Ok(asset)
    } else {
        Err(Fault::row("its row in the listing is of another asset or revision"))
    }
}

pub(super) async fn heads<C: ConnectionTrait>(
    connection: &C,
    workspace: Uuid,
    after: Option<Uuid>,
    limit: usize,
) -> Result<BTreeMap<Uuid, i64>, DbErr> {
    let mut rows = asset::Entity::find().filter(asset::Column::WorkspaceId.eq(workspace));
    if let Some(after) = after {
        rows = rows.filter(asset::Column::Id.gt(after));
    }
    let rows = rows.order_by_asc(asset::Column::Id).limit(super::count(limit)).all(connection).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.revision)).collect())
}

pub(super) async fn event_id<C: ConnectionTrait>(connection: &C, workspace: Uuid, sequence: i64) -> Result<Option<Uuid>, DbErr> {
    Ok(event::Entity::find_by_id((workspace, sequence)).one(connection).await?.map(|row| row.id))
}

/// What an audit says under a number.
pub(super) async fn audited<C: ConnectionTrait>(connection: &C, workspace: Uuid, sequence: i64) -> Result<Option<String>, DbErr> {
    Ok(audit::Entity::find_by_id((workspace, sequence)).one(connection).await?.map(|row| row.body))
}

/// Digests in pieces that fit into one statement.
pub(super) fn in_chunks(digests: &BTreeSet<Vec<u8>>) -> Vec<Vec<Vec<u8>>> {
    let digests: Vec<_> = digests.iter().cloned().collect();
    digests.chunks(ROWS_AT_ONCE).map(<[Vec<u8>]>::to_vec).collect()
}

fn grouped<T>(rows: Vec<T>, of: impl Fn(&T) -> Uuid) -> BTreeMap<Uuid, Vec<T>> {
    let mut groups: BTreeMap<Uuid, Vec<T>> = BTreeMap::new();
    for row in rows {
        groups.entry(of(&row)).or_default().push(row);
    }
    groups
}
