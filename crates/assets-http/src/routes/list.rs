//! The list of assets.

use std::collections::BTreeSet;

use actix_web::{HttpRequest, HttpResponse, http::header, web::Data};
use assets_domain::{
    AssetType, Digest, Filter, Label, ListQuery, Position, Principal, SearchTerms, Sort, Status, Tag, View, ports::Presenter,
};
use assets_seal::CursorClaims;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use sha2::{Digest as _, Sha256};
use utoipa::{
    IntoParams, PartialSchema, ToSchema,
    openapi::{RefOr, Schema},
};

use crate::{
    api::Api,
    auth,
    body::{AssetPage, AssetStatus, AssetTypeName, ListSort, TagText},
    etag,
    parameters::Cached,
    problem::documented::ListProblems,
    problem::{Problem, ProblemCode},
    query::Query,
    showcase::{self, Showcase},
};

/// What is looked for, in which order, and from where on.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it documents what asked() reads")]
struct ListParameters {
    /// One of these types; may be repeated.
    #[param(rename = "type", required = false)]
    asset_type: Option<Vec<AssetTypeName>>,
    /// The latest version has one of these statuses, or the asset is archived; may be repeated. What can be published is
    /// another question: `has_approved=true`.
    #[param(required = false)]
    status: Option<Vec<AssetStatus>>,
    /// Made by this agent (`agent_slug`).
    #[param(
        required = false,
        min_length = 1,
        max_length = 200,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"
    )]
    agent: Option<String>,
    /// Made in this run.
    #[param(
        required = false,
        min_length = 1,
        max_length = 200,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"
    )]
    run_id: Option<String>,
    /// Made for this campaign.
    #[param(
        required = false,
        min_length = 1,
        max_length = 200,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"
    )]
    campaign_id: Option<String>,
    /// Made for this brand.
    #[param(
        required = false,
        min_length = 1,
        max_length = 200,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"
    )]
    brand_id: Option<String>,
    /// Made for this brief.
    #[param(
        required = false,
        min_length = 1,
        max_length = 200,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"
    )]
    brief_id: Option<String>,
    /// Made with this model.
    #[param(
        required = false,
        min_length = 1,
        max_length = 200,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"
    )]
    model: Option<String>,
    /// The latest version has these bytes.
    #[param(required = false, pattern = "^sha256:[0-9a-f]{64}$")]
    digest: Option<String>,
    /// Has this tag; repeated, all of them.
    #[param(required = false)]
    tag: Option<Vec<TagText>>,
    /// Whether an approval stands: what can be published.
    #[param(required = false)]
    has_approved: Option<bool>,
    /// Has all these words in title, description, tags or the text of copy and blogs; the last word may be a beginning.
    /// Case and accents are ignored.
    #[param(required = false, max_length = 256)]
    q: Option<String>,
    /// Created later than this.
    #[param(required = false)]
    created_after: Option<DateTime<Utc>>,
    /// Created earlier than this.
    #[param(required = false)]
    created_before: Option<DateTime<Utc>>,
    /// Changed later than this.
    #[param(required = false)]
    updated_after: Option<DateTime<Utc>>,
    /// Changed earlier than this.
    #[param(required = false)]
    updated_before: Option<DateTime<Utc>>,
    /// The order: `created_at` is newest first; `submitted_at` is oldest first and holds only assets whose latest version
    /// was submitted.
    #[param(required = false)]
    sort: Option<ListSort>,
    /// How many items; above 200 is taken as 200.
    #[param(required = false, minimum = 1, default = 50)]
    limit: Option<usize>,
    /// `next_cursor` of the page before, with the same filters and sort.
    #[param(required = false)]
    cursor: Option<String>,
    /// `total` adds how many there are in all, which takes longer.
    #[param(required = false)]
    include: Option<ListInclude>,
}

/// What a list can say besides its items.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "it documents what asked() reads")]
enum ListInclude {
    /// How many there are in all.
    Total,
}

/// What the parameters of lists refer to, which does not come with their operations.
pub(crate) fn schemas() -> [(String, RefOr<Schema>); 2] {
    [(ListSort::name().into(), ListSort::schema()), (ListInclude::name().into(), ListInclude::schema())]
}

/// List assets
///
/// Newest first, page by page. Assets that are added or removed meanwhile shift, repeat and drop no others. Archived
/// assets are listed like others. `status` is about the latest version; **what can be published is
/// `has_approved=true`**. A key with only `assets:read:approved` sees, and filters by, the approved versions alone.
#[utoipa::path(
    get, path = "/api/v1/assets", operation_id = "list_assets", tag = "assets",
    params(ListParameters, Cached),
    responses(
        (status = 200, description = "One page", body = AssetPage, headers(("ETag" = String, description = "Of this page"))),
        (status = 304, description = "The page is as the caller has it"),
        ListProblems,
    ),
    security(("api_key" = [])),
)]
pub(crate) async fn list_assets(api: Data<Api>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let by = auth::caller(&api, &request).await?;
    let view = api.catalog.view_of(&by)?;
    let asked = asked(&request, view)?;
    let binding = binding(&by, &asked.query);
    let now = api.clock.now();
    let after = asked.cursor.as_deref().map(|cursor| opened(&api, cursor, &binding, now)).transpose()?;
    let tag = |changes| tag(&by, view, changes, now);
    if request.headers().contains_key(header::IF_NONE_MATCH) {
        let tag = tag(api.catalog.changes(&by).await?);
        if etag::is_known(&request, &tag) {
            return Ok(HttpResponse::NotModified().insert_header((header::ETAG, tag)).finish());
        }
    }
    let page = api.catalog.presented_list(&by, ListQuery { after, ..asked.query }).await?;
    let next_cursor = page.next.map(|position| api.seal.cursor(&CursorClaims { position, binding, issued_at: now }));
    let frame = AssetPage { items: Vec::new(), next_cursor, total: page.total };
    let body = showcase::page(&api, by.workspace, &page.items, &frame)?;
    Ok(HttpResponse::Ok()
        .insert_header((header::ETAG, tag(page.changes)))
        .insert_header((header::CACHE_CONTROL, "private, no-cache"))
        .content_type("application/json")
        .body(body))
}

/// The tag of a page: to one reader each stays what it is as long as nothing changes in the workspace, and the links stay the
/// same.
fn tag(by: &Principal, view: View, changes: u64, now: DateTime<Utc>) -> String {
    let view = match view {
        View::Working => 0,
        View::Published => 1,
    };
    let mut hash = Sha256::new();
    hash.update(by.workspace.as_uuid().as_bytes());
    hash.update([view]);
    hash.update(Showcase.edition().to_be_bytes());
    hash.update(changes.to_be_bytes());
    hash.update(assets_seal::link_window(now).to_be_bytes());
    format!("\"{}\"", URL_SAFE_NO_PAD.encode(hash.finalize()))
}

/// The place that a cursor holds, if it is good for a list.
pub(crate) fn opened(api: &Api, cursor: &str, binding: &[u8; 32], now: DateTime<Utc>) -> Result<Position, Problem> {
    api.seal.open_cursor(cursor, binding, now).map_err(|_| {
        Problem::new(
            ProblemCode::InvalidCursor,
            "send next_cursor as it was given, within 24 hours, with the same filters and sort; or begin without a cursor",
        )
    })
}

struct Asked {
    query: ListQuery,
    cursor: Option<String>,
}

fn asked(request: &HttpRequest, view: View) -> Result<Asked, Problem> {
    let mut query = Query::parse(request);
    let filter = filter(&mut query);
    let sort = query.one("sort", "enum", "must be created_at or submitted_at", Sort::parse);
    let (limit, cursor) = (limit(&mut query), cursor(&mut query));
    let with_total = query.one("include", "enum", "must be total", |text| (text == "total").then_some(()));
    query.finish()?;
    let query = ListQuery {
        view,
        filter,
        sort: sort.unwrap_or_default(),
        limit: limit.unwrap_or(ListQuery::DEFAULT_LIMIT),
        after: None,
        with_total: with_total.is_some(),
    };
    Ok(Asked { query, cursor })
}

/// How many items, never more than there may be.
pub(crate) fn limit(query: &mut Query) -> Option<u32> {
    let limit = query.one("limit", "out_of_range", "must be a whole number from 1", |text| {
        // What is too long for a number is more than enough.
        let is_whole = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        is_whole.then(|| text.parse().unwrap_or(u32::MAX)).filter(|limit| *limit > 0)
    });
    limit.map(|limit| limit.min(ListQuery::MAX_LIMIT))
}

/// From where on.
pub(crate) fn cursor(query: &mut Query) -> Option<String> {
    query.one("cursor", "malformed", "must be next_cursor as it was given", |text| Some(text.to_owned()))
}

/// The filters, by the names that lists and exports share.
pub(crate) fn filter(query: &mut Query) -> Filter {
    let mut label = |name| query.one(name, "text", "must be 1 to 200 characters in one line", |text| Label::parse(text).ok());
    let (agent, run_id, campaign_id) = (label("agent"), label("run_id"), label("campaign_id"));
    let (brand_id, brief_id, model) = (label("brand_id"), label("brief_id"), label("model"));
    let mut moment = |name| query.one(name, "date_time", "must be a time like 2026-01-31T12:00:00Z", time);
    let (created_after, created_before) = (moment("created_after"), moment("created_before"));
    let (updated_after, updated_before) = (moment("updated_after"), moment("updated_before"));
    Filter {
        types: query.many("type", "enum", "must be copy, image, slide, video, blog or bundle", AssetType::parse),
        statuses: query.many("status", "enum", "must be draft, pending_review, approved or archived", Status::parse),
        agent,
        run_id,
        campaign_id,
        brand_id,
        brief_id,
        model,
        digest: query.one("digest", "digest", "must be \"sha256:\" and 64 lower-case hex digits", |text| Digest::parse(text).ok()),
        tags: query.many("tag", "tag", "must be namespace:value", |text| Tag::parse(text).ok()),
        approved_by: BTreeSet::new(),
        has_approved: query.one("has_approved", "boolean", "must be true or false", |text| text.parse().ok()),
        terms: query.one("q", "too_long", "must be at most 256 characters", |text| SearchTerms::parse(text).ok()).flatten(),
        created_after,
        created_before,
        updated_after,
        updated_before,
    }
}

/// A moment in a query.
pub(crate) fn time(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text).ok().map(|time| time.to_utc())
}

/// What a cursor is good for: this workspace, view, filter and sort, whatever the limit.
fn binding(by: &Principal, query: &ListQuery) -> [u8; 32] {
    let bound = format!("{} {:?} {:?} {:?}", by.workspace, query.view, query.sort, query.filter);
    Sha256::digest(bound.as_bytes()).into()
}
