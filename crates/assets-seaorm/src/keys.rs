use assets_domain::{
    Actor, AuditEntry, KeyKind, KeyName, KeyPrefix, KeyRecord, PolicyRevision, Scopes, WorkspaceId, WorkspaceName,
    ports::{Breakage, KeptPolicy, KeyRepository, PolicyChange, Receipt, Workspace},
};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, sea_query::Query};

use crate::{
    Database, audit,
    batch::{Batch, Undone},
    commit::{append, kept_answer},
    entity::{bytes32, kept, key, micros, moment, number, workspace},
    error::{Fault, is_taken},
    scope::Scope,
};

fn tenant(row: workspace::Model) -> Result<Workspace, Fault> {
    Ok(Workspace {
        id: WorkspaceId::new(row.id),
        name: WorkspaceName::parse(row.name).map_err(Fault::row)?,
        policy: serde_json::from_str(&row.policy)?,
        created_at: moment(row.created_at)?,
    })
}

fn record(row: key::Model) -> Result<KeyRecord, Fault> {
    let scopes: Scopes = serde_json::from_str(&row.scopes)?;
    Ok(KeyRecord {
        workspace: WorkspaceId::new(row.workspace_id),
        actor: Actor {
            key_prefix: KeyPrefix::parse(row.prefix).map_err(Fault::row)?,
            name: KeyName::parse(row.name).map_err(Fault::row)?,
            kind: KeyKind::parse(&row.kind).ok_or_else(|| Fault::row("an unknown kind of key"))?,
        },
        scopes,
        mac: bytes32(row.mac)?,
        created_at: moment(row.created_at)?,
        expires_at: row.expires_at.map(moment).transpose()?,
        revoked_at: row.revoked_at.map(moment).transpose()?,
    })
}

fn row(record: &KeyRecord) -> Result<key::Model, Fault> {
    Ok(key::Model {
        prefix: record.actor.key_prefix.as_str().to_owned(),
        workspace_id: record.workspace.as_uuid(),
        name: record.actor.name.as_str().to_owned(),
        name_folded: record.actor.name.folded(),
        kind: record.actor.kind.as_str().to_owned(),
        scopes: serde_json::to_string(&record.scopes)?,
        mac: record.mac.to_vec(),
        created_at: micros(record.created_at),
        expires_at: record.expires_at.map(micros),
        revoked_at: record.revoked_at.map(micros),
    })
}

/// Inserts a row. Answers whether its place was free; if not, on PostgreSQL the transaction is over.
async fn insert<A>(transaction: &DatabaseTransaction, row: A) -> Result<bool, Fault>
where
    A: sea_orm::ActiveModelTrait,
{
    match A::Entity::insert(row).exec_without_returning(transaction).await {
        Ok(_) => Ok(true),
        Err(error) if is_taken(&error) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

impl Database {
    async fn add_workspace_row(&self, added: &Workspace) -> Result<bool, Fault> {
        let row = workspace::Model {
            id: added.id.as_uuid(),
            name: added.name.as_str().to_owned(),
            event_sequence: 0,
            audit_sequence: 0,
            created_at: micros(added.created_at),
            policy: serde_json::to_string(&added.policy)?,
            policy_revision: 0,
        };
        let transaction = self.write(Scope::Tenant(added.id)).await?;
        if !insert(&transaction, row.into_active_model()).await? {
            return Ok(false);
        }
        transaction.commit().await?;
        Ok(true)
    }

    async fn find_workspaces(&self) -> Result<Vec<Workspace>, Fault> {
        let rows = workspace::Entity::find().order_by_asc(workspace::Column::Name).all(&self.reader).await?;
        rows.into_iter().map(tenant).collect()
    }

    async fn find_workspace(&self, id: WorkspaceId) -> Result<Option<Workspace>, Fault> {
        let row = workspace::Entity::find_by_id(id.as_uuid()).one(&self.reader).await?;
        row.map(tenant).transpose()
    }

    async fn find_policy(&self, workspace: WorkspaceId) -> Result<Option<KeptPolicy>, Fault> {
        let row = workspace::Entity::find_by_id(workspace.as_uuid()).one(&self.reader).await?;
        let kept = |row: workspace::Model| {
            Ok(KeptPolicy { policy: serde_json::from_str(&row.policy)?, revision: PolicyRevision::new(number(row.policy_revision)?) })
        };
        row.map(kept).transpose()
    }

    async fn save_policy(&self, change: &PolicyChange) -> Result<bool, Fault> {
        let PolicyChange { workspace: id, before, policy, event, entry } = change;
        let swap = Query::update()
            .table(workspace::Entity)
            .value(workspace::Column::Policy, serde_json::to_string(policy)?)
            .value(workspace::Column::PolicyRevision, kept(before.next().get()))
            .and_where(workspace::Column::Id.eq(id.as_uuid()))
            .and_where(workspace::Column::PolicyRevision.eq(kept(before.get())))
            .returning_col(workspace::Column::PolicyRevision)
            .to_owned();
        let mut batch = Batch::guarded_by(self.backend(), Scope::Tenant(*id), &swap);
        append(&mut batch, event, Some((entry, None)))?;
        match self.apply(batch).await {
            Ok(_) => Ok(true),
            Err(Undone::Unmet) => Ok(false),
            Err(undone) => Err(undone.into()),
        }
    }

    async fn add_key_row(&self, record: &KeyRecord, receipt: Option<&Receipt>, entry: &AuditEntry) -> Result<bool, Fault> {
        let transaction = self.write(Scope::Tenant(record.workspace)).await?;
        if !insert(&transaction, row(record)?.into_active_model()).await? {
            return Ok(false);
        }
        if let Some(receipt) = receipt {
            kept_answer(record.workspace.as_uuid(), receipt).exec(&transaction).await?;
        }
        let mut told = Batch::new(self.backend(), Scope::Tenant(record.workspace));
        audit::append(&mut told, entry)?;
        told.run(&transaction).await?;
        transaction.commit().await?;
        Ok(true)
    }

    async fn find_key(&self, prefix: &KeyPrefix) -> Result<Option<KeyRecord>, Fault> {
        let row = key::Entity::find_by_id(prefix.as_str()).one(&self.reader).await?;
        row.map(record).transpose()
    }

    async fn find_keys(&self, workspace: WorkspaceId) -> Result<Vec<KeyRecord>, Fault> {
        let rows = key::Entity::find()
            .filter(key::Column::WorkspaceId.eq(workspace.as_uuid()))
            .order_by_desc(key::Column::CreatedAt)
            .order_by_desc(key::Column::Prefix)
            .all(&self.reader)
            .await?;
        rows.into_iter().map(record).collect()
    }

    async fn revoke(&self, workspace: WorkspaceId, prefix: &KeyPrefix, at: DateTime<Utc>, entry: &AuditEntry) -> Result<bool, Fault> {
        let revoked = Query::update()
            .table(key::Entity)
            .value(key::Column::RevokedAt, micros(at))
            .and_where(key::Column::WorkspaceId.eq(workspace.as_uuid()))
            .and_where(key::Column::Prefix.eq(prefix.as_str()))
            .and_where(key::Column::RevokedAt.is_null())
            .returning_col(key::Column::Prefix)
            .to_owned();
        // In its turn with whatever else waits to be written: a flood of writes is when a key is taken back.
        let mut batch = Batch::guarded_by(self.backend(), Scope::Tenant(workspace), &revoked);
        audit::append(&mut batch, entry)?;
        match self.apply(batch).await {
            Ok(_) => Ok(true),
            // Revoked already, or not there.
            Err(Undone::Unmet) => Ok(self.find_key(prefix).await?.is_some_and(|record| record.workspace == workspace)),
            Err(undone) => Err(undone.into()),
        }
    }
}

#[async_trait]
impl KeyRepository for Database {
    async fn add_workspace(&self, workspace: &Workspace) -> Result<bool, Breakage> {
        Ok(self.add_workspace_row(workspace).await?)
    }

    async fn workspaces(&self) -> Result<Vec<Workspace>, Breakage> {
        Ok(self.find_workspaces().await?)
    }

    async fn workspace(&self, id: WorkspaceId) -> Result<Option<Workspace>, Breakage> {
        Ok(self.find_workspace(id).await?)
    }

    async fn policy(&self, workspace: WorkspaceId) -> Result<Option<KeptPolicy>, Breakage> {
        Ok(self.find_policy(workspace).await?)
    }

    async fn change_policy(&self, change: &PolicyChange) -> Result<bool, Breakage> {
        Ok(self.save_policy(change).await?)
    }

    async fn add_key(&self, key: &KeyRecord, receipt: Option<&Receipt>, entry: &AuditEntry) -> Result<bool, Breakage> {
        Ok(self.add_key_row(key, receipt, entry).await?)
    }

    async fn key(&self, prefix: &KeyPrefix) -> Result<Option<KeyRecord>, Breakage> {
        Ok(self.find_key(prefix).await?)
    }

    async fn keys(&self, workspace: WorkspaceId) -> Result<Vec<KeyRecord>, Breakage> {
        Ok(self.find_keys(workspace).await?)
    }

    async fn revoke_key(
        &self,
        workspace: WorkspaceId,
        prefix: &KeyPrefix,
        at: DateTime<Utc>,
        entry: &AuditEntry,
    ) -> Result<bool, Breakage> {
        Ok(self.revoke(workspace, prefix, at, entry).await?)
    }
}
