//! The rows about bytes, and the order in which they go: first the row, then, in a later cycle, the file.

use std::collections::BTreeSet;

use assets_domain::{
    Asset, AssetId, Digest, Fingerprint, Version, VersionNumber, View, WorkspaceId,
    ports::{Blob, BlobKey, BlobLedger, Breakage},
};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter,
    QueryOrder, QueryResult, QuerySelect, Statement, Value,
    sea_query::{Expr, ExprTrait, InsertStatement, LockBehavior, LockType, OnConflict, Query, SelectStatement},
};

use crate::{
    Database,
    commit::ordinal,
    entity::{blob, bytes32, kept, micros, moment, number, tombstone, version},
    error::Fault,
    history::version_of,
    listing::code,
    scope::Scope,
    snapshot,
};

/// How many rows are retired in one transaction, so that no writer waits long.
const BATCH: u64 = 500;

/// About how many assets one statement asks for.
const AT_ONCE: usize = 200;

/// The tables whose rows name a file, each in its column `key`.
const NAMING_FILES: [&str; 4] = ["blobs", "renditions", "upload_parts", "export_files"];

/// The row by which publishers find an asset is there while its approval stands, and names the approved bytes.
const OF_APPROVED: &str = "SELECT b.key, b.digest, b.size_bytes, b.crc32, b.created_at, p.body \
    FROM listing p LEFT JOIN blobs b ON b.workspace_id = p.workspace_id AND b.digest = p.digest \
    WHERE p.workspace_id = $1 AND p.view = $2 AND p.asset_id = $3";

/// Of each of some assets, which are listed behind this.
const OF_EACH_APPROVED: &str = "SELECT b.key, b.digest, b.size_bytes, b.crc32, b.created_at, l.body \
    FROM listing l LEFT JOIN listing p ON p.workspace_id = l.workspace_id AND p.view = $3 AND p.asset_id = l.asset_id \
    LEFT JOIN blobs b ON b.workspace_id = p.workspace_id AND b.digest = p.digest \
    WHERE l.workspace_id = $1 AND l.view = $2 AND l.asset_id IN ";

const OF_VERSION: &str = "SELECT b.key, b.digest, b.size_bytes, b.crc32, b.created_at, v.status, v.body \
    FROM versions v LEFT JOIN blobs b ON b.workspace_id = v.workspace_id AND b.digest = v.digest \
    WHERE v.workspace_id = $1 AND v.asset_id = $2 AND v.number = $3";

/// The blob whose columns stand first in a row, if there is one.
pub(crate) fn joined(workspace: WorkspaceId, row: &QueryResult) -> Result<Option<Blob>, Fault> {
    let Some(key) = row.try_get_by_index::<Option<String>>(0)? else { return Ok(None) };
    let row = blob::Model {
        workspace_id: workspace.as_uuid(),
        digest: row.try_get_by_index(1)?,
        key,
        size_bytes: row.try_get_by_index(2)?,
        crc32: row.try_get_by_index(3)?,
        created_at: row.try_get_by_index(4)?,
    };
    known(row).map(Some)
}

pub(crate) fn known(row: blob::Model) -> Result<Blob, Fault> {
    let digest = Digest::from_bytes(bytes32(row.digest)?);
    Ok(Blob {
        workspace: WorkspaceId::new(row.workspace_id),
        key: BlobKey::new(row.key),
        fingerprint: Fingerprint { digest, crc32: number(row.crc32)?, size_bytes: number(row.size_bytes)? },
        created_at: moment(row.created_at)?,
    })
}

/// Adds the row of a blob unless the workspace has these bytes already, or the file is to go or has gone. The file must be
/// [held](holding).
pub(crate) fn insert(added: &Blob) -> Result<InsertStatement, Fault> {
    use blob::Column::{Crc32, CreatedAt, Digest, Key, SizeBytes, WorkspaceId};
    let values = [
        Expr::value(added.workspace.as_uuid()),
        Expr::value(added.fingerprint.digest.as_bytes().to_vec()),
        Expr::value(added.key.as_str()),
        Expr::value(kept(added.fingerprint.size_bytes)),
        Expr::value(i64::from(added.fingerprint.crc32)),
        Expr::value(micros(added.created_at)),
    ];
    let retired =
        Query::select().expr(Expr::value(1)).from(tombstone::Entity).and_where(tombstone::Column::Key.eq(added.key.as_str())).to_owned();
    let row = Query::select().exprs(values).and_where(Expr::exists(retired).not()).to_owned();
    let first = OnConflict::columns([WorkspaceId, Digest]).do_nothing().to_owned();
    let mut insert = Query::insert();
    insert.into_table(blob::Entity).columns([WorkspaceId, Digest, Key, SizeBytes, Crc32, CreatedAt]).on_conflict(first);
    insert.select_from(row).map_err(Fault::row)?;
    Ok(insert)
}

/// Those of these files that the rows of a table name.
fn named(table: &'static str, keys: &[BlobKey]) -> SelectStatement {
    let asked = keys.iter().map(BlobKey::as_str);
    Query::select().column("key").from(table).and_where(Expr::col("key").is_in(asked)).to_owned()
}

/// Whether a row names a file.
async fn is_named(transaction: &DatabaseTransaction, key: &BlobKey) -> Result<bool, Fault> {
    for table in NAMING_FILES {
        if transaction.query_one(&named(table, std::slice::from_ref(key))).await?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether a file is to go, or has gone.
pub(crate) async fn is_retired(transaction: &DatabaseTransaction, key: &BlobKey) -> Result<bool, Fault> {
    Ok(tombstone::Entity::find_by_id(key.as_str()).one(transaction).await?.is_some())
}

/// Whether the workspace has these bytes.
pub(crate) async fn is_known(transaction: &DatabaseTransaction, workspace: WorkspaceId, digest: &Digest) -> Result<bool, Fault> {
    let place = (workspace.as_uuid(), digest.as_bytes().to_vec());
    Ok(blob::Entity::find_by_id(place).one(transaction).await?.is_some())
}

/// What keeps others from deciding about the same file until the transaction ends. On SQLite there is one writer anyway.
pub(crate) fn holding(backend: DbBackend, key: &BlobKey) -> Option<Statement> {
    let sql = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))";
    (backend == DbBackend::Postgres).then(|| Statement::from_sql_and_values(backend, sql, [key.as_str().into()]))
}

/// Keeps others from deciding about the same file until the transaction ends.
pub(crate) async fn hold(transaction: &DatabaseTransaction, key: &BlobKey) -> Result<(), Fault> {
    if let Some(holding) = holding(ConnectionTrait::get_database_backend(transaction), key) {
        transaction.execute_raw(holding).await?;
    }
    Ok(())
}

async fn entomb(transaction: &DatabaseTransaction, keys: Vec<String>, at: DateTime<Utc>) -> Result<(), Fault> {
    let rows = keys.into_iter().map(|key| tombstone::Model { key, at: micros(at), removed_at: None }.into_active_model());
    let once = OnConflict::column(tombstone::Column::Key).do_nothing().to_owned();
    tombstone::Entity::insert_many(rows).on_conflict(once).exec_without_returning(transaction).await?;
    Ok(())
}

fn keys(rows: &[QueryResult]) -> Result<Vec<String>, DbErr> {
    rows.iter().map(|row| row.try_get_by_index(0)).collect()
}

fn count(keys: &[String]) -> u64 {
    u64::try_from(keys.len()).unwrap_or(u64::MAX)
}

impl Database {
    async fn find_blob(&self, workspace: WorkspaceId, digest: &Digest) -> Result<Option<Blob>, Fault> {
        let place = (workspace.as_uuid(), digest.as_bytes().to_vec());
        let row = blob::Entity::find_by_id(place).one(&self.read(Scope::Tenant(workspace))).await?;
        row.map(known).transpose()
    }

    async fn find_blob_of_approved(&self, workspace: WorkspaceId, id: AssetId) -> Result<Option<(Asset, Option<Blob>)>, Fault> {
        let values = [workspace.as_uuid().into(), code(View::Published).into(), id.as_uuid().into()];
        let statement = Statement::from_sql_and_values(self.backend(), OF_APPROVED, values);
        let Some(row) = self.read(Scope::Tenant(workspace)).query_one_raw(statement).await? else { return Ok(None) };
        let body: String = row.try_get_by_index(5)?;
        Ok(Some((snapshot::read(workspace, &body)?, joined(workspace, &row)?)))
    }

    async fn find_blobs_of_approved(&self, workspace: WorkspaceId, ids: &[AssetId]) -> Result<Vec<(Asset, Option<Blob>)>, Fault> {
        let mut found = Vec::with_capacity(ids.len());
        for ids in ids.chunks(AT_ONCE) {
            let mut values: Vec<Value> = vec![workspace.as_uuid().into(), code(View::Working).into(), code(View::Published).into()];
            let first = values.len() + 1;
            // Always as many, so that there is one statement to prepare.
            values.extend(ids.iter().cycle().take(AT_ONCE).map(|id| Value::from(id.as_uuid())));
            let places: Vec<String> = (first..first + AT_ONCE).map(|place| format!("${place}")).collect();
            let statement = Statement::from_sql_and_values(self.backend(), format!("{OF_EACH_APPROVED}({})", places.join(",")), values);
            for row in self.read(Scope::Tenant(workspace)).query_all_raw(statement).await? {
                let body: String = row.try_get_by_index(5)?;
                found.push((snapshot::read(workspace, &body)?, joined(workspace, &row)?));
            }
        }
        Ok(found)
    }

    async fn find_blob_of_version(
        &self,
        workspace: WorkspaceId,
        id: AssetId,
        number: VersionNumber,
    ) -> Result<Option<(Version, Option<Blob>)>, Fault> {
        let values = [workspace.as_uuid().into(), id.as_uuid().into(), ordinal(number).into()];
        let statement = Statement::from_sql_and_values(self.backend(), OF_VERSION, values);
        let Some(row) = self.read(Scope::Tenant(workspace)).query_one_raw(statement).await? else { return Ok(None) };
        let (status, body): (String, String) = (row.try_get_by_index(5)?, row.try_get_by_index(6)?);
        Ok(Some((version_of(&status, &body)?, joined(workspace, &row)?)))
    }

    async fn find_blobs(&self, after: Option<(WorkspaceId, Digest)>, limit: u32) -> Result<Vec<Blob>, Fault> {
        let mut rows = blob::Entity::find().order_by_asc(blob::Column::WorkspaceId).order_by_asc(blob::Column::Digest);
        if let Some((workspace, digest)) = after {
            let place = Expr::tuple([Expr::col(blob::Column::WorkspaceId), Expr::col(blob::Column::Digest)]);
            rows = rows.filter(place.gt(Expr::tuple([Expr::value(workspace.as_uuid()), Expr::value(digest.as_bytes().to_vec())])));
        }
        rows.limit(u64::from(limit)).all(&self.read(Scope::Every)).await?.into_iter().map(known).collect()
    }

    async fn find_known(&self, keys: &[BlobKey]) -> Result<BTreeSet<BlobKey>, Fault> {
        let mut known = BTreeSet::new();
        for table in NAMING_FILES {
            let rows = self.read(Scope::Every).query_all(&named(table, keys)).await?;
            known.extend(self::keys(&rows)?.into_iter().map(BlobKey::new));
        }
        Ok(known)
    }

    async fn count_versions_without_blob(&self) -> Result<u64, Fault> {
        let row = Query::select()
            .expr(Expr::value(1))
            .from(blob::Entity)
            .and_where(Expr::col((blob::Entity, blob::Column::WorkspaceId)).equals((version::Entity, version::Column::WorkspaceId)))
            .and_where(Expr::col((blob::Entity, blob::Column::Digest)).equals((version::Entity, version::Column::Digest)))
            .to_owned();
        Ok(version::Entity::find().filter(Expr::exists(row).not()).count(&self.read(Scope::Every)).await?)
    }

    /// One batch: the rows go, and only of those that went tombstones are made. Answers how many were looked at, and how
    /// many went.
    async fn retire_batch(&self, created_before: DateTime<Utc>, now: DateTime<Utc>) -> Result<(u64, u64), Fault> {
        let reference = Query::select()
            .expr(Expr::value(1))
            .from(version::Entity)
            .and_where(Expr::col((version::Entity, version::Column::WorkspaceId)).equals((blob::Entity, blob::Column::WorkspaceId)))
            .and_where(Expr::col((version::Entity, version::Column::Digest)).equals((blob::Entity, blob::Column::Digest)))
            .to_owned();
        let unwanted = || Expr::exists(reference.clone()).not();
        // Rows that a commit is about to refer to are left alone, and once they are locked here none can begin to.
        let found = Query::select()
            .column(blob::Column::Key)
            .from(blob::Entity)
            .and_where(blob::Column::CreatedAt.lt(micros(created_before)))
            .and_where(unwanted())
            .limit(BATCH)
            .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
            .to_owned();
        let transaction = self.write(Scope::Every).await?;
        let found = keys(&transaction.query_all(&found).await?)?;
        // A commit that ended between the two looks is seen only by a statement that began after the lock was had.
        let gone = Query::delete()
            .from_table(blob::Entity)
            .and_where(blob::Column::Key.is_in(&found))
            .and_where(unwanted())
            .returning_col(blob::Column::Key)
            .to_owned();
        let gone = keys(&transaction.query_all(&gone).await?)?;
        let (found, retired) = (count(&found), count(&gone));
        if retired > 0 {
            entomb(&transaction, gone, now).await?;
        }
        transaction.commit().await?;
        Ok((found, retired))
    }

    async fn retire_file(&self, key: &BlobKey, now: DateTime<Utc>) -> Result<bool, Fault> {
        let transaction = self.write(Scope::Every).await?;
        hold(&transaction, key).await?;
        if is_named(&transaction, key).await? || is_retired(&transaction, key).await? {
            return Ok(false);
        }
        entomb(&transaction, vec![key.as_str().to_owned()], now).await?;
        transaction.commit().await?;
        Ok(true)
    }

    async fn find_retired(&self, before: DateTime<Utc>, limit: u32) -> Result<Vec<BlobKey>, Fault> {
        let rows = tombstone::Entity::find()
            .filter(tombstone::Column::RemovedAt.is_null())
            .filter(tombstone::Column::At.lt(micros(before)))
            .order_by_asc(tombstone::Column::At)
            .limit(u64::from(limit))
            .all(&self.read(Scope::Every))
            .await?;
        Ok(rows.into_iter().map(|row| BlobKey::new(row.key)).collect())
    }

    async fn note_gone(&self, key: &BlobKey, now: DateTime<Utc>) -> Result<(), Fault> {
        let transaction = self.write(Scope::Every).await?;
        tombstone::Entity::update_many()
            .col_expr(tombstone::Column::RemovedAt, Expr::value(micros(now)))
            .filter(tombstone::Column::Key.eq(key.as_str()))
            .filter(tombstone::Column::RemovedAt.is_null())
            .exec(&transaction)
            .await?;
        Ok(transaction.commit().await?)
    }

    async fn forget_gone(&self, before: DateTime<Utc>) -> Result<u64, Fault> {
        let transaction = self.write(Scope::Every).await?;
        let gone = tombstone::Entity::delete_many().filter(tombstone::Column::RemovedAt.lt(micros(before))).exec(&transaction).await?;
        transaction.commit().await?;
        Ok(gone.rows_affected)
    }
}

#[async_trait]
impl BlobLedger for Database {
    async fn blob(&self, workspace: WorkspaceId, digest: &Digest) -> Result<Option<Blob>, Breakage> {
        Ok(self.find_blob(workspace, digest).await?)
    }

    async fn blob_of_approved(&self, workspace: WorkspaceId, asset: AssetId) -> Result<Option<(Asset, Option<Blob>)>, Breakage> {
        Ok(self.find_blob_of_approved(workspace, asset).await?)
    }

    async fn blobs_of_approved(&self, workspace: WorkspaceId, assets: &[AssetId]) -> Result<Vec<(Asset, Option<Blob>)>, Breakage> {
        Ok(self.find_blobs_of_approved(workspace, assets).await?)
    }

    async fn blob_of_version(
        &self,
        workspace: WorkspaceId,
        asset: AssetId,
        number: VersionNumber,
    ) -> Result<Option<(Version, Option<Blob>)>, Breakage> {
        Ok(self.find_blob_of_version(workspace, asset, number).await?)
    }

    async fn blobs(&self, after: Option<(WorkspaceId, Digest)>, limit: u32) -> Result<Vec<Blob>, Breakage> {
        Ok(self.find_blobs(after, limit).await?)
    }

    async fn knows(&self, keys: &[BlobKey]) -> Result<BTreeSet<BlobKey>, Breakage> {
        Ok(self.find_known(keys).await?)
    }

    async fn versions_without_blob(&self) -> Result<u64, Breakage> {
        Ok(self.count_versions_without_blob().await?)
    }

    async fn retire_unreferenced(&self, created_before: DateTime<Utc>, now: DateTime<Utc>) -> Result<u64, Breakage> {
        let mut retired = 0;
        loop {
            let (found, gone) = self.retire_batch(created_before, now).await?;
            retired += gone;
            if found < BATCH {
                return Ok(retired);
            }
        }
    }

    async fn retire_orphan(&self, key: &BlobKey, now: DateTime<Utc>) -> Result<bool, Breakage> {
        Ok(self.retire_file(key, now).await?)
    }

    async fn retired(&self, before: DateTime<Utc>, limit: u32) -> Result<Vec<BlobKey>, Breakage> {
        Ok(self.find_retired(before, limit).await?)
    }

    async fn note_removed(&self, key: &BlobKey, now: DateTime<Utc>) -> Result<(), Breakage> {
        Ok(self.note_gone(key, now).await?)
    }

    async fn forget_removed(&self, before: DateTime<Utc>) -> Result<u64, Breakage> {
        Ok(self.forget_gone(before).await?)
    }
}
