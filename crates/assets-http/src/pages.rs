//! Lists that go by ids: newest first, page by page.

use assets_domain::{AssetId, ListQuery, Position};
use assets_seal::CursorClaims;
use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};
use utoipa::IntoParams;
use uuid::Uuid;

use crate::{api::Api, problem::Problem, query::Query, routes};

/// Which page.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it documents what asked() reads")]
pub(crate) struct PageParameters {
    /// How many items; above 200 is taken as 200.
    #[param(required = false, minimum = 1, default = 50)]
    limit: Option<usize>,
    /// `next_cursor` of the page before.
    #[param(required = false)]
    cursor: Option<String>,
}

/// A number as a place in a list that goes by ids.
pub(crate) const fn numbered(number: u64) -> Uuid {
    // A number of 64 bits is one of 128 as well.
    Uuid::from_u64_pair(0, number)
}

/// A page that is asked for.
pub(crate) struct Page {
    /// Behind this id.
    pub(crate) after: Option<Uuid>,
    limit: u32,
    binding: [u8; 32],
    now: DateTime<Utc>,
}

/// Reads which page of a list is wanted. A cursor is good for that list alone.
pub(crate) fn asked(api: &Api, mut query: Query, list: &str) -> Result<Page, Problem> {
    let limit = routes::limit(&mut query);
    let cursor = routes::cursor(&mut query);
    query.finish()?;
    let (binding, now): ([u8; 32], _) = (Sha256::digest(list.as_bytes()).into(), api.clock.now());
    let after = cursor.map(|cursor| routes::opened(api, &cursor, &binding, now)).transpose()?;
    Ok(Page { after: after.map(|place| place.id.as_uuid()), limit: limit.unwrap_or(ListQuery::DEFAULT_LIMIT), binding, now })
}

impl Page {
    /// The number behind which it begins, of what goes by numbers: see [`numbered`].
    pub(crate) fn after_number(&self) -> Option<u64> {
        self.after.map(|id| u64::try_from(id.as_u128()).unwrap_or(u64::MAX))
    }

    /// How many items tell whether there is a next page.
    pub(crate) const fn limit_and_one(&self) -> u32 {
        self.limit.saturating_add(1)
    }

    /// The items of the page, and the cursor of the next one.
    pub(crate) fn cut<T>(&self, api: &Api, mut items: Vec<T>, place: impl Fn(&T) -> (DateTime<Utc>, Uuid)) -> (Vec<T>, Option<String>) {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let is_last = items.len() <= limit;
        items.truncate(limit);
        let next = items.last().filter(|_| !is_last).map(|last| {
            let (at, id) = place(last);
            // A cursor holds the id of whatever is listed.
            let position = Position { at, id: AssetId::new(id) };
            api.seal.cursor(&CursorClaims { position, binding: self.binding, issued_at: self.now })
        });
        (items, next)
    }
}
