//! One asset: create, look, change, delete.

use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{Data, Payload},
};
use assets_domain::{Action, Call};

use crate::{
    answer,
    api::Api,
    auth,
    body::{AssetBody, AssetHistory, CreateAsset, CreateAssetUpload, NewAssetMetadata, UpdateAsset},
    etag, idempotency, links,
    parameters::{Announced, AssetPath, Cached, Conditional, Repeatable, asset_id},
    problem::{
        Problem,
        documented::{ChangeProblems, CreateProblems, DeleteProblems, ReadProblems},
    },
    showcase,
    upload::{self, JsonBody, Received},
};

/// Create an asset
///
/// With its first version, a draft. Text is sent inline as JSON; a file as multipart, first the part `metadata`, then
/// the part `content`, which is streamed and may have 5 GiB. Needs the scope `assets:write`.
#[utoipa::path(
    post, path = "/api/v1/assets", operation_id = "create_asset", tag = "assets",
    params(Repeatable, Announced),
    request_body(content((CreateAsset = "application/json"), (CreateAssetUpload = "multipart/form-data"))),
    responses(
        (status = 201, description = "The asset, a draft", body = AssetBody, headers(
            ("Location" = String, description = "Where the asset is"), ("ETag" = String, description = "The asset's revision and link window"))),
        CreateProblems,
    ),
    security(("api_key" = [])),
)]
pub(crate) async fn create_asset(api: Data<Api>, request: HttpRequest, payload: Payload) -> Result<HttpResponse, Problem> {
    let by = auth::caller(&api, &request).await?;
    api.catalog.admit_create(&by)?;
    let (new, content, body) = upload::receive(&api, &request, payload, async |received: Received<NewAssetMetadata>| {
        let new = received.metadata.into_new_asset()?;
        if !idempotency::is_repeatable(&request) {
            api.catalog.foresee_sources(&by, &new.provenance.derived_from).await?;
        }
        let content = received.content.ingest(&api.catalog, &by, new.asset_type).await?;
        let body = upload::body_digest(&received.metadata_digest, content.content());
        Ok((new, content, body))
    })
    .await?;
    let (all, asked, spare) = (api.clone(), request.clone(), content.clone());
    let answered = idempotency::once(&api.clone(), &by.clone(), &request.clone(), body, async move |receipt| {
        let call = answer::call(&api, &by, &request, receipt, StatusCode::CREATED)?;
        let asset = api.catalog.create(&call, new, content).await?;
        Ok(answer::about(&api, by.workspace, StatusCode::CREATED, asset).into())
    })
    .await;
    upload::settled(&all, &asked, spare, answered).await
}

/// Look at an asset
///
/// With its whole history: every version, newest first, and every decision, oldest first. A key with only
/// `assets:read:approved` sees the asset as if its approved version were the only one.
#[utoipa::path(
    get, path = "/api/v1/assets/{asset_id}", operation_id = "get_asset", tag = "assets",
    params(AssetPath, Cached),
    responses(
        (status = 200, description = "The asset with its history", body = AssetHistory,
            headers(("ETag" = String, description = "The asset's revision and link window"))),
        (status = 304, description = "It is as the caller has it"),
        ReadProblems,
    ),
    security(("api_key" = [])),
)]
pub(crate) async fn get_asset(api: Data<Api>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let by = auth::caller(&api, &request).await?;
    api.catalog.view_of(&by)?;
    let id = asset_id(&request)?;
    if let Some(ready) = api.catalog.ready_history(&by, id).await? {
        return answer::cached(&request, answer::etag(&api, ready.revision), || showcase::history(&api, by.workspace, &ready));
    }
    let history = api.catalog.history(&by, id).await?;
    answer::cached(&request, answer::etag(&api, history.asset.revision), || {
        let preview_url = links::preview_of(&api, by.workspace, &history.asset);
        serde_json::to_vec(&AssetHistory::new(history, preview_url)).map_err(showcase::unwritten)
    })
}

/// Change title, description or tags
///
/// A JSON Merge Patch (RFC 7396). A standing approval keeps those it was given on. Needs the scope `assets:write`.
#[utoipa::path(
    patch, path = "/api/v1/assets/{asset_id}", operation_id = "update_asset", tag = "assets",
    params(AssetPath, Conditional),
    request_body(content((UpdateAsset = "application/merge-patch+json"), (UpdateAsset = "application/json"))),
    responses(
        (status = 200, description = "The asset as it is now", body = AssetBody,
            headers(("ETag" = String, description = "The asset's revision and link window"))),
        ChangeProblems,
    ),
    security(("api_key" = [])),
)]
pub(crate) async fn update_asset(api: Data<Api>, request: HttpRequest, payload: Payload) -> Result<HttpResponse, Problem> {
    let by = auth::caller(&api, &request).await?;
    let (id, _) = auth::admitted(&api, &by, &request, Action::Update).await?;
    let (update, _): (UpdateAsset, _) = upload::read_json(&api, &request, payload, JsonBody::MergePatch).await?;
    let call = answer::call(&api, &by, &request, None, StatusCode::OK)?;
    let workspace = by.workspace;
    idempotency::to_the_end(async move {
        let asset = api.catalog.update(&call, id, update.into()).await?;
        Ok(answer::about(&api, workspace, StatusCode::OK, asset).into_response())
    })
    .await
}

/// Delete a draft
///
/// Only a draft that was never approved can be deleted, with its whole history; everything else can be archived.
/// Needs the scope `assets:write`.
#[utoipa::path(
    delete, path = "/api/v1/assets/{asset_id}", operation_id = "delete_asset", tag = "assets",
    params(AssetPath, Conditional),
    responses((status = 204, description = "It is gone"), DeleteProblems),
    security(("api_key" = [])),
)]
pub(crate) async fn delete_asset(api: Data<Api>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let by = auth::caller(&api, &request).await?;
    let (id, _) = auth::admitted(&api, &by, &request, Action::Delete).await?;
    let call = Call { if_match: etag::expected_revision(&request)?, ..Call::by(by) };
    idempotency::to_the_end(async move { Ok(api.catalog.delete(&call, id).await?) }).await?;
    Ok(HttpResponse::NoContent().finish())
}
