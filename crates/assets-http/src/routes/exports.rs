//! Exports: approved versions leave as one archive.

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web::{Data, Payload},
};
use assets_domain::{AssetId, Export, ExportId, NewExport, Principal, Remember, Selection};
use chrono::TimeDelta;
use utoipa::IntoParams;
use uuid::{Uuid, fmt::Hyphenated};

use crate::{
    api::Api,
    auth,
    body::{BinaryBody, ExportBody, ExportInput, ExportPage},
    deliver,
    idempotency::{self, Answer},
    links,
    pages::{self, PageParameters},
    parameters::{Ranged, Repeatable, part},
    problem::{
        FieldProblem, Problem, ProblemCode,
        documented::{ArchiveProblems, ExportProblems, ListProblems, ReadProblems},
    },
    query::Query,
    upload::{self, JsonBody},
};

use super::list;

const EXPORTS: &str = "api/v1/assets/exports";

/// Which export.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "it documents what export_id() reads")]
struct ExportPath {
    /// Which export. Another workspace's does not exist.
    export_id: Uuid,
}

/// Export what is approved
///
/// Pins the approved version of each asset, as it stands at this moment, with its title, tags and decisions, and answers at
/// once. What is not approved, archived, unknown, or not approved for this channel, market and time is left out, and said so.
/// The archive is a ZIP whose every byte is known from now on. Whoever may read may export; a key with only
/// `assets:read:approved` exports what it sees.
#[utoipa::path(
    post, path = "/api/v1/assets/exports", operation_id = "create_export", tag = "exports",
    params(Repeatable),
    request_body = ExportInput,
    responses(
        (status = 201, description = "It is pinned", body = ExportBody, headers(("Location" = String, description = "Where it is"))),
        ExportProblems,
    ),
    security(("api_key" = [])),
)]
pub(crate) async fn create_export(api: Data<Api>, request: HttpRequest, payload: Payload) -> Result<HttpResponse, Problem> {
    let by = auth::caller(&api, &request).await?;
    api.catalog.view_of(&by)?;
    let (input, body): (ExportInput, _) = upload::read_json(&api, &request, payload, JsonBody::Required).await?;
    let new = asked(input)?;
    idempotency::once(&api.clone(), &by.clone(), &request.clone(), body, async move |id| {
        let _turn = api.packings.take(by.workspace).ok_or_else(too_many)?;
        let shown = api.clone();
        let remember = id.map(|id| Remember { id, render: Arc::new(move |export: &Export| created(&shown, export).to_bytes()) });
        let export = api.catalog.create_export(&by, &new, remember.as_ref()).await?;
        Ok(created(&api, &export).into())
    })
    .await
}

fn too_many() -> Problem {
    let said = "the workspace makes as many exports as it may at once; wait for one to be made";
    Problem::new(ProblemCode::TooManyExports, said).retry_after(1)
}

fn created(api: &Api, export: &Export) -> Answer {
    let location = links::absolute(api, &format!("{EXPORTS}/{}", export.id));
    Answer::json(StatusCode::CREATED, vec![(header::LOCATION.as_str().to_owned(), location)], &body(api, export.clone()))
}

fn body(api: &Api, export: Export) -> ExportBody {
    let archive_url = links::absolute(api, &format!("{EXPORTS}/{}/archive", export.id));
    let status = export.status(api.clock.now());
    ExportBody::new(export, status, archive_url)
}

fn asked(input: ExportInput) -> Result<NewExport, Problem> {
    let stated = input.filters();
    let mut query = Query::in_body(stated.clone());
    let filter = list::filter(&mut query);
    query.finish()?;
    let wrong = |kind, rule| Problem::invalid(vec![FieldProblem::at(&["body", "asset_ids"], kind, rule)]);
    let selection = match input.asset_ids {
        Some(_) if !stated.is_empty() => return Err(wrong("with_filters", "name assets, or filters, but not both")),
        Some(ids) => Selection::Named(ids.into_iter().map(AssetId::new).collect()),
        None if stated.is_empty() => return Err(wrong("missing", "name assets, or at least one filter")),
        None => Selection::Matching { filter: Box::new(filter), stated },
    };
    let expires_in = input.expires_in.map(|seconds| TimeDelta::seconds(seconds.into()));
    Ok(NewExport { selection, channel: input.channel, market: input.market, expires_in })
}

/// List exports
///
/// Newest first, page by page.
#[utoipa::path(
    get, path = "/api/v1/assets/exports", operation_id = "list_exports", tag = "exports",
    params(PageParameters),
    responses((status = 200, description = "One page", body = ExportPage), ListProblems),
    security(("api_key" = [])),
)]
pub(crate) async fn list_exports(api: Data<Api>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let by = auth::caller(&api, &request).await?;
    api.catalog.view_of(&by)?;
    let page = pages::asked(&api, Query::parse(&request), &bound(&by))?;
    let exports = api.catalog.exports(&by, page.after.map(ExportId::new), page.limit_and_one()).await?;
    let (exports, next_cursor) = page.cut(&api, exports, |export| (export.created_at, export.id.as_uuid()));
    Ok(HttpResponse::Ok().json(ExportPage { items: exports.into_iter().map(|export| body(&api, export)).collect(), next_cursor }))
}

fn bound(by: &Principal) -> String {
    format!("exports of {}", by.workspace)
}

/// Get an export
#[utoipa::path(
    get, path = "/api/v1/assets/exports/{export_id}", operation_id = "get_export", tag = "exports",
    params(ExportPath),
    responses((status = 200, description = "The export as it stands", body = ExportBody), ReadProblems),
    security(("api_key" = [])),
)]
pub(crate) async fn get_export(api: Data<Api>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let by = auth::caller(&api, &request).await?;
    api.catalog.view_of(&by)?;
    let export = api.catalog.export(&by, export_id(&request)?).await?;
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "private, no-cache")).json(body(&api, export)))
}

/// Download the archive of an export
///
/// Each download is byte for byte the same, whichever process gives it, so that one that was cut off is gone on with by a
/// range. Once anything in it is taken back: 410 `export_recalled`. At most two are under way for a workspace at a process.
#[utoipa::path(
    get, path = "/api/v1/assets/exports/{export_id}/archive", operation_id = "download_export", tag = "exports",
    params(ExportPath, Ranged),
    responses(
        (status = 200, description = "The archive", body = inline(BinaryBody), content_type = "application/zip", headers(
            ("ETag" = String, description = "What the archive is known by"), ("Content-Length" = u64, description = "How many bytes it has"),
            ("Content-Disposition" = String, description = "What to call it"))),
        (status = 206, description = "The range of bytes that was asked for", body = inline(BinaryBody), content_type = "application/zip",
            headers(("Content-Range" = String, description = "Which range of how many bytes"))),
        (status = 304, description = "It is as the caller has it"),
        ArchiveProblems,
    ),
    security(("api_key" = [])),
)]
pub(crate) async fn download_export(api: Data<Api>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let by = auth::caller(&api, &request).await?;
    api.catalog.view_of(&by)?;
    let archive = api.catalog.download(&by, export_id(&request)?).await?;
    deliver::archive::deliver(&api, &request, archive).await
}

fn export_id(request: &HttpRequest) -> Result<ExportId, Problem> {
    let id: Hyphenated = part(request, "export_id", "uuid", "must be a UUID with its hyphens")?;
    Ok(ExportId::new(id.into_uuid()))
}
