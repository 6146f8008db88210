//! Saving a change: all of it or nothing, in one transaction.

use assets_domain::{
    Asset, Change, Content, Decision, Event, SearchText, Version, VersionNumber, VersionStatus,
    ports::{Blob, Commit, CommitError, Deletion, NewBlob, Receipt},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter,
    sea_query::{Expr, ExprTrait, OnConflict, Query},
};
use uuid::Uuid;

use crate::{
    Database,
    entity::{asset, author, decision, event, kept, micros, receipt, text, version, workspace},
    error::{Fault, is_dangling, is_taken},
    ledger,
    listing::{Before, rows_of},
    scope::Scope,
};

impl Database {
    pub(crate) async fn save(&self, commit: &Commit) -> Result<(), CommitError> {
        let workspace = commit.change.asset().parts().workspace;
        let transaction = self.write(Scope::Tenant(workspace)).await.map_err(Fault::from)?;
        Saving { transaction: &transaction, asset: commit.change.asset() }.save(commit).await?;
        transaction.commit().await.map_err(Fault::from)?;
        Ok(())
    }

    pub(crate) async fn remove(&self, deletion: &Deletion) -> Result<(), CommitError> {
        let transaction = self.write(Scope::Tenant(deletion.workspace)).await.map_err(Fault::from)?;
        let rows = rows_of(&transaction, deletion.workspace, deletion.asset.as_uuid()).await?;
        let gone = asset::Entity::delete_many()
            .filter(asset::Column::WorkspaceId.eq(deletion.workspace.as_uuid()))
            .filter(asset::Column::Id.eq(deletion.asset.as_uuid()))
            .filter(asset::Column::Revision.eq(kept(deletion.before.get())));
        // The text goes first, since nothing takes it along; whatever else there is goes with the asset.
        crate::listing::remove(&transaction, &rows).await?;
        if gone.exec(&transaction).await.map_err(Fault::from)?.rows_affected == 0 {
            return Err(CommitError::Conflict);
        }
        append_event(&transaction, &deletion.event).await?;
        transaction.commit().await.map_err(Fault::from)?;
        Ok(())
    }
}

struct Saving<'a> {
    transaction: &'a DatabaseTransaction,
    asset: &'a Asset,
}

impl Saving<'_> {
    async fn save(&self, commit: &Commit) -> Result<(), CommitError> {
        let Commit { change, event, blob, receipt, presented } = commit;
        let before = self.swap(change).await?;
        if let Some(blob) = blob {
            self.add_blob(&blob.blob).await?;
        }
        if let Some(version) = change.added_version() {
            self.add_version(version, change.adds_author()).await?;
            if let Some(NewBlob { text, .. }) = blob {
                self.add_text(&version.content, text).await?;
            }
        }
        for (number, status) in change.restated() {
            self.restate(*number, *status).await?;
        }
        if let Some(decision) = change.decision() {
            self.record(decision).await?;
        }
        before.follow(self.transaction, self.asset, presented.as_ref()).await?;
        if let Some(receipt) = receipt {
            keep_answer(self.transaction, self.workspace(), receipt).await?;
        }
        Ok(append_event(self.transaction, event).await?)
    }

    fn workspace(&self) -> Uuid {
        self.asset.parts().workspace.as_uuid()
    }

    fn id(&self) -> Uuid {
        self.asset.id().as_uuid()
    }

    /// Puts the new head in place of the old one if that is still there. Answers the rows by which the asset was found.
    async fn swap(&self, change: &Change) -> Result<Before, CommitError> {
        let head = asset::Model { workspace_id: self.workspace(), id: self.id(), revision: kept(self.asset.revision().get()) };
        let Some(before) = change.before() else {
            return match asset::Entity::insert(head.into_active_model()).exec_without_returning(self.transaction).await {
                Ok(_) => Ok(Before::NEW),
                Err(error) if is_taken(&error) => Err(CommitError::Conflict),
                Err(error) => Err(Fault::from(error).into()),
            };
        };
        let swapped = asset::Entity::update_many()
            .col_expr(asset::Column::Revision, Expr::value(head.revision))
            .filter(asset::Column::WorkspaceId.eq(head.workspace_id))
            .filter(asset::Column::Id.eq(head.id))
            .filter(asset::Column::Revision.eq(kept(before.get())));
        if swapped.exec(self.transaction).await.map_err(Fault::from)?.rows_affected == 0 {
            return Err(CommitError::Conflict);
        }
        Ok(Before::read(self.transaction, self.asset.parts().workspace, self.asset).await?)
    }

    /// Makes the bytes known. If the workspace knows them already, its row stays and the new file is nobody's.
    async fn add_blob(&self, blob: &Blob) -> Result<(), CommitError> {
        if ledger::insert(self.transaction, blob).await? && ledger::is_retired(self.transaction, &blob.key).await? {
            return Err(CommitError::BlobRetired);
        }
        Ok(())
    }

    async fn add_version(&self, added: &Version, adds_author: bool) -> Result<(), CommitError> {
        let row = version::Model {
            workspace_id: self.workspace(),
            asset_id: self.id(),
            number: ordinal(added.number),
            status: added.status.as_str().to_owned(),
            digest: added.content.digest.as_bytes().to_vec(),
            created_at: micros(added.created_at),
            body: serde_json::to_string(added).map_err(Fault::from)?,
        };
        match version::Entity::insert(row.into_active_model()).exec_without_returning(self.transaction).await {
            Ok(_) => {}
            Err(error) if is_dangling(&error) => return Err(CommitError::BlobRetired),
            Err(error) => return Err(Fault::from(error).into()),
        }
        if adds_author {
            let row = author::Model {
                workspace_id: self.workspace(),
                asset_id: self.id(),
                digest: added.content.digest.as_bytes().to_vec(),
                key_prefix: added.created_by.key_prefix.as_str().to_owned(),
                name_folded: added.created_by.name.folded(),
            };
            let once = OnConflict::new().do_nothing().to_owned();
            let author = author::Entity::insert(row.into_active_model()).on_conflict(once);
            author.exec_without_returning(self.transaction).await.map_err(Fault::from)?;
        }
        Ok(())
    }

    /// Keeps what is searched of the bytes as content of this kind, unless it is known already.
    async fn add_text(&self, content: &Content, words: &SearchText) -> Result<(), Fault> {
        if words.is_empty() {
            return Ok(());
        }
        let row = text::Model {
            workspace_id: self.workspace(),
            digest: content.digest.as_bytes().to_vec(),
            r#type: self.asset.parts().asset_type.as_str().to_owned(),
            media_type: content.media_type.as_str().to_owned(),
            words: words.as_str().to_owned(),
        };
        let once = OnConflict::new().do_nothing().to_owned();
        text::Entity::insert(row.into_active_model()).on_conflict(once).exec_without_returning(self.transaction).await?;
        Ok(())
    }

    async fn restate(&self, number: VersionNumber, status: VersionStatus) -> Result<(), Fault> {
        version::Entity::update_many()
            .col_expr(version::Column::Status, Expr::value(status.as_str()))
            .filter(version::Column::WorkspaceId.eq(self.workspace()))
            .filter(version::Column::AssetId.eq(self.id()))
            .filter(version::Column::Number.eq(ordinal(number)))
            .exec(self.transaction)
            .await?;
        Ok(())
    }

    async fn record(&self, made: &Decision) -> Result<(), Fault> {
        let row = decision::Model {
            workspace_id: self.workspace(),
            asset_id: self.id(),
            revision: kept(made.revision.get()),
            action: made.action.as_str().to_owned(),
            version: ordinal(made.version),
            digest: made.digest.as_bytes().to_vec(),
            at: micros(made.at),
            body: serde_json::to_string(made)?,
        };
        decision::Entity::insert(row.into_active_model()).exec_without_returning(self.transaction).await?;
        Ok(())
    }
}

/// Gives an event the next number of its workspace. This comes last: it is where the changes of a workspace queue up.
async fn append_event(transaction: &DatabaseTransaction, event: &Event) -> Result<(), Fault> {
    let next = Query::update()
        .table(workspace::Entity)
        .value(workspace::Column::EventSequence, Expr::col(workspace::Column::EventSequence).add(1))
        .and_where(Expr::col(workspace::Column::Id).eq(event.workspace.as_uuid()))
        .returning_col(workspace::Column::EventSequence)
        .to_owned();
    let row = transaction.query_one(&next).await?.ok_or_else(|| Fault::row("an event of a workspace that is not there"))?;
    let row = event::Model {
        workspace_id: event.workspace.as_uuid(),
        sequence: row.try_get_by_index(0)?,
        id: event.id.as_uuid(),
        r#type: event.event_type.as_str().to_owned(),
        asset_id: event.asset.as_uuid(),
        body: serde_json::to_string(event)?,
        occurred_at: micros(event.occurred_at),
    };
    event::Entity::insert(row.into_active_model()).exec_without_returning(transaction).await?;
    Ok(())
}

/// Keeps the answer to a request that began and has none yet.
pub(crate) async fn keep_answer<C: ConnectionTrait>(connection: &C, workspace: Uuid, answered: &Receipt) -> Result<(), Fault> {
    receipt::Entity::update_many()
        .col_expr(receipt::Column::Answer, Expr::value(answered.answer.clone()))
        .filter(receipt::Column::WorkspaceId.eq(workspace))
        .filter(receipt::Column::Id.eq(answered.id.as_bytes().to_vec()))
        .filter(receipt::Column::Answer.is_null())
        .exec(connection)
        .await?;
    Ok(())
}

/// A version's number as it is kept. The domain keeps it below the limit.
pub(crate) fn ordinal(number: VersionNumber) -> i32 {
    i32::try_from(number.get()).unwrap_or(i32::MAX)
}
