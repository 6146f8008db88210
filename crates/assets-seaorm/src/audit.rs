//! The audit: entries, their hashes and checkpoints. Rows are put in and read, and nothing else.

use assets_domain::{
    Act, AssetId, AuditEntry, AuditLine, AuditQuery, AuditRecord, Checkpoint, Digest, SignedCheckpoint, WorkspaceId,
    ports::{AuditExtent, AuditHead, AuditPlace, AuditTrail, Breakage, Unaudited},
};
use async_trait::async_trait;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QueryResult, QuerySelect, Statement,
    Value,
    sea_query::{Expr, ExprTrait, OnConflict, Query, SimpleExpr, SubQueryStatement, UpdateStatement},
};
use uuid::Uuid;

use crate::{
    Database,
    batch::Batch,
    entity::{audit, audit_chain, audit_checkpoint, bytes32, decision, kept, micros, moment, number, workspace},
    error::Fault,
    scope::Scope,
};

/// Workspaces that have something to seal or to note.
const OPEN: &str = "SELECT known.id, known.last, known.sealed, \
        (SELECT c.hash FROM audit_chain c WHERE c.workspace_id = known.id AND c.sequence = known.sealed) AS hash, known.noted, \
        (SELECT p.at FROM audit_checkpoints p WHERE p.workspace_id = known.id AND p.sequence = known.noted) AS noted_at \
    FROM (SELECT w.id AS id, w.audit_sequence AS last, \
            (SELECT max(c.sequence) FROM audit_chain c WHERE c.workspace_id = w.id) AS sealed, \
            (SELECT max(p.sequence) FROM audit_checkpoints p WHERE p.workspace_id = w.id) AS noted \
        FROM workspaces w WHERE w.audit_sequence > 0) AS known \
    WHERE known.last > coalesce(known.sealed, 0) OR known.sealed > coalesce(known.noted, 0) \
    ORDER BY CASE WHEN known.last > coalesce(known.sealed, 0) THEN 0 ELSE 1 END, noted_at NULLS FIRST LIMIT $1";

/// How far the rows go, and what the first entry says if it says that there was something before.
const EXTENT: &str = "SELECT w.audit_sequence, \
        (SELECT max(a.sequence) FROM audit a WHERE a.workspace_id = w.id) AS last, \
        (SELECT max(c.sequence) FROM audit_chain c WHERE c.workspace_id = w.id) AS sealed, \
        (SELECT a.body FROM audit a WHERE a.workspace_id = w.id AND a.sequence = 1 AND a.action = 'audit.begun') AS begun \
    FROM workspaces w WHERE w.id = $1";

/// Entries with the decisions that they tell of.
const LINES: &str = "SELECT a.sequence, a.at, a.action, a.key_prefix, a.name_folded, a.asset_id, a.revision, a.record, a.body, c.hash, \
        d.action AS d_action, d.version, d.digest, d.at AS d_at, d.body AS d_body, d.attestation, d.partial \
    FROM audit a LEFT JOIN audit_chain c ON c.workspace_id = a.workspace_id AND c.sequence = a.sequence \
    LEFT JOIN decisions d ON d.workspace_id = a.workspace_id AND d.asset_id = a.asset_id AND d.revision = a.revision \
    WHERE a.workspace_id = $1 AND a.sequence > $2 AND a.sequence <= $3";

/// Hashes of what there is no entry of.
const HASHES_ALONE: &str = "SELECT c.sequence, c.hash FROM audit_chain c WHERE c.workspace_id = $1 AND c.sequence > $2 AND c.sequence <= $3 \
    AND NOT EXISTS (SELECT 1 FROM audit a WHERE a.workspace_id = c.workspace_id AND a.sequence = c.sequence)";

const NEXT: &str = "SELECT min(next.sequence) FROM ( \
    SELECT min(a.sequence) AS sequence FROM audit a WHERE a.workspace_id = $1 AND a.sequence > $2 UNION ALL \
    SELECT min(c.sequence) AS sequence FROM audit_chain c WHERE c.workspace_id = $1 AND c.sequence > $2) AS next";

const UNAUDITED: &str = "SELECT d.asset_id, d.revision, d.at FROM decisions d \
    WHERE d.workspace_id = $1 AND (d.asset_id, d.revision) > ($2, $3) AND NOT EXISTS (SELECT 1 FROM audit a \
        WHERE a.workspace_id = d.workspace_id AND a.asset_id = d.asset_id AND a.revision = d.revision) \
    ORDER BY d.asset_id, d.revision LIMIT $4";

/// Has a statement that raises a counter of a workspace raise that of the audit as well.
pub(crate) fn count(update: &mut UpdateStatement) {
    update.value(workspace::Column::AuditSequence, Expr::col(workspace::Column::AuditSequence).add(1));
}

/// Puts in an entry under the number to which the workspace has counted. Of a decision, the digest of its row goes with it.
pub(crate) fn insert(batch: &mut Batch, entry: &AuditEntry, record: Option<Digest>) -> Result<(), Fault> {
    use audit::Column::{Action, AssetId, At, Body, KeyPrefix, NameFolded, Record, Revision, Sequence, WorkspaceId};
    let is_own = workspace::Column::Id.eq(entry.workspace.as_uuid());
    let number = Query::select().column(workspace::Column::AuditSequence).from(workspace::Entity).and_where(is_own).to_owned();
    let key = entry.key();
    let mut insert = Query::insert();
    insert.into_table(audit::Entity).columns([WorkspaceId, Sequence, At, Action, KeyPrefix, NameFolded, AssetId, Revision, Record, Body]);
    let values = [
        Expr::value(entry.workspace.as_uuid()),
        SimpleExpr::SubQuery(None, Box::new(SubQueryStatement::SelectStatement(number))),
        Expr::value(micros(entry.at)),
        Expr::value(entry.act.action()),
        Expr::value(key.map(|actor| actor.key_prefix.as_str().to_owned())),
        Expr::value(key.map(|actor| actor.name.folded())),
        Expr::value(entry.act.asset().map(assets_domain::AssetId::as_uuid)),
        Expr::value(entry.act.revision().map(kept)),
        Expr::value(record.map(|record| record.as_bytes().to_vec())),
        Expr::value(serde_json::to_string(entry)?),
    ];
    insert.values(values).map_err(Fault::row)?;
    batch.add(&insert);
    Ok(())
}

/// Counts on, and puts in an entry that no event goes with.
pub(crate) fn append(batch: &mut Batch, entry: &AuditEntry) -> Result<(), Fault> {
    let mut counted = Query::update();
    counted.table(workspace::Entity).and_where(workspace::Column::Id.eq(entry.workspace.as_uuid()));
    count(&mut counted);
    batch.add(&counted);
    insert(batch, entry, None)
}

/// The digest of a decision's row, every column of it. Texts stand behind their lengths.
pub(crate) fn record_of(row: &decision::Model) -> Digest {
    let decision::Model { workspace_id, asset_id, revision, action, version, digest, at, body, attestation, partial } = row;
    let digest = Digest::of(digest).to_hex();
    let signed = attestation.as_ref().map_or_else(|| "unsigned".to_owned(), |signed| format!("{}\n{signed}", signed.len()));
    let said =
        format!("{workspace_id}\n{asset_id}\n{revision}\n{action}\n{version}\n{digest}\n{at}\n{partial}\n{}\n{body}\n{signed}", body.len());
    Digest::of(said.as_bytes())
}

fn hash(bytes: Vec<u8>) -> Result<Digest, Fault> {
    Ok(Digest::from_bytes(bytes32(bytes)?))
}

fn record(row: audit::Model, sealed: Option<Vec<u8>>) -> Result<AuditRecord, Fault> {
    Ok(AuditRecord { sequence: number(row.sequence)?, entry: serde_json::from_str(&row.body)?, hash: sealed.map(hash).transpose()? })
}

fn signed(row: audit_checkpoint::Model) -> Result<SignedCheckpoint, Fault> {
    let workspace = WorkspaceId::new(row.workspace_id);
    let checkpoint = Checkpoint { workspace, sequence: number(row.sequence)?, hash: hash(row.hash)?, at: moment(row.at)? };
    Ok(SignedCheckpoint { checkpoint, signed: row.signed })
}

fn place(workspace: WorkspaceId, row: &QueryResult) -> Result<AuditPlace, Fault> {
    let (asset, revision): (Option<Uuid>, Option<i64>) = (row.try_get_by_index(5)?, row.try_get_by_index(6)?);
    let sequence: i64 = row.try_get_by_index(0)?;
    let line = AuditLine {
        workspace,
        sequence: number(sequence)?,
        at: row.try_get_by_index(1)?,
        action: row.try_get_by_index(2)?,
        key_prefix: row.try_get_by_index(3)?,
        name: row.try_get_by_index(4)?,
        asset: asset.map(AssetId::new),
        revision: revision.map(number).transpose()?,
        // A digest of another length is none: what is compared with it finds that.
        record: row.try_get_by_index::<Option<Vec<u8>>>(7)?.and_then(|bytes| hash(bytes).ok()),
        body: row.try_get_by_index(8)?,
    };
    let sealed: Option<Vec<u8>> = row.try_get_by_index(9)?;
    let decided: Option<String> = row.try_get_by_index(10)?;
    let decision = match (asset, revision, decided) {
        (Some(asset_id), Some(revision), Some(action)) => Some(decision::Model {
            workspace_id: workspace.as_uuid(),
            asset_id,
            revision,
            action,
            version: row.try_get_by_index(11)?,
            digest: row.try_get_by_index(12)?,
            at: row.try_get_by_index(13)?,
            body: row.try_get_by_index(14)?,
            attestation: row.try_get_by_index(15)?,
            partial: row.try_get_by_index(16)?,
        }),
        _ => None,
    };
    let sealed = sealed.and_then(|bytes| hash(bytes).ok());
    Ok(AuditPlace { sequence: line.sequence, hash: sealed, record: decision.as_ref().map(record_of), line: Some(line) })
}

impl Database {
    async fn ask(&self, scope: Scope, sql: &str, values: Vec<Value>) -> Result<Vec<QueryResult>, Fault> {
        let statement = Statement::from_sql_and_values(self.backend(), sql, values);
        Ok(self.read(scope).query_all_raw(statement).await?)
    }

    async fn append_entries(&self, workspace: WorkspaceId, entries: &[AuditEntry]) -> Result<(), Fault> {
        let mut batch = Batch::new(self.backend(), Scope::Tenant(workspace));
        for entry in entries {
            append(&mut batch, entry)?;
        }
        self.apply(batch).await?;
        Ok(())
    }

    async fn find_entries(&self, workspace: WorkspaceId, query: &AuditQuery) -> Result<Vec<AuditRecord>, Fault> {
        let column = |column: audit::Column| Expr::col((audit::Entity, column));
        let mut wanted = Condition::all().add(column(audit::Column::WorkspaceId).eq(workspace.as_uuid()));
        if let Some(action) = &query.action {
            // A group is all that begins with its name and a point; behind the point comes the slash.
            let of_group = Condition::all()
                .add(column(audit::Column::Action).gte(format!("{action}.")))
                .add(column(audit::Column::Action).lt(format!("{action}/")));
            wanted = wanted.add(Condition::any().add(column(audit::Column::Action).eq(action.as_str())).add(of_group));
        }
        if let Some(actor) = &query.actor {
            let mut by = Condition::any().add(column(audit::Column::KeyPrefix).eq(actor.as_str()));
            if let Some(name) = query.folded_actor() {
                by = by.add(column(audit::Column::NameFolded).eq(name));
            }
            wanted = wanted.add(by);
        }
        let conditions = [
            query.asset.map(|asset| column(audit::Column::AssetId).eq(asset.as_uuid())),
            query.from.map(|from| column(audit::Column::At).gte(micros(from))),
            query.until.map(|until| column(audit::Column::At).lt(micros(until))),
            query.before.map(|before| column(audit::Column::Sequence).lt(kept(before))),
        ];
        for condition in conditions.into_iter().flatten() {
            wanted = wanted.add(condition);
        }
        let rows = audit::Entity::find()
            .filter(wanted)
            .order_by_desc(audit::Column::Sequence)
            .limit(u64::from(query.limit))
            .all(&self.read(Scope::Tenant(workspace)))
            .await?;
        let numbers: Vec<i64> = rows.iter().map(|row| row.sequence).collect();
        let hashes = match (numbers.iter().min(), numbers.iter().max()) {
            (Some(first), Some(last)) => {
                let chain = audit_chain::Entity::find()
                    .filter(audit_chain::Column::WorkspaceId.eq(workspace.as_uuid()))
                    .filter(audit_chain::Column::Sequence.is_in(numbers.clone()))
                    .filter(audit_chain::Column::Sequence.between(*first, *last));
                chain.all(&self.read(Scope::Tenant(workspace))).await?
            }
            _ => Vec::new(),
        };
        let mut hashes: std::collections::HashMap<i64, Vec<u8>> = hashes.into_iter().map(|row| (row.sequence, row.hash)).collect();
        let mut records = rows
            .into_iter()
            .map(|row| (hashes.remove(&row.sequence), row))
            .map(|(sealed, row)| record(row, sealed))
            .collect::<Result<Vec<_>, _>>()?;
        // What a statement is wrapped in does not promise to keep its order.
        records.sort_by_key(|record| std::cmp::Reverse(record.sequence));
        Ok(records)
    }

    async fn find_open_heads(&self, limit: u32) -> Result<Vec<AuditHead>, Fault> {
        let rows = self.ask(Scope::Every, OPEN, vec![i64::from(limit).into()]).await?;
        let head = |row: &QueryResult| {
            let (id, last): (Uuid, i64) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
            let (sealed, sealed_hash): (Option<i64>, Option<Vec<u8>>) = (row.try_get_by_index(2)?, row.try_get_by_index(3)?);
            let (noted, noted_at): (Option<i64>, Option<i64>) = (row.try_get_by_index(4)?, row.try_get_by_index(5)?);
            let sealed = sealed.zip(sealed_hash).map(|(sealed, bytes)| Ok::<_, Fault>((number(sealed)?, hash(bytes)?))).transpose()?;
            let noted = noted.zip(noted_at).map(|(noted, at)| Ok::<_, Fault>((number(noted)?, moment(at)?))).transpose()?;
            Ok(AuditHead { workspace: WorkspaceId::new(id), last: number(last)?, sealed, noted })
        };
        rows.iter().map(head).collect()
    }

    async fn find_places(&self, workspace: WorkspaceId, after: u64, until: u64) -> Result<Vec<AuditPlace>, Fault> {
        let values = || vec![workspace.as_uuid().into(), kept(after).into(), kept(until).into()];
        let rows = self.ask(Scope::Tenant(workspace), LINES, values()).await?;
        let mut places = rows.iter().map(|row| place(workspace, row)).collect::<Result<Vec<_>, _>>()?;
        if u64::try_from(places.len()).unwrap_or(u64::MAX) < until.saturating_sub(after) {
            for row in self.ask(Scope::Tenant(workspace), HASHES_ALONE, values()).await? {
                let (sequence, bytes): (i64, Vec<u8>) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
                places.push(AuditPlace { sequence: number(sequence)?, line: None, hash: hash(bytes).ok(), record: None });
            }
        }
        places.sort_by_key(|place| place.sequence);
        Ok(places)
    }

    async fn find_next_place(&self, workspace: WorkspaceId, after: u64) -> Result<Option<u64>, Fault> {
        let rows = self.ask(Scope::Tenant(workspace), NEXT, vec![workspace.as_uuid().into(), kept(after).into()]).await?;
        let next: Option<i64> = rows.first().map(|row| row.try_get_by_index(0)).transpose()?.flatten();
        next.map(number).transpose()
    }

    async fn find_extent(&self, workspace: WorkspaceId) -> Result<AuditExtent, Fault> {
        let rows = self.ask(Scope::Tenant(workspace), EXTENT, vec![workspace.as_uuid().into()]).await?;
        let Some(row) = rows.first() else { return Ok(AuditExtent::default()) };
        let (last, sealed): (Option<i64>, Option<i64>) = (row.try_get_by_index(1)?, row.try_get_by_index(2)?);
        let begun: Option<String> = row.try_get_by_index(3)?;
        // An entry that cannot be read says nothing: what it was edited to is found where hashes are compared.
        let begun = begun.and_then(|body| serde_json::from_str::<AuditEntry>(&body).ok()).and_then(|entry| match entry.act {
            Act::Begun { decisions, until } => Some((decisions, until)),
            _ => None,
        });
        Ok(AuditExtent {
            counted: number(row.try_get_by_index(0)?)?,
            last: number(last.unwrap_or_default())?,
            sealed: number(sealed.unwrap_or_default())?,
            begun,
        })
    }

    async fn keep_links(&self, workspace: WorkspaceId, links: &[(u64, Digest)], noted: Option<&SignedCheckpoint>) -> Result<(), Fault> {
        let mut batch = Batch::new(self.backend(), Scope::Tenant(workspace));
        let first = || OnConflict::new().do_nothing().to_owned();
        let rows: Vec<_> = links
            .iter()
            .map(|(sequence, hash)| audit_chain::Model {
                workspace_id: workspace.as_uuid(),
                sequence: kept(*sequence),
                hash: hash.as_bytes().to_vec(),
            })
            .collect();
        if !rows.is_empty() {
            let rows = rows.into_iter().map(IntoActiveModel::into_active_model);
            batch.add_query(&audit_chain::Entity::insert_many(rows).on_conflict(first()));
        }
        if let Some(SignedCheckpoint { checkpoint, signed }) = noted {
            let row = audit_checkpoint::Model {
                workspace_id: workspace.as_uuid(),
                sequence: kept(checkpoint.sequence),
                hash: checkpoint.hash.as_bytes().to_vec(),
                at: micros(checkpoint.at),
                signed: signed.clone(),
            };
            batch.add_query(&audit_checkpoint::Entity::insert(row.into_active_model()).on_conflict(first()));
        }
        self.apply(batch).await?;
        Ok(())
    }

    async fn find_checkpoints(
        &self,
        workspace: WorkspaceId,
        which: Condition,
        order: sea_orm::Order,
        limit: u32,
    ) -> Result<Vec<SignedCheckpoint>, Fault> {
        let rows = audit_checkpoint::Entity::find()
            .filter(audit_checkpoint::Column::WorkspaceId.eq(workspace.as_uuid()))
            .filter(which)
            .order_by(audit_checkpoint::Column::Sequence, order)
            .limit(u64::from(limit))
            .all(&self.read(Scope::Tenant(workspace)))
            .await?;
        rows.into_iter().map(signed).collect()
    }

    async fn find_unaudited(&self, workspace: WorkspaceId, after: Option<(AssetId, u64)>, limit: u32) -> Result<Vec<Unaudited>, Fault> {
        let (asset, revision) = after.unwrap_or((AssetId::new(Uuid::nil()), 0));
        let values = vec![workspace.as_uuid().into(), asset.as_uuid().into(), kept(revision).into(), i64::from(limit).into()];
        let rows = self.ask(Scope::Tenant(workspace), UNAUDITED, values).await?;
        let row = |row: &QueryResult| {
            let (asset, revision): (Uuid, i64) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
            Ok(Unaudited { asset: AssetId::new(asset), revision: number(revision)?, at: moment(row.try_get_by_index(2)?)? })
        };
        let mut found = rows.iter().map(row).collect::<Result<Vec<_>, Fault>>()?;
        found.sort_by_key(|row| (row.asset, row.revision));
        Ok(found)
    }

    async fn finds_deletion(&self, workspace: WorkspaceId, asset: AssetId) -> Result<bool, Fault> {
        let told = audit::Entity::find()
            .select_only()
            .column(audit::Column::Sequence)
            .filter(audit::Column::WorkspaceId.eq(workspace.as_uuid()))
            .filter(audit::Column::AssetId.eq(asset.as_uuid()))
            .filter(audit::Column::Action.eq("asset.deleted"))
            .limit(1)
            .into_tuple::<i64>()
            .one(&self.read(Scope::Tenant(workspace)))
            .await?;
        Ok(told.is_some())
    }
}

#[async_trait]
impl AuditTrail for Database {
    async fn append(&self, workspace: WorkspaceId, entries: &[AuditEntry]) -> Result<(), Breakage> {
        Ok(self.append_entries(workspace, entries).await?)
    }

    async fn entries(&self, workspace: WorkspaceId, query: &AuditQuery) -> Result<Vec<AuditRecord>, Breakage> {
        Ok(self.find_entries(workspace, query).await?)
    }

    async fn open_heads(&self, limit: u32) -> Result<Vec<AuditHead>, Breakage> {
        Ok(self.find_open_heads(limit).await?)
    }

    async fn places(&self, workspace: WorkspaceId, after: u64, until: u64) -> Result<Vec<AuditPlace>, Breakage> {
        Ok(self.find_places(workspace, after, until).await?)
    }

    async fn next_place(&self, workspace: WorkspaceId, after: u64) -> Result<Option<u64>, Breakage> {
        Ok(self.find_next_place(workspace, after).await?)
    }

    async fn extent(&self, workspace: WorkspaceId) -> Result<AuditExtent, Breakage> {
        Ok(self.find_extent(workspace).await?)
    }

    async fn seal(&self, workspace: WorkspaceId, links: &[(u64, Digest)], noted: Option<&SignedCheckpoint>) -> Result<(), Breakage> {
        Ok(self.keep_links(workspace, links, noted).await?)
    }

    async fn checkpoints(&self, workspace: WorkspaceId, before: Option<u64>, limit: u32) -> Result<Vec<SignedCheckpoint>, Breakage> {
        let below = before.map(|before| audit_checkpoint::Column::Sequence.lt(kept(before)));
        let mut found = self.find_checkpoints(workspace, Condition::all().add_option(below), sea_orm::Order::Desc, limit).await?;
        found.sort_by_key(|signed| std::cmp::Reverse(signed.checkpoint.sequence));
        Ok(found)
    }

    async fn checkpoints_after(&self, workspace: WorkspaceId, after: u64, limit: u32) -> Result<Vec<SignedCheckpoint>, Breakage> {
        let above = Condition::all().add(audit_checkpoint::Column::Sequence.gt(kept(after)));
        let mut found = self.find_checkpoints(workspace, above, sea_orm::Order::Asc, limit).await?;
        found.sort_by_key(|signed| signed.checkpoint.sequence);
        Ok(found)
    }

    async fn unaudited(&self, workspace: WorkspaceId, after: Option<(AssetId, u64)>, limit: u32) -> Result<Vec<Unaudited>, Breakage> {
        Ok(self.find_unaudited(workspace, after, limit).await?)
    }

    async fn tells_deletion(&self, workspace: WorkspaceId, asset: AssetId) -> Result<bool, Breakage> {
        Ok(self.finds_deletion(workspace, asset).await?)
    }
}
