//! Drafts that nobody works on go by themselves, where a workspace wants that.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    Actor, Asset, AuditActor, AuditEntry, CatalogError, EventId, Filter, KeyKind, KeyName, KeyPrefix, ListQuery, Principal, Scope, Scopes,
    Sort, Status, View, WorkspaceId,
    ports::{Breakage, Case, CommitError, Deletion},
};

use super::{Catalog, write::broken};

/// How many drafts are looked at together.
const BATCH: u32 = 200;
/// The most drafts of a workspace that one sweep removes; the next one goes on.
const MOST_AT_ONCE: u64 = 10_000;
/// After which time a recall that was begun and not made is nobody's any more: it takes seconds.
const UNMADE_LIFE: TimeDelta = TimeDelta::hours(24);

/// What a sweep of assets did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Drafts whose time was over.
    pub drafts: u64,
    /// Recalls that were begun and never made.
    pub recalls: u64,
}

impl Catalog {
    /// Removes, of all workspaces, the drafts that nobody changed for as long as their workspace keeps them: those that were never
    /// approved and wait for nobody, exactly as [`Catalog::delete`] does, by the service itself. What is changed meanwhile stays.
    ///
    /// # Errors
    /// Something broke; what was done until then stays done.
    pub async fn sweep(&self) -> Result<Swept, CatalogError> {
        let now = self.ports.clock.now();
        let mut swept = Swept { recalls: self.ports.recalls.drop_unmade(now - UNMADE_LIFE).await?, ..Swept::default() };
        for (workspace, retention) in self.ports.usages.draft_retentions().await? {
            let before = now - TimeDelta::days(retention.days().into());
            swept.drafts = swept.drafts.saturating_add(self.remove_drafts(workspace, before).await?);
        }
        Ok(swept)
    }

    async fn remove_drafts(&self, workspace: WorkspaceId, before: DateTime<Utc>) -> Result<u64, CatalogError> {
        let service = the_service(workspace)?;
        let filter = Filter {
            statuses: BTreeSet::from([Status::Draft]),
            has_approved: Some(false),
            updated_before: Some(before),
            ..Filter::default()
        };
        let mut query = ListQuery { view: View::Working, filter, sort: Sort::CreatedAt, limit: BATCH, after: None, with_total: false };
        let mut removed = 0_u64;
        while removed < MOST_AT_ONCE {
            let page = self.ports.assets.list(workspace, &query).await?;
            let listed: Vec<_> = page.items.iter().map(Asset::id).collect();
            for case in self.ports.assets.cases(workspace, &listed, &service.actor).await? {
                // It may have been worked on since it was listed.
                if case.asset.parts().updated_at < before {
                    removed = removed.saturating_add(u64::from(self.remove_draft(&service, case).await?));
                }
            }
            match page.next {
                Some(next) => query.after = Some(next),
                None => break,
            }
        }
        Ok(removed)
    }

    /// Removes a draft that can be, unless it is changed meanwhile.
    async fn remove_draft(&self, service: &Principal, case: Case) -> Result<bool, CatalogError> {
        let (asset, circumstances) = self.moment(service, case);
        if asset.delete(&circumstances).is_err() {
            return Ok(false);
        }
        let event = asset.deleted(EventId::new(self.ports.ids.next()), &circumstances);
        let entry = AuditEntry { by: AuditActor::Installation, ..asset.deletion_entry(&circumstances) };
        let deletion = Deletion { workspace: service.workspace, asset: asset.id(), before: asset.revision(), event, entry };
        match self.ports.assets.delete(&deletion).await {
            Ok(()) => Ok(true),
            Err(CommitError::Conflict) => Ok(false),
            Err(error) => Err(broken(error)),
        }
    }
}

/// The service itself, as records name it. That a key is made with this prefix is one chance in 218 trillion.
fn the_service(workspace: WorkspaceId) -> Result<Principal, Breakage> {
    let wrong = |error: Box<dyn std::error::Error + Send + Sync>| Breakage::Failed(error);
    let key_prefix = KeyPrefix::parse("00000000").map_err(|error| wrong(error.into()))?;
    let name = KeyName::parse("retention").map_err(|error| wrong(error.into()))?;
    let actor = Actor { key_prefix, name, kind: KeyKind::Service };
    Ok(Principal { workspace, actor, scopes: Scopes::from_iter([Scope::Write]), expires_at: None, request: None })
}
