//! The feed: what was committed, in its order.

use assets_domain::{
    EventFilter, EventType, Recorded, Subject, WorkspaceId,
    ports::{Breakage, EventPage, Events},
};
use async_trait::async_trait;
use sea_orm::{ConnectionTrait, EntityTrait, QueryResult, QuerySelect, Statement, Value};

use crate::{
    Database,
    entity::{kept, number, workspace},
    error::Fault,
    scope::Scope,
};

/// How many events one page looks at, at most: about 20 milliseconds.
const SPAN: u64 = 20_000;

impl Database {
    async fn newest_event(&self, of: WorkspaceId) -> Result<u64, Fault> {
        let newest = workspace::Entity::find_by_id(of.as_uuid()).select_only().column(workspace::Column::EventSequence);
        let newest: Option<i64> = newest.into_tuple().one(&self.read(Scope::Tenant(of))).await?;
        newest.map_or(Ok(0), number)
    }

    /// One statement sees the head and what is up to it at one moment: whoever commits raises the head and adds the event at once.
    async fn events_after(&self, of: WorkspaceId, after: u64, wanted: &EventFilter, limit: u32) -> Result<EventPage, Fault> {
        let until = after.saturating_add(SPAN);
        let mut values: Vec<Value> = vec![of.as_uuid().into(), kept(after).into(), kept(until).into(), i64::from(limit).into()];
        let mut conditions = String::new();
        if let Some(types) = &wanted.types {
            // Nothing is of no type.
            let types: Vec<String> = types.iter().copied().map(EventType::as_str).chain([""]).map(|name| format!("'{name}'")).collect();
            conditions.push_str(&format!(" AND type IN ({})", types.join(", ")));
        }
        if wanted.approval_changed {
            conditions.push_str(" AND approval_changed");
        }
        if let Some(asset) = wanted.asset {
            values.push(asset.as_uuid().into());
            conditions.push_str(" AND asset_id = $5");
        }
        let sql = format!(
            "SELECT w.event_sequence, e.sequence, e.approval_changed, e.body FROM workspaces w LEFT JOIN \
             (SELECT sequence, approval_changed, body FROM events \
              WHERE workspace_id = $1 AND sequence > $2 AND sequence <= $3{conditions} ORDER BY sequence LIMIT $4) e ON TRUE \
             WHERE w.id = $1"
        );
        let statement = Statement::from_sql_and_values(self.backend(), sql, values);
        let rows = self.read(Scope::Tenant(of)).query_all_raw(statement).await?;
        let head: u64 = rows.first().map_or(Ok(0), |row| number(row.try_get_by_index(0)?))?;
        let mut items = rows.iter().filter_map(|row| recorded(row).transpose()).collect::<Result<Vec<_>, Fault>>()?;
        // What a statement is wrapped in does not promise to keep its order.
        items.sort_by_key(|recorded| recorded.sequence);
        let next_after = match items.last() {
            Some(last) if items.len() >= usize::try_from(limit).unwrap_or(usize::MAX) => last.sequence,
            _ => until.min(head).max(after),
        };
        Ok(EventPage { items, next_after, head })
    }
}

/// The event of a row, unless there is none but the head.
fn recorded(row: &QueryResult) -> Result<Option<Recorded>, Fault> {
    let (Some(sequence), Some(changed), Some(body)): (Option<i64>, Option<bool>, Option<String>) =
        (row.try_get_by_index(1)?, row.try_get_by_index(2)?, row.try_get_by_index(3)?)
    else {
        return Ok(None);
    };
    let mut event: assets_domain::Event = serde_json::from_str(&body)?;
    if let Subject::Asset(change) = &mut event.subject {
        // What earlier releases wrote does not say it.
        change.approval_changed = changed;
    }
    Ok(Some(Recorded { sequence: number(sequence)?, event }))
}

#[async_trait]
impl Events for Database {
    async fn head(&self, workspace: WorkspaceId) -> Result<u64, Breakage> {
        Ok(self.newest_event(workspace).await?)
    }

    async fn after(&self, workspace: WorkspaceId, after: u64, wanted: &EventFilter, limit: u32) -> Result<EventPage, Breakage> {
        Ok(self.events_after(workspace, after, wanted, limit).await?)
    }
}
