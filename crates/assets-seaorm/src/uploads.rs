//! The rows about content that comes in piece by piece.

use assets_domain::{
    Digest, Filename, KeyPrefix, MediaType, Upload, UploadId, WorkspaceId,
    ports::{Append, AppendError, BlobKey, Breakage, UploadPart, Uploads},
};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    Database,
    entity::{bytes32, kept, micros, moment, number, upload, upload_part, workspace},
    error::Fault,
    ledger,
    scope::Scope,
};

/// How many rows go into one statement: PostgreSQL takes 65,535 values, SQLite half of that.
const ROWS_AT_ONCE: usize = 1000;

/// What is only ever read whole.
#[derive(Serialize, Deserialize)]
struct Body {
    metadata: Option<String>,
    filename: Option<Filename>,
    media_type: Option<MediaType>,
    created_at: i64,
}

fn row(upload: &Upload) -> Result<upload::Model, Fault> {
    let body = Body {
        metadata: upload.metadata.clone(),
        filename: upload.filename.clone(),
        media_type: upload.media_type,
        created_at: micros(upload.created_at),
    };
    Ok(upload::Model {
        workspace_id: upload.workspace.as_uuid(),
        id: upload.id.as_uuid(),
        owner: upload.owner.as_str().to_owned(),
        length_bytes: kept(upload.length_bytes),
        offset_bytes: kept(upload.offset_bytes),
        expires_at: micros(upload.expires_at),
        digest: upload.assembled.map(|digest| digest.as_bytes().to_vec()),
        body: serde_json::to_string(&body)?,
    })
}

fn known(row: upload::Model) -> Result<Upload, Fault> {
    let Body { metadata, filename, media_type, created_at } = serde_json::from_str(&row.body)?;
    Ok(Upload {
        workspace: WorkspaceId::new(row.workspace_id),
        id: UploadId::new(row.id),
        owner: KeyPrefix::parse(row.owner).map_err(Fault::row)?,
        length_bytes: number(row.length_bytes)?,
        offset_bytes: number(row.offset_bytes)?,
        metadata,
        filename,
        media_type,
        created_at: moment(created_at)?,
        expires_at: moment(row.expires_at)?,
        assembled: row.digest.map(bytes32).transpose()?.map(Digest::from_bytes),
    })
}

fn piece(row: upload_part::Model) -> Result<UploadPart, Fault> {
    let upload_part::Model { offset_bytes, size_bytes, crc32, key, .. } = row;
    Ok(UploadPart { offset_bytes: number(offset_bytes)?, size_bytes: number(size_bytes)?, crc32: number(crc32)?, key: BlobKey::new(key) })
}

/// Which upload.
fn place(workspace: WorkspaceId, id: UploadId) -> (Uuid, Uuid) {
    (workspace.as_uuid(), id.as_uuid())
}

/// The files of an upload, in a transaction that is about to drop their rows.
async fn files(transaction: &DatabaseTransaction, (workspace, id): (Uuid, Uuid)) -> Result<Vec<BlobKey>, Fault> {
    let keys = upload_part::Entity::find()
        .select_only()
        .column(upload_part::Column::Key)
        .filter(upload_part::Column::WorkspaceId.eq(workspace))
        .filter(upload_part::Column::UploadId.eq(id));
    Ok(keys.into_tuple::<String>().all(transaction).await?.into_iter().map(BlobKey::new).collect())
}

impl Database {
    async fn begin_upload(&self, begun: &Upload, most: u64) -> Result<bool, Fault> {
        let transaction = self.write(Scope::Tenant(begun.workspace)).await?;
        // Who counts must not be counted without meanwhile. On SQLite there is one writer anyway.
        workspace::Entity::find_by_id(begun.workspace.as_uuid()).lock_exclusive().one(&transaction).await?;
        let under_way = upload::Entity::find()
            .filter(upload::Column::WorkspaceId.eq(begun.workspace.as_uuid()))
            .filter(upload::Column::Owner.eq(begun.owner.as_str()))
            .filter(upload::Column::ExpiresAt.gt(micros(begun.created_at)))
            .filter(upload::Column::Digest.is_null())
            .count(&transaction)
            .await?;
        if under_way >= most {
            return Ok(false);
        }
        upload::Entity::insert(row(begun)?.into_active_model()).exec_without_returning(&transaction).await?;
        transaction.commit().await?;
        Ok(true)
    }

    async fn find_upload(&self, workspace: WorkspaceId, id: UploadId) -> Result<Option<Upload>, Fault> {
        let row = upload::Entity::find_by_id(place(workspace, id)).one(&self.read(Scope::Tenant(workspace))).await?;
        row.map(known).transpose()
    }

    async fn append_parts(&self, append: &Append) -> Result<Result<(), AppendError>, Fault> {
        let (workspace, id) = place(append.workspace, append.id);
        let transaction = self.write(Scope::Tenant(append.workspace)).await?;
        for part in &append.parts {
            ledger::hold(&transaction, &part.key).await?;
            if ledger::is_retired(&transaction, &part.key).await? {
                return Ok(Err(AppendError::PartRetired));
            }
        }
        let offset_bytes = append.parts.iter().fold(append.from_bytes, |offset, part| offset.saturating_add(part.size_bytes));
        let moved = upload::Entity::update_many()
            .col_expr(upload::Column::OffsetBytes, Expr::value(kept(offset_bytes)))
            .col_expr(upload::Column::ExpiresAt, Expr::value(micros(append.expires_at)))
            .filter(upload::Column::WorkspaceId.eq(workspace))
            .filter(upload::Column::Id.eq(id))
            .filter(upload::Column::OffsetBytes.eq(kept(append.from_bytes)))
            .filter(upload::Column::Digest.is_null())
            .exec(&transaction)
            .await?;
        if moved.rows_affected == 0 {
            return Ok(Err(AppendError::Conflict));
        }
        for parts in append.parts.chunks(ROWS_AT_ONCE) {
            let rows = parts.iter().map(|part| upload_part::Model {
                workspace_id: workspace,
                upload_id: id,
                offset_bytes: kept(part.offset_bytes),
                size_bytes: kept(part.size_bytes),
                crc32: i64::from(part.crc32),
                key: part.key.as_str().to_owned(),
            });
            let rows = rows.map(IntoActiveModel::into_active_model);
            upload_part::Entity::insert_many(rows).exec_without_returning(&transaction).await?;
        }
        transaction.commit().await?;
        Ok(Ok(()))
    }

    async fn find_parts(&self, workspace: WorkspaceId, id: UploadId) -> Result<Vec<UploadPart>, Fault> {
        let rows = upload_part::Entity::find()
            .filter(upload_part::Column::WorkspaceId.eq(workspace.as_uuid()))
            .filter(upload_part::Column::UploadId.eq(id.as_uuid()))
            .order_by_asc(upload_part::Column::OffsetBytes)
            .all(&self.read(Scope::Tenant(workspace)))
            .await?;
        rows.into_iter().map(piece).collect()
    }

    async fn assemble_upload(
        &self,
        workspace: WorkspaceId,
        id: UploadId,
        digest: &Digest,
        expires_at: DateTime<Utc>,
    ) -> Result<Vec<BlobKey>, Fault> {
        let (workspace_id, upload_id) = place(workspace, id);
        let transaction = self.write(Scope::Tenant(workspace)).await?;
        upload::Entity::update_many()
            .col_expr(upload::Column::Digest, Expr::value(digest.as_bytes().to_vec()))
            .col_expr(upload::Column::ExpiresAt, Expr::value(micros(expires_at)))
            .filter(upload::Column::WorkspaceId.eq(workspace_id).and(upload::Column::Id.eq(upload_id)))
            .exec(&transaction)
            .await?;
        let files = files(&transaction, (workspace_id, upload_id)).await?;
        upload_part::Entity::delete_many()
            .filter(upload_part::Column::WorkspaceId.eq(workspace_id))
            .filter(upload_part::Column::UploadId.eq(upload_id))
            .exec(&transaction)
            .await?;
        transaction.commit().await?;
        Ok(files)
    }

    async fn drop_upload(&self, workspace: WorkspaceId, id: UploadId) -> Result<Vec<BlobKey>, Fault> {
        let transaction = self.write(Scope::Tenant(workspace)).await?;
        // Locked first, so that no piece comes between the two looks.
        upload::Entity::find_by_id(place(workspace, id)).lock_exclusive().one(&transaction).await?;
        let files = files(&transaction, place(workspace, id)).await?;
        upload::Entity::delete_by_id(place(workspace, id)).exec(&transaction).await?;
        transaction.commit().await?;
        Ok(files)
    }

    async fn drop_expired(&self, before: DateTime<Utc>) -> Result<u64, Fault> {
        let transaction = self.write(Scope::Every).await?;
        let dropped = upload::Entity::delete_many().filter(upload::Column::ExpiresAt.lt(micros(before))).exec(&transaction).await?;
        transaction.commit().await?;
        Ok(dropped.rows_affected)
    }
}

#[async_trait]
impl Uploads for Database {
    async fn begin(&self, upload: &Upload, most: u64) -> Result<bool, Breakage> {
        Ok(self.begin_upload(upload, most).await?)
    }

    async fn find(&self, workspace: WorkspaceId, id: UploadId) -> Result<Option<Upload>, Breakage> {
        Ok(self.find_upload(workspace, id).await?)
    }

    async fn append(&self, append: &Append) -> Result<(), AppendError> {
        self.append_parts(append).await.map_err(Breakage::from)?
    }

    async fn parts(&self, workspace: WorkspaceId, id: UploadId) -> Result<Vec<UploadPart>, Breakage> {
        Ok(self.find_parts(workspace, id).await?)
    }

    async fn note_assembled(
        &self,
        workspace: WorkspaceId,
        id: UploadId,
        digest: &Digest,
        expires_at: DateTime<Utc>,
    ) -> Result<Vec<BlobKey>, Breakage> {
        Ok(self.assemble_upload(workspace, id, digest, expires_at).await?)
    }

    async fn end(&self, workspace: WorkspaceId, id: UploadId) -> Result<Vec<BlobKey>, Breakage> {
        Ok(self.drop_upload(workspace, id).await?)
    }

    async fn expire(&self, before: DateTime<Utc>) -> Result<u64, Breakage> {
        Ok(self.drop_expired(before).await?)
    }
}
