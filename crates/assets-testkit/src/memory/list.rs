use std::cmp::Reverse;

use assets_domain::{Asset, AssetView, Filter, ListPage, ListQuery, Position, SearchText, Sort, WorkspaceId};

use super::Tables;

impl Tables {
    /// Looks at every asset there is, as the plainest reading of the rules.
    pub(super) fn list(&self, workspace: WorkspaceId, query: &ListQuery) -> ListPage {
        let mut matching: Vec<(Position, &Asset)> = self
            .assets
            .iter()
            .filter(|((owner, _), _)| *owner == workspace)
            .filter_map(|(_, kept)| {
                let seen = kept.asset.clone().seen_as(query.view)?;
                let position = position(&seen, query.sort)?;
                self.passes(workspace, &seen, &query.filter).then_some((position, &kept.asset))
            })
            .collect();
        match query.sort {
            Sort::CreatedAt => matching.sort_by_key(|(position, _)| Reverse(*position)),
            Sort::SubmittedAt => matching.sort_by_key(|(position, _)| *position),
        }
        let total = query.with_total.then(|| matching.len().try_into().expect("fewer assets than 2^64"));
        let is_behind = |position: Position| match (query.after, query.sort) {
            (None, _) => true,
            (Some(after), Sort::CreatedAt) => position < after,
            (Some(after), Sort::SubmittedAt) => position > after,
        };
        matching.retain(|(position, _)| is_behind(*position));
        let limit = query.limit.try_into().expect("a page fits into memory");
        let there_is_more = matching.len() > limit;
        matching.truncate(limit);
        ListPage {
            next: matching.last().filter(|_| there_is_more).map(|(position, _)| *position),
            items: matching.into_iter().map(|(_, asset)| asset.clone()).collect(),
            total,
        }
    }

    /// Whether what a reader sees of an asset is what is looked for. It takes the view, so that a publisher's filter cannot
    /// look at anything else.
    fn passes(&self, workspace: WorkspaceId, seen: &AssetView, filter: &Filter) -> bool {
        let made = &seen.latest.provenance;
        let digest = seen.latest.content.digest;
        wants_one_of(&filter.types, &seen.asset_type)
            && wants_one_of(&filter.statuses, &seen.status)
            && wants(filter.agent.as_ref(), Some(&made.agent_slug))
            && wants(filter.run_id.as_ref(), made.run_id.as_ref())
            && wants(filter.campaign_id.as_ref(), made.campaign_id.as_ref())
            && wants(filter.brand_id.as_ref(), made.brand_id.as_ref())
            && wants(filter.brief_id.as_ref(), made.brief_id.as_ref())
            && wants(filter.model.as_ref(), made.model.as_ref())
            && wants(filter.digest.as_ref(), Some(&digest))
            && seen.details.tags.contain_all(&filter.tags)
            && self.is_approved_by(workspace, seen, filter)
            && filter.has_approved.is_none_or(|wanted| wanted == seen.approved.is_some())
            && filter.terms.as_ref().is_none_or(|terms| terms.match_text(&self.searched(workspace, seen)))
            && filter.created_after.is_none_or(|bound| seen.created_at > bound)
            && filter.created_before.is_none_or(|bound| seen.created_at < bound)
            && filter.updated_after.is_none_or(|bound| seen.updated_at > bound)
            && filter.updated_before.is_none_or(|bound| seen.updated_at < bound)
    }

    /// Whether the approval that stands rests on the word of one of those who are asked for.
    fn is_approved_by(&self, workspace: WorkspaceId, seen: &AssetView, filter: &Filter) -> bool {
        let kept = self.assets.get(&(workspace, seen.id));
        filter.approved_by.is_empty()
            || kept.is_some_and(|kept| kept.approvers.iter().any(|by| filter.approved_by.contains(&by.key_prefix)))
    }

    /// The words of the details, and of the bytes as what they are here.
    fn searched(&self, workspace: WorkspaceId, seen: &AssetView) -> SearchText {
        let content = &seen.latest.content;
        let text = self.texts.get(&(workspace, content.digest, seen.asset_type, content.media_type));
        seen.details.search_text().and(text.unwrap_or(&SearchText::default()))
    }
}

/// Where an asset stands in a list; `None` if it is not in it.
fn position(seen: &AssetView, sort: Sort) -> Option<Position> {
    let at = match sort {
        Sort::CreatedAt => seen.created_at,
        Sort::SubmittedAt => seen.submitted_at?,
    };
    Some(Position { at, id: seen.id })
}

fn wants<T: PartialEq>(wanted: Option<&T>, found: Option<&T>) -> bool {
    wanted.is_none() || wanted == found
}

fn wants_one_of<T: Ord>(wanted: &std::collections::BTreeSet<T>, found: &T) -> bool {
    wanted.is_empty() || wanted.contains(found)
}
