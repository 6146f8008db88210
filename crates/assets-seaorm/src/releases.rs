//! Who was handed what.

use assets_domain::{
    Actor, AssetId, Channel, Digest, Event, Handover, Market, Release, ReleaseId, Revision, VersionNumber, Way, WorkspaceId,
    ports::{Breakage, Receipt, Releases},
};
use async_trait::async_trait;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QueryResult, QuerySelect, Statement,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    Database,
    batch::{Batch, Undone},
    commit::{append_event, kept_answer, swap},
    entity::{bytes32, export, kept, micros, moment, number, release},
    error::Fault,
    exports,
    scope::Scope,
};

/// The finished exports that an asset is in.
const IN_ARCHIVES: &str = "SELECT e.id, e.expires_at, e.body, m.version, m.digest, m.recalled_at \
    FROM export_members m JOIN exports e ON e.workspace_id = m.workspace_id AND e.id = m.export_id \
    WHERE m.workspace_id = $1 AND m.asset_id = $2 AND m.export_id < $3 AND e.body IS NOT NULL ORDER BY m.export_id DESC LIMIT $4";

/// What is only ever read whole.
#[derive(Serialize, Deserialize)]
struct Body {
    version: VersionNumber,
    channel: Channel,
    market: Option<Market>,
    by: Actor,
    at: i64,
    expires_at: i64,
}

fn row(release: &Release) -> Result<release::Model, Fault> {
    let Release { version, channel, market, by, at, expires_at, .. } = release.clone();
    let body = Body { version, channel, market, by, at: micros(at), expires_at: micros(expires_at) };
    Ok(release::Model {
        workspace_id: release.workspace.as_uuid(),
        id: release.id.as_uuid(),
        asset_id: release.asset.as_uuid(),
        digest: release.digest.as_bytes().to_vec(),
        recalled_at: None,
        body: serde_json::to_string(&body)?,
    })
}

pub(crate) fn ticket(row: release::Model) -> Result<Handover, Fault> {
    let Body { version, channel, market, by, at, expires_at } = serde_json::from_str(&row.body)?;
    Ok(Handover {
        way: Way::Ticket { id: ReleaseId::new(row.id) },
        version,
        digest: Digest::from_bytes(bytes32(row.digest)?),
        channel: Some(channel),
        market,
        by,
        at: moment(at)?,
        expires_at: moment(expires_at)?,
        recalled_at: row.recalled_at.map(moment).transpose()?,
    })
}

impl Database {
    async fn record_release(&self, release: &Release, at: Revision, event: &Event, receipt: Option<&Receipt>) -> Result<bool, Fault> {
        let revision = kept(at.get());
        let guard = swap(release.workspace, release.asset.as_uuid(), revision, revision);
        let mut batch = Batch::guarded_by(self.backend(), Scope::Tenant(release.workspace), &guard);
        batch.add_query(&release::Entity::insert(row(release)?.into_active_model()));
        if let Some(receipt) = receipt {
            batch.add_query(&kept_answer(release.workspace.as_uuid(), receipt));
        }
        append_event(&mut batch, event)?;
        match self.apply(batch).await {
            Ok(_) => Ok(true),
            Err(Undone::Unmet) => Ok(false),
            Err(undone) => Err(undone.into()),
        }
    }

    async fn find_handovers(
        &self,
        workspace: WorkspaceId,
        asset: AssetId,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<Handover>, Fault> {
        let reader = self.read(Scope::Tenant(workspace));
        let tickets = release::Entity::find()
            .filter(release::Column::WorkspaceId.eq(workspace.as_uuid()))
            .filter(release::Column::AssetId.eq(asset.as_uuid()))
            .filter(after.map_or_else(Condition::all, |after| Condition::all().add(release::Column::Id.lt(after))))
            .order_by_desc(release::Column::Id)
            .limit(u64::from(limit))
            .all(&reader)
            .await?;
        let mut handed = tickets.into_iter().map(ticket).collect::<Result<Vec<_>, _>>()?;
        handed.extend(self.find_in_archives(workspace, asset, after, limit).await?);
        handed.sort_by_key(|handed| std::cmp::Reverse(handed.way.id()));
        handed.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(handed)
    }

    /// The finished exports that an asset is in, newest first.
    async fn find_in_archives(
        &self,
        workspace: WorkspaceId,
        asset: AssetId,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<Handover>, Fault> {
        let behind = after.unwrap_or(Uuid::max());
        let values = [workspace.as_uuid().into(), asset.as_uuid().into(), behind.into(), i64::from(limit).into()];
        let statement = Statement::from_sql_and_values(self.backend(), IN_ARCHIVES, values);
        let rows = self.read(Scope::Tenant(workspace)).query_all_raw(statement).await?;
        rows.iter().map(|row| in_archive(workspace, row)).collect()
    }
}

fn in_archive(workspace: WorkspaceId, row: &QueryResult) -> Result<Handover, Fault> {
    let exported = export::Model {
        workspace_id: workspace.as_uuid(),
        id: row.try_get_by_index(0)?,
        begun_at: 0,
        expires_at: row.try_get_by_index(1)?,
        recalled_at: None,
        body: row.try_get_by_index(2)?,
    };
    let export = exports::known(exported, Vec::new())?;
    let (version, recalled_at): (i32, Option<i64>) = (row.try_get_by_index(3)?, row.try_get_by_index(5)?);
    Ok(Handover {
        way: Way::Export { id: export.id },
        version: VersionNumber::new(number(version.into())?).map_err(Fault::row)?,
        digest: Digest::from_bytes(bytes32(row.try_get_by_index(4)?)?),
        channel: export.asked.channel,
        market: export.asked.market,
        by: export.by,
        at: export.created_at,
        expires_at: export.expires_at,
        recalled_at: recalled_at.map(moment).transpose()?,
    })
}

#[async_trait]
impl Releases for Database {
    async fn record(&self, release: &Release, at: Revision, event: &Event, receipt: Option<&Receipt>) -> Result<bool, Breakage> {
        Ok(self.record_release(release, at, event, receipt).await?)
    }

    async fn handovers(&self, workspace: WorkspaceId, asset: AssetId, after: Option<Uuid>, limit: u32) -> Result<Vec<Handover>, Breakage> {
        Ok(self.find_handovers(workspace, asset, after, limit).await?)
    }
}
