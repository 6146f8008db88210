//! What is said of an asset on the way to a decision.

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{Data, Payload},
};
use assets_domain::{NewRemark, Remark, Remember, Revision};
use utoipa::{
    IntoParams, PartialSchema, ToSchema,
    openapi::{RefOr, Schema},
};
use uuid::Uuid;

use crate::{
    api::Api,
    auth,
    body::{ChangeRequestBody, ChangeRequestPage, CommentBody, CommentInput, CommentPage},
    idempotency::{self, Answer},
    pages::{self, PageParameters},
    parameters::{AssetPath, Repeatable, asset_id},
    problem::{
        Problem,
        documented::{CommentProblems, PartListProblems},
    },
    query::Query,
    upload::{self, JsonBody},
};

/// Which requests for changes.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it documents what get_change_requests() reads")]
struct ChangeRequestParameters {
    /// `open`: those alone of which something is still to be done.
    #[param(required = false)]
    state: Option<ChangeRequestState>,
}

/// Which requests for changes are listed.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "it documents what get_change_requests() reads")]
enum ChangeRequestState {
    /// Something is still to be done.
    Open,
}

/// What a parameter refers to.
pub(crate) fn schema() -> (String, RefOr<Schema>) {
    (ChangeRequestState::name().into(), ChangeRequestState::schema())
}

/// List what is wanted otherwise
///
/// Every request for changes, newest first, with its points and what became of each: `open`, `answered` by a later version
/// (`answers` of `add_version` and `rollback_asset`) or `dismissed` by a person. Needs the scope `assets:read`.
#[utoipa::path(
    get, path = "/api/v1/assets/{asset_id}/change-requests", operation_id = "get_change_requests", tag = "review",
    params(AssetPath, ChangeRequestParameters, PageParameters),
    responses((status = 200, description = "One page", body = ChangeRequestPage), PartListProblems),
    security(("api_key" = [])),
)]
pub(crate) async fn get_change_requests(api: Data<Api>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let by = auth::caller(&api, &request).await?;
    api.catalog.admit_review(&by)?;
    let id = asset_id(&request)?;
    api.catalog.is_there(&by, id).await?;
    let mut query = Query::parse(&request);
    let only_open = query.one("state", "enum", "must be open", |text| (text == "open").then_some(())).is_some();
    let page = pages::asked(&api, query, &format!("change requests of {id} in {}, open only: {only_open}", by.workspace))?;
    let mut requests = api.catalog.change_requests(&by, id).await?;
    let place = |revision: Revision| Uuid::from_u128(revision.get().into());
    requests.retain(|request| page.after.is_none_or(|after| place(request.decision.revision) < after) && (request.is_open || !only_open));
    let (requests, next_cursor) = page.cut(&api, requests, |request| (request.decision.at, place(request.decision.revision)));
    Ok(HttpResponse::Ok().json(ChangeRequestPage { items: requests.into_iter().map(ChangeRequestBody::from).collect(), next_cursor }))
}

/// Say something about a version
///
/// Nothing is decided by it, and the asset stays as it is. Needs the scope `assets:write` or `assets:approve`.
#[utoipa::path(
    post, path = "/api/v1/assets/{asset_id}/comments", operation_id = "comment_on_asset", tag = "review",
    params(AssetPath, Repeatable),
    request_body = CommentInput,
    responses((status = 201, description = "It is said", body = CommentBody), CommentProblems),
    security(("api_key" = [])),
)]
pub(crate) async fn comment_on_asset(api: Data<Api>, request: HttpRequest, payload: Payload) -> Result<HttpResponse, Problem> {
    let by = auth::caller(&api, &request).await?;
    api.catalog.admit_remark(&by)?;
    let id = asset_id(&request)?;
    api.catalog.is_there(&by, id).await?;
    let (input, body): (CommentInput, _) = upload::read_json(&api, &request, payload, JsonBody::Required).await?;
    idempotency::once(&api.clone(), &by.clone(), &request.clone(), body, async move |receipt| {
        let remember = receipt.map(|id| Remember { id, render: Arc::new(|remark: &Remark| said(remark.clone()).to_bytes()) });
        let new = NewRemark { about: input.about(), anchor: input.anchor.map(Into::into), text: input.text };
        let remark = api.catalog.remark(&by, id, new, remember.as_ref()).await?;
        Ok(said(remark).into())
    })
    .await
}

fn said(remark: Remark) -> Answer {
    Answer::json(StatusCode::CREATED, Vec::new(), &CommentBody::from(remark))
}

/// List what was said
///
/// Every comment on any version of the asset, newest first. Needs the scope `assets:read`.
#[utoipa::path(
    get, path = "/api/v1/assets/{asset_id}/comments", operation_id = "list_comments", tag = "review",
    params(AssetPath, PageParameters),
    responses((status = 200, description = "One page", body = CommentPage), PartListProblems),
    security(("api_key" = [])),
)]
pub(crate) async fn list_comments(api: Data<Api>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let by = auth::caller(&api, &request).await?;
    api.catalog.admit_review(&by)?;
    let id = asset_id(&request)?;
    api.catalog.is_there(&by, id).await?;
    let page = pages::asked(&api, Query::parse(&request), &format!("comments on {id} in {}", by.workspace))?;
    let remarks = api.catalog.remarks(&by, id, page.after, page.limit_and_one()).await?;
    let (remarks, next_cursor) = page.cut(&api, remarks, |remark| (remark.at, remark.id.as_uuid()));
    Ok(HttpResponse::Ok().json(CommentPage { items: remarks.into_iter().map(CommentBody::from).collect(), next_cursor }))
}
