//! The audit: who did what, and how far that is sealed.

use actix_web::{HttpRequest, HttpResponse, web::Data};
use assets_domain::{Act, AssetId, AuditQuery};
use chrono::{DateTime, Utc};
use utoipa::IntoParams;
use uuid::{Uuid, fmt::Hyphenated};

use crate::{
    api::Api,
    auth,
    body::{AuditCheckpointBody, AuditCheckpointPage, AuditEntryBody, AuditPage},
    pages::{self, PageParameters},
    problem::{Problem, documented::ListProblems},
    query::Query,
    routes,
};

/// Which entries.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it documents what list_audit() reads")]
struct AuditParameters {
    /// Of this action, such as `decision.approve`, or of a group of them, such as `decision` or `key`.
    #[param(required = false, pattern = "^[a-z_]+([.][a-z_]+)?$")]
    action: Option<String>,
    /// By the key with this prefix, or by whoever has this name, case aside.
    #[param(required = false, min_length = 1, max_length = 100)]
    actor: Option<String>,
    /// About this asset, which need not be there any more.
    #[param(required = false)]
    asset_id: Option<Uuid>,
    /// From this moment on.
    #[param(required = false)]
    from: Option<DateTime<Utc>>,
    /// Before this moment.
    #[param(required = false)]
    until: Option<DateTime<Utc>>,
}

/// Read the audit
///
/// Decisions, keys that were made and revoked, what was removed, and who was refused what, newest first. Entries are numbered without
/// gaps and never change; each is sealed some seconds after it was made, by a hash that covers all before it. Needs the scope
/// `admin`.
#[utoipa::path(
    get, path = "/api/v1/admin/audit", operation_id = "list_audit", tag = "audit",
    params(AuditParameters, PageParameters),
    responses((status = 200, description = "One page", body = AuditPage), ListProblems),
    security(("api_key" = [])),
)]
pub(crate) async fn list_audit(api: Data<Api>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let by = auth::caller(&api, &request).await?;
    api.auditor.admit(&by)?;
    let mut query = Query::parse(&request);
    let known = |text: &str| {
        Act::ACTIONS.iter().any(|action| action.strip_prefix(text).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')))
    };
    let action = query.one("action", "enum", "must be an action, or a group of them", |text| known(text).then(|| text.to_owned()));
    let actor = query
        .one("actor", "length", "must have 1 to 100 characters", |text| (1..=100).contains(&text.chars().count()).then(|| text.to_owned()));
    let asset = query.one("asset_id", "uuid", "must be a UUID with its hyphens", |text| {
        text.parse::<Hyphenated>().ok().map(|id| AssetId::new(id.into_uuid()))
    });
    let mut moment = |name| query.one(name, "date_time", "must be a time like 2026-01-31T12:00:00Z", routes::time);
    let (from, until) = (moment("from"), moment("until"));
    let wanted = AuditQuery { action, actor, asset, from, until, before: None, limit: 0 };
    let page = pages::asked(&api, query, &format!("audit of {}: {wanted:?}", by.workspace))?;
    let wanted = AuditQuery { before: page.after_number(), limit: page.limit_and_one(), ..wanted };
    let entries = api.auditor.entries(&by, &wanted).await?;
    let (entries, next_cursor) = page.cut(&api, entries, |record| (record.entry.at, pages::numbered(record.sequence)));
    Ok(HttpResponse::Ok().json(AuditPage { items: entries.into_iter().map(AuditEntryBody::from).collect(), next_cursor }))
}

/// List the checkpoints of the audit
///
/// Newest first: every hour in which there was something new, how far the audit went, signed by the installation. Kept somewhere else,
/// they show whether anything was changed or cut off since. Needs the scope `admin`.
#[utoipa::path(
    get, path = "/api/v1/admin/audit/checkpoints", operation_id = "list_audit_checkpoints", tag = "audit",
    params(PageParameters),
    responses((status = 200, description = "One page", body = AuditCheckpointPage), ListProblems),
    security(("api_key" = [])),
)]
pub(crate) async fn list_audit_checkpoints(api: Data<Api>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let by = auth::caller(&api, &request).await?;
    api.auditor.admit(&by)?;
    let page = pages::asked(&api, Query::parse(&request), &format!("checkpoints of {}", by.workspace))?;
    let noted = api.auditor.checkpoints(&by, page.after_number(), page.limit_and_one()).await?;
    let (noted, next_cursor) = page.cut(&api, noted, |noted| (noted.checkpoint.at, pages::numbered(noted.checkpoint.sequence)));
    Ok(HttpResponse::Ok().json(AuditCheckpointPage { items: noted.into_iter().map(AuditCheckpointBody::from).collect(), next_cursor }))
}
