//! What is pinned to leave as one archive.

use assets_domain::{
    Actor, Asked, AssetId, AssetType, Decision, Digest, EventType, Export, ExportId, Fingerprint, LeftOut, Member, Revision, VersionNumber,
    WorkspaceId, Written,
    ports::{BlobKey, Breakage, Exhibit, Exports, Packed, StoredBlob},
};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder, QueryResult,
    QuerySelect, QueryTrait, Statement,
    sea_query::{Expr, ExprTrait, LockType, Query, SelectStatement},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    Database,
    batch::Batch,
    commit::{append_event, kept_answer, ordinal},
    entity::{bytes32, event, export, export_file, export_member, kept, micros, moment, number, workspace},
    error::Fault,
    history::version_of,
    ledger,
    scope::{Reader, Scope},
};

/// How many rows go into one statement: PostgreSQL takes 65,535 values, SQLite half of that.
const ROWS_AT_ONCE: usize = 500;

/// What moves an approval, or takes it away.
const DECIDED: [EventType; 5] =
    [EventType::Approved, EventType::ChangesRequested, EventType::Revoked, EventType::Archived, EventType::RolledBack];

/// Members with the rows of their bytes, whose columns stand first.
const MEMBERS: &str = "SELECT b.key, b.digest, b.size_bytes, b.crc32, b.created_at, \
    m.place, m.asset_id, m.type, m.version, m.revision, m.name, m.offset_bytes";
const OF_MEMBERS: &str = "FROM export_members m LEFT JOIN blobs b ON b.workspace_id = m.workspace_id AND b.digest = m.digest";
const WHICH: &str = "WHERE m.workspace_id = $1 AND m.export_id = $2 AND m.place >= $3 AND m.place < $4 ORDER BY m.place";

/// What is said of each of them besides.
const SAID: &str = "v.status, v.body AS version_body, \
    (SELECT string_agg(d.body, ',' ORDER BY d.revision) FROM decisions d \
     WHERE d.workspace_id = m.workspace_id AND d.asset_id = m.asset_id AND d.version = m.version), \
    EXISTS (SELECT 1 FROM decisions d WHERE d.workspace_id = m.workspace_id AND d.asset_id = m.asset_id AND d.revision = m.revision \
     AND d.attestation IS NOT NULL)";
const OF_VERSIONS: &str = "JOIN versions v ON v.workspace_id = m.workspace_id AND v.asset_id = m.asset_id AND v.number = m.version";

/// The approvals that are pinned, as they were signed.
const ATTESTATIONS: &str = "SELECT m.place, d.attestation FROM export_members m JOIN decisions d \
    ON d.workspace_id = m.workspace_id AND d.asset_id = m.asset_id AND d.revision = m.revision";

/// What is only ever read whole.
#[derive(Serialize, Deserialize)]
struct Body {
    by: Actor,
    asked: Asked,
    created_at: i64,
    count: u64,
    size_bytes: u64,
    digest: Digest,
    left_out: LeftOut,
}

type Place = (Uuid, Uuid);

fn place(workspace: WorkspaceId, id: ExportId) -> Place {
    (workspace.as_uuid(), id.as_uuid())
}

fn member_row((workspace, export): Place, member: &Member) -> export_member::Model {
    export_member::Model {
        workspace_id: workspace,
        export_id: export,
        place: i32::try_from(member.place).unwrap_or(i32::MAX),
        asset_id: member.asset.as_uuid(),
        r#type: member.asset_type.to_string(),
        version: ordinal(member.version),
        revision: kept(member.approval.get()),
        digest: member.blob.fingerprint.digest.as_bytes().to_vec(),
        name: member.name.clone(),
        offset_bytes: kept(member.offset),
        recalled_at: None,
    }
}

fn member(workspace: WorkspaceId, row: &QueryResult) -> Result<Member, Fault> {
    let blob = ledger::joined(workspace, row)?.ok_or_else(|| Fault::row("a member of an export without bytes"))?;
    let asset_type: String = row.try_get_by_index(7)?;
    let version: i32 = row.try_get_by_index(8)?;
    Ok(Member {
        place: number(row.try_get_by_index::<i32>(5)?.into())?,
        asset: AssetId::new(row.try_get_by_index(6)?),
        asset_type: AssetType::parse(&asset_type).ok_or_else(|| Fault::row("an unknown type of asset"))?,
        version: VersionNumber::new(number(version.into())?).map_err(Fault::row)?,
        approval: Revision::new(number(row.try_get_by_index(9)?)?),
        name: row.try_get_by_index(10)?,
        offset: number(row.try_get_by_index(11)?)?,
        blob,
    })
}

fn exhibit(workspace: WorkspaceId, row: &QueryResult) -> Result<Exhibit, Fault> {
    let (status, body): (String, String) = (row.try_get_by_index(12)?, row.try_get_by_index(13)?);
    let decisions: Option<String> = row.try_get_by_index(14)?;
    let decisions: Vec<Decision> = serde_json::from_str(&format!("[{}]", decisions.unwrap_or_default()))?;
    Ok(Exhibit { member: member(workspace, row)?, version: version_of(&status, &body)?, decisions, is_signed: row.try_get_by_index(15)? })
}

fn file_row((workspace, export): Place, written: &Written) -> export_file::Model {
    let Fingerprint { digest, crc32, size_bytes } = written.stored.fingerprint;
    export_file::Model {
        workspace_id: workspace,
        export_id: export,
        offset_bytes: kept(written.offset),
        name: written.name.clone(),
        key: written.stored.key.as_str().to_owned(),
        digest: digest.as_bytes().to_vec(),
        size_bytes: kept(size_bytes),
        crc32: crc32.into(),
    }
}

fn written(row: export_file::Model) -> Result<Written, Fault> {
    let fingerprint =
        Fingerprint { digest: Digest::from_bytes(bytes32(row.digest)?), crc32: number(row.crc32)?, size_bytes: number(row.size_bytes)? };
    Ok(Written { name: row.name, offset: number(row.offset_bytes)?, stored: StoredBlob { key: BlobKey::new(row.key), fingerprint } })
}

pub(crate) fn known(row: export::Model, written: Vec<Written>) -> Result<Export, Fault> {
    let (Some(body), Some(expires_at)) = (row.body, row.expires_at) else {
        return Err(Fault::row("an export that is not finished"));
    };
    let Body { by, asked, created_at, count, size_bytes, digest, left_out } = serde_json::from_str(&body)?;
    Ok(Export {
        workspace: WorkspaceId::new(row.workspace_id),
        id: ExportId::new(row.id),
        by,
        asked,
        created_at: moment(created_at)?,
        expires_at: moment(expires_at)?,
        count,
        size_bytes,
        digest,
        left_out,
        written,
        recalled_at: row.recalled_at.map(moment).transpose()?,
    })
}

fn body(export: &Export) -> Result<String, Fault> {
    let Export { by, asked, created_at, count, size_bytes, digest, left_out, .. } = export.clone();
    Ok(serde_json::to_string(&Body { by, asked, created_at: micros(created_at), count, size_bytes, digest, left_out })?)
}

impl Database {
    async fn begin_export(&self, workspace: WorkspaceId, id: ExportId, at: DateTime<Utc>, most: u64) -> Result<bool, Fault> {
        let (workspace_id, id) = place(workspace, id);
        let row = export::Model { workspace_id, id, begun_at: micros(at), expires_at: None, recalled_at: None, body: None };
        let transaction = self.write(Scope::Tenant(workspace)).await?;
        let live = export::Entity::find()
            .filter(export::Column::WorkspaceId.eq(workspace_id))
            .filter(export::Column::ExpiresAt.gt(micros(at)))
            .count(&transaction)
            .await?;
        if live >= most {
            return Ok(false);
        }
        export::Entity::insert(row.into_active_model()).exec_without_returning(&transaction).await?;
        transaction.commit().await?;
        Ok(true)
    }

    async fn pin_members(&self, workspace: WorkspaceId, id: ExportId, members: &[Member]) -> Result<(), Fault> {
        let transaction = self.write(Scope::Tenant(workspace)).await?;
        for members in members.chunks(ROWS_AT_ONCE) {
            let rows = members.iter().map(|member| member_row(place(workspace, id), member).into_active_model());
            export_member::Entity::insert_many(rows).exec_without_returning(&transaction).await?;
        }
        Ok(transaction.commit().await?)
    }

    async fn rows_of_members(
        &self,
        workspace: WorkspaceId,
        id: ExportId,
        (from, limit): (u32, u32),
        sql: String,
    ) -> Result<Vec<QueryResult>, Fault> {
        let ((workspace_id, export), ends) = (place(workspace, id), [from, from.saturating_add(limit)]);
        let [from, until] = ends.map(|end| i32::try_from(end).unwrap_or(i32::MAX));
        let values = [workspace_id.into(), export.into(), from.into(), until.into()];
        let statement = Statement::from_sql_and_values(self.backend(), sql, values);
        Ok(self.read(Scope::Tenant(workspace)).query_all_raw(statement).await?)
    }

    async fn find_members(&self, workspace: WorkspaceId, id: ExportId, which: (u32, u32)) -> Result<Vec<Member>, Fault> {
        let rows = self.rows_of_members(workspace, id, which, format!("{MEMBERS} {OF_MEMBERS} {WHICH}")).await?;
        let mut members = rows.iter().map(|row| member(workspace, row)).collect::<Result<Vec<_>, _>>()?;
        // What a statement is wrapped in does not promise to keep its order.
        members.sort_by_key(|member| member.place);
        Ok(members)
    }

    async fn find_exhibits(&self, workspace: WorkspaceId, id: ExportId, which: (u32, u32)) -> Result<Vec<Exhibit>, Fault> {
        let sql = format!("{MEMBERS}, {SAID} {OF_MEMBERS} {OF_VERSIONS} {WHICH}");
        let rows = self.rows_of_members(workspace, id, which, sql).await?;
        let mut exhibits = rows.iter().map(|row| exhibit(workspace, row)).collect::<Result<Vec<_>, _>>()?;
        exhibits.sort_by_key(|exhibit| exhibit.member.place);
        Ok(exhibits)
    }

    async fn find_attestations(&self, workspace: WorkspaceId, id: ExportId, which: (u32, u32)) -> Result<Vec<Option<String>>, Fault> {
        let rows = self.rows_of_members(workspace, id, which, format!("{ATTESTATIONS} {WHICH}")).await?;
        let told = |row: &QueryResult| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?));
        let mut told = rows.iter().map(told).collect::<Result<Vec<(i32, Option<String>)>, Fault>>()?;
        told.sort_by_key(|(place, _)| *place);
        Ok(told.into_iter().map(|(_, attestation)| attestation).collect())
    }

    async fn find_member_at(&self, workspace: WorkspaceId, id: ExportId, byte: u64) -> Result<Option<u32>, Fault> {
        let (workspace_id, export) = place(workspace, id);
        let place: Option<i32> = export_member::Entity::find()
            .select_only()
            .column(export_member::Column::Place)
            .filter(export_member::Column::WorkspaceId.eq(workspace_id))
            .filter(export_member::Column::ExportId.eq(export))
            .filter(export_member::Column::OffsetBytes.lte(kept(byte)))
            .order_by_desc(export_member::Column::OffsetBytes)
            .limit(1)
            .into_tuple()
            .one(&self.read(Scope::Tenant(workspace)))
            .await?;
        place.map(|place| number(place.into())).transpose()
    }

    async fn finish_export(&self, packed: &Packed) -> Result<bool, Fault> {
        let Packed { export: finished, since, event, receipt } = packed;
        let (workspace_id, id) = place(finished.workspace, finished.id);
        let transaction = self.write(Scope::Tenant(finished.workspace)).await?;
        // Whoever decides about anything in the workspace comes by this row last. On SQLite there is one writer anyway.
        workspace::Entity::find_by_id(workspace_id).lock(LockType::NoKeyUpdate).one(&transaction).await?;
        for written in &finished.written {
            ledger::hold(&transaction, &written.stored.key).await?;
            if ledger::is_retired(&transaction, &written.stored.key).await? {
                return Ok(false);
            }
        }
        if transaction.query_one(&decided_since(workspace_id, id, *since)).await?.is_some() {
            return Ok(false);
        }
        let seen = export::Entity::update_many()
            .col_expr(export::Column::ExpiresAt, Expr::value(micros(finished.expires_at)))
            .col_expr(export::Column::Body, Expr::value(body(finished)?))
            .filter(export::Column::WorkspaceId.eq(workspace_id))
            .filter(export::Column::Id.eq(id))
            .exec(&transaction)
            .await?;
        if seen.rows_affected == 0 {
            return Ok(false);
        }
        let files = finished.written.iter().map(|written| file_row((workspace_id, id), written).into_active_model());
        export_file::Entity::insert_many(files).exec_without_returning(&transaction).await?;
        if let Some(receipt) = receipt {
            kept_answer(workspace_id, receipt).exec(&transaction).await?;
        }
        let mut told = Batch::new(self.backend(), Scope::Tenant(finished.workspace));
        append_event(&mut told, event)?;
        told.run(&transaction).await?;
        transaction.commit().await?;
        self.bell.ring(finished.workspace);
        Ok(true)
    }

    async fn abandon_export(&self, workspace: WorkspaceId, id: ExportId) -> Result<(), Fault> {
        let transaction = self.write(Scope::Tenant(workspace)).await?;
        let unfinished = export::Entity::delete_by_id(place(workspace, id)).filter(export::Column::Body.is_null());
        unfinished.exec(&transaction).await?;
        Ok(transaction.commit().await?)
    }

    async fn find_export(&self, workspace: WorkspaceId, id: ExportId) -> Result<Option<Export>, Fault> {
        let reader = self.read(Scope::Tenant(workspace));
        let row = export::Entity::find_by_id(place(workspace, id)).filter(export::Column::Body.is_not_null()).one(&reader).await?;
        Ok(with_files(&reader, workspace, row.into_iter().collect()).await?.pop())
    }

    async fn find_exports(&self, workspace: WorkspaceId, after: Option<ExportId>, limit: u32) -> Result<Vec<Export>, Fault> {
        let reader = self.read(Scope::Tenant(workspace));
        let rows = export::Entity::find()
            .filter(export::Column::WorkspaceId.eq(workspace.as_uuid()))
            .filter(export::Column::Body.is_not_null())
            .filter(after.map_or_else(Condition::all, |after| Condition::all().add(export::Column::Id.lt(after.as_uuid()))))
            .order_by_desc(export::Column::Id)
            .limit(u64::from(limit))
            .all(&reader)
            .await?;
        with_files(&reader, workspace, rows).await
    }

    async fn expire_exports(&self, expired: DateTime<Utc>, unfinished: DateTime<Utc>, off_record: DateTime<Utc>) -> Result<u64, Fault> {
        let transaction = self.write(Scope::Every).await?;
        let is_unfinished = export::Column::Body.is_null().and(export::Column::BegunAt.lt(micros(unfinished)));
        let gone = export::Entity::delete_many()
            .filter(is_unfinished.or(export::Column::ExpiresAt.lt(micros(off_record))))
            .exec(&transaction)
            .await?
            .rows_affected;
        let over =
            |column| export::Entity::find().select_only().column(column).filter(export::Column::ExpiresAt.lt(micros(expired))).into_query();
        let files = || Condition::all().add(export_file::Column::ExportId.in_subquery(over(export::Column::Id)));
        // Every export has a directory, and one of them.
        let cleared = export_file::Entity::find().filter(files()).filter(export_file::Column::Name.eq("")).count(&transaction).await?;
        export_file::Entity::delete_many().filter(files()).exec(&transaction).await?;
        transaction.commit().await?;
        Ok(gone.saturating_add(cleared))
    }
}

/// Whether something was decided about a member of an export behind an event.
fn decided_since(workspace: Uuid, id: Uuid, since: u64) -> SelectStatement {
    let column = |column| Expr::col((event::Entity, column));
    let member = Query::select()
        .expr(Expr::value(1))
        .from(export_member::Entity)
        .and_where(Expr::col((export_member::Entity, export_member::Column::WorkspaceId)).eq(workspace))
        .and_where(export_member::Column::ExportId.eq(id))
        .and_where(Expr::col((export_member::Entity, export_member::Column::AssetId)).equals((event::Entity, event::Column::AssetId)))
        .to_owned();
    Query::select()
        .expr(Expr::value(1))
        .from(event::Entity)
        .and_where(column(event::Column::WorkspaceId).eq(workspace))
        .and_where(column(event::Column::Sequence).gt(kept(since)))
        .and_where(column(event::Column::Type).is_in(DECIDED.map(EventType::as_str)))
        .and_where(Expr::exists(member))
        .limit(1)
        .to_owned()
}

/// Exports with their files, in their order.
async fn with_files(reader: &Reader, workspace: WorkspaceId, rows: Vec<export::Model>) -> Result<Vec<Export>, Fault> {
    let mut files = export_file::Entity::find()
        .filter(export_file::Column::WorkspaceId.eq(workspace.as_uuid()))
        .filter(export_file::Column::ExportId.is_in(rows.iter().map(|row| row.id)))
        .order_by_asc(export_file::Column::OffsetBytes)
        .all(reader)
        .await?;
    let mut exports = Vec::with_capacity(rows.len());
    for row in rows {
        let own = files.extract_if(.., |file| file.export_id == row.id).map(written).collect::<Result<_, _>>()?;
        exports.push(known(row, own)?);
    }
    Ok(exports)
}

#[async_trait]
impl Exports for Database {
    async fn begin(&self, workspace: WorkspaceId, id: ExportId, at: DateTime<Utc>, most: u64) -> Result<bool, Breakage> {
        Ok(self.begin_export(workspace, id, at, most).await?)
    }

    async fn pin(&self, workspace: WorkspaceId, id: ExportId, members: &[Member]) -> Result<(), Breakage> {
        Ok(self.pin_members(workspace, id, members).await?)
    }

    async fn exhibits(&self, workspace: WorkspaceId, id: ExportId, from: u32, limit: u32) -> Result<Vec<Exhibit>, Breakage> {
        Ok(self.find_exhibits(workspace, id, (from, limit)).await?)
    }

    async fn attestations(&self, workspace: WorkspaceId, id: ExportId, from: u32, limit: u32) -> Result<Vec<Option<String>>, Breakage> {
        Ok(self.find_attestations(workspace, id, (from, limit)).await?)
    }

    async fn members(&self, workspace: WorkspaceId, id: ExportId, from: u32, limit: u32) -> Result<Vec<Member>, Breakage> {
        Ok(self.find_members(workspace, id, (from, limit)).await?)
    }

    async fn member_at(&self, workspace: WorkspaceId, id: ExportId, byte: u64) -> Result<Option<u32>, Breakage> {
        Ok(self.find_member_at(workspace, id, byte).await?)
    }

    async fn finish(&self, packed: &Packed) -> Result<bool, Breakage> {
        Ok(self.finish_export(packed).await?)
    }

    async fn abandon(&self, workspace: WorkspaceId, id: ExportId) -> Result<(), Breakage> {
        Ok(self.abandon_export(workspace, id).await?)
    }

    async fn export(&self, workspace: WorkspaceId, id: ExportId) -> Result<Option<Export>, Breakage> {
        Ok(self.find_export(workspace, id).await?)
    }

    async fn exports(&self, workspace: WorkspaceId, after: Option<ExportId>, limit: u32) -> Result<Vec<Export>, Breakage> {
        Ok(self.find_exports(workspace, after, limit).await?)
    }

    async fn expire(&self, expired: DateTime<Utc>, unfinished: DateTime<Utc>, off_record: DateTime<Utc>) -> Result<u64, Breakage> {
        Ok(self.expire_exports(expired, unfinished, off_record).await?)
    }
}
