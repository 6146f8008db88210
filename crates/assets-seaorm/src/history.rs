//! An asset with all that happened to it, as of one moment: one statement, one row, on both engines.

use std::cmp::Reverse;

use assets_domain::{
    Asset, AssetId, Decision, Digest, Revision, Source, Transition, Version, VersionNumber, VersionStatus, View, WorkspaceId,
    ports::{History, ReadyHistory},
};
use bytes::Bytes;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, Statement,
    sea_query::{Expr, ExprTrait, Order, Query, SelectStatement, UnionType},
};

use crate::{
    Database,
    commit::ordinal,
    entity::{author, decision, listing, number, version},
    error::Fault,
    listing::code,
    page::{counted, counter, each, word},
    scope::Scope,
    snapshot,
};

/// Versions go along as pairs of status and body, since the body tells how they were added.
const HISTORY: &str = "SELECT l.body, \
    (SELECT string_agg('[\"' || v.status || '\",' || v.body || ']', ',' ORDER BY v.number DESC) \
     FROM versions v WHERE v.workspace_id = l.workspace_id AND v.asset_id = l.asset_id), \
    (SELECT string_agg(d.body, ',' ORDER BY d.revision) \
     FROM decisions d WHERE d.workspace_id = l.workspace_id AND d.asset_id = l.asset_id) \
    FROM listing l WHERE l.workspace_id = $1 AND l.view = $2 AND l.asset_id = $3";

/// The same as it is kept, in any order: texts behind the number of their bytes, versions behind their number and status,
/// decisions behind their revision.
const READY: &str = "SELECT a.revision, l.presented, \
    (SELECT string_agg(v.number || ' ' || v.status || ' ' || octet_length(v.body) || ' ' || v.body, '') \
     FROM versions v WHERE v.workspace_id = l.workspace_id AND v.asset_id = l.asset_id), \
    (SELECT string_agg(d.revision || ' ' || octet_length(d.body) || ' ' || d.body, '') \
     FROM decisions d WHERE d.workspace_id = l.workspace_id AND d.asset_id = l.asset_id) \
    FROM listing l JOIN assets a ON a.workspace_id = l.workspace_id AND a.id = l.asset_id \
    WHERE l.workspace_id = $1 AND l.view = $2 AND l.asset_id = $3 AND l.edition = $4";

impl Database {
    pub(crate) async fn find_asset(&self, workspace: WorkspaceId, id: AssetId) -> Result<Option<Asset>, Fault> {
        let body: Option<String> = listing::Entity::find()
            .select_only()
            .column(listing::Column::Body)
            .filter(listing::Column::WorkspaceId.eq(workspace.as_uuid()))
            .filter(listing::Column::View.eq(code(View::Working)))
            .filter(listing::Column::AssetId.eq(id.as_uuid()))
            .into_tuple()
            .one(&self.read(Scope::Tenant(workspace)))
            .await?;
        body.map(|body| snapshot::read(workspace, &body)).transpose()
    }

    pub(crate) async fn find_history(&self, workspace: WorkspaceId, id: AssetId) -> Result<Option<History>, Fault> {
        let values = [workspace.as_uuid().into(), code(View::Working).into(), id.as_uuid().into()];
        let statement = Statement::from_sql_and_values(self.backend(), HISTORY, values);
        let Some(row) = self.read(Scope::Tenant(workspace)).query_one_raw(statement).await? else { return Ok(None) };
        let (body, versions, decisions): (String, Option<String>, Option<String>) =
            (row.try_get_by_index(0)?, row.try_get_by_index(1)?, row.try_get_by_index(2)?);
        let listed = |items: Option<String>| format!("[{}]", items.unwrap_or_default());
        let versions: Vec<(VersionStatus, Version)> = serde_json::from_str(&listed(versions))?;
        let decisions: Vec<Decision> = serde_json::from_str(&listed(decisions))?;
        Ok(Some(History {
            asset: snapshot::read(workspace, &body)?,
            versions: versions.into_iter().map(|(status, version)| Version { status, ..version }).collect(),
            decisions,
        }))
    }

    pub(crate) async fn find_ready_history(
        &self,
        workspace: WorkspaceId,
        id: AssetId,
        edition: i32,
    ) -> Result<Option<ReadyHistory>, Fault> {
        let values = [workspace.as_uuid().into(), code(View::Working).into(), id.as_uuid().into(), edition.into()];
        let statement = Statement::from_sql_and_values(self.backend(), READY, values);
        let Some(row) = self.read(Scope::Tenant(workspace)).query_one_raw(statement).await? else { return Ok(None) };
        let (revision, asset): (i64, String) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        let (versions, decisions): (Option<String>, Option<String>) = (row.try_get_by_index(2)?, row.try_get_by_index(3)?);
        let version = |rest: &mut Bytes| Some((counter(rest)?, VersionStatus::parse(&word(rest)?)?, counted(rest)?));
        let decision = |rest: &mut Bytes| Some((counter(rest)?, counted(rest)?));
        let (versions, decisions) =
            (each(versions.unwrap_or_default().into(), version), each(decisions.unwrap_or_default().into(), decision));
        let (mut versions, mut decisions) = versions.zip(decisions).ok_or_else(|| Fault::row("a history that cannot be taken apart"))?;
        versions.sort_by_key(|(number, ..)| Reverse(*number));
        decisions.sort_by_key(|(revision, _)| *revision);
        Ok(Some(ReadyHistory {
            revision: Revision::new(number(revision)?),
            asset: asset.into(),
            versions: versions.into_iter().map(|(_, status, version)| (status, version)).collect(),
            decisions: decisions.into_iter().map(|(_, decision)| decision).collect(),
        }))
    }

    pub(crate) async fn find_version(&self, workspace: WorkspaceId, id: AssetId, number: VersionNumber) -> Result<Option<Version>, Fault> {
        let row: Option<(String, String)> = version::Entity::find()
            .select_only()
            .columns([version::Column::Status, version::Column::Body])
            .filter(version::Column::WorkspaceId.eq(workspace.as_uuid()))
            .filter(version::Column::AssetId.eq(id.as_uuid()))
            .filter(version::Column::Number.eq(ordinal(number)))
            .into_tuple()
            .one(&self.read(Scope::Tenant(workspace)))
            .await?;
        row.map(|(status, body)| version_of(&status, &body)).transpose()
    }

    pub(crate) async fn has_author(
        &self,
        workspace: WorkspaceId,
        id: AssetId,
        digest: &Digest,
        key_prefix: &str,
        name_folded: String,
    ) -> Result<bool, Fault> {
        let same = author::Column::KeyPrefix.eq(key_prefix).or(author::Column::NameFolded.eq(name_folded));
        let found: Option<String> = author::Entity::find()
            .select_only()
            .column(author::Column::KeyPrefix)
            .filter(author::Column::WorkspaceId.eq(workspace.as_uuid()))
            .filter(author::Column::AssetId.eq(id.as_uuid()))
            .filter(author::Column::Digest.eq(digest.as_bytes().to_vec()))
            .filter(same)
            .limit(1)
            .into_tuple()
            .one(&self.read(Scope::Tenant(workspace)))
            .await?;
        Ok(found.is_some())
    }

    pub(crate) async fn find_verdict(&self, workspace: WorkspaceId, id: AssetId, digest: &Digest) -> Result<Option<Decision>, Fault> {
        let Some(row) = self.read(Scope::Tenant(workspace)).query_one(&verdicts(workspace, id, digest)).await? else {
            return Ok(None);
        };
        let body: String = row.try_get_by_index(0)?;
        Ok(Some(serde_json::from_str(&body)?))
    }

    pub(crate) async fn find_missing(&self, workspace: WorkspaceId, sources: &[Source]) -> Result<Option<usize>, Fault> {
        let wanted = sources.iter().map(|source| (source.asset_id.as_uuid(), ordinal(source.version)));
        let place = Expr::tuple([Expr::col(version::Column::AssetId), Expr::col(version::Column::Number)]);
        let found: Vec<(uuid::Uuid, i32)> = version::Entity::find()
            .select_only()
            .columns([version::Column::AssetId, version::Column::Number])
            .filter(version::Column::WorkspaceId.eq(workspace.as_uuid()))
            .filter(place.in_tuples(wanted.clone()))
            .into_tuple()
            .all(&self.read(Scope::Tenant(workspace)))
            .await?;
        Ok(wanted.into_iter().position(|source| !found.contains(&source)))
    }
}

/// A version as its row has it: the body tells how it was added.
pub(crate) fn version_of(status: &str, body: &str) -> Result<Version, Fault> {
    let status = VersionStatus::parse(status).ok_or_else(|| Fault::row("an unknown status of a version"))?;
    Ok(Version { status, ..serde_json::from_str(body)? })
}

/// The newest of each kind of verdict by its own index, merged: it costs the same however many decisions there are.
pub(crate) fn verdicts(workspace: WorkspaceId, id: AssetId, digest: &Digest) -> SelectStatement {
    let newest = |action: Transition| {
        Query::select()
            .columns([decision::Column::Body, decision::Column::Revision])
            .from(decision::Entity)
            .and_where(decision::Column::WorkspaceId.eq(workspace.as_uuid()))
            .and_where(decision::Column::AssetId.eq(id.as_uuid()))
            .and_where(decision::Column::Action.eq(action.as_str()))
            .to_owned()
    };
    let mut verdicts = newest(Transition::Archive);
    for action in [Transition::Approve, Transition::RequestChanges, Transition::Revoke] {
        let mut about_these = newest(action);
        about_these.and_where(decision::Column::Digest.eq(digest.as_bytes().to_vec())).and_where(decision::Column::Partial.eq(false));
        verdicts.union(UnionType::All, about_these);
    }
    verdicts.order_by(decision::Column::Revision, Order::Desc).limit(1).to_owned()
}
