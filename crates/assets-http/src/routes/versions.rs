//! The versions of an asset.

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
    body::{AddVersion, AddVersionUpload, AssetBody, BinaryBody, NewVersionMetadata, RollbackInput, VersionBody},
    deliver::{self, Manner, Outgoing, StoreLink},
    etag, idempotency,
    parameters::{Announced, AssetPath, Conditional, Ranged, Repeatable, VersionPath, asset_id, version_number},
    problem::{
        Problem,
        documented::{AddVersionProblems, ChangeProblems, ContentProblems, ReadProblems},
    },
    upload::{self, JsonBody, Received},
};

/// Add a version
///
/// New content on top of the history, a draft. A review in progress ends; a standing approval stays. The same bytes
/// again make a new version. What the provenance does not state is as in the version before. Needs the scope
/// `assets:write`.
#[utoipa::path(
    post, path = "/api/v1/assets/{asset_id}/versions", operation_id = "add_version", tag = "versions",
    params(AssetPath, Repeatable, Conditional, Announced),
    request_body(content((AddVersion = "application/json"), (AddVersionUpload = "multipart/form-data"))),
    responses(
        (status = 201, description = "The asset with its new version", body = AssetBody, headers(
            ("Location" = String, description = "Where the asset is"), ("ETag" = String, description = "The asset's revision and link window"))),
        AddVersionProblems,
    ),
    security(("api_key" = [])),
)]
pub(crate) async fn add_version(api: Data<Api>, request: HttpRequest, payload: Payload) -> Result<HttpResponse, Problem> {
    let by = auth::caller(&api, &request).await?;
    let (id, asset_type) = auth::admitted(&api, &by, &request, Action::AddVersion).await?;
    let (new, content, body) = upload::receive(&api, &request, payload, async |received: Received<NewVersionMetadata>| {
        let new = received.metadata.into_new_version()?;
        if !idempotency::is_repeatable(&request) {
            let call = Call { if_match: etag::expected_revision(&request)?, ..Call::by(by.clone()) };
            api.catalog.foresee_version(&call, id, &new).await?;
        }
        let content = received.content.ingest(&api.catalog, &by, asset_type).await?;
        let body = upload::body_digest(&received.metadata_digest, content.content());
        Ok((new, content, body))
    })
    .await?;
    let (all, asked, spare) = (api.clone(), request.clone(), content.clone());
    let answered = idempotency::once(&api.clone(), &by.clone(), &request.clone(), body, async move |receipt| {
        let call = answer::call(&api, &by, &request, receipt, StatusCode::CREATED)?;
        let asset = api.catalog.add_version(&call, id, new, content).await?;
        Ok(answer::about(&api, by.workspace, StatusCode::CREATED, asset).into())
    })
    .await;
    upload::settled(&all, &asked, spare, answered).await
}

/// Roll back
///
/// Appends a version with the content and provenance of an earlier one (or of the latest itself). Its approval is
/// carried on if the caller may decide and nothing about these bytes was taken back since; else it is a draft. Needs
/// the scope `assets:write`.
#[utoipa::path(
    post, path = "/api/v1/assets/{asset_id}/rollback", operation_id = "rollback_asset", tag = "versions",
    params(AssetPath, Repeatable, Conditional),
    request_body = RollbackInput,
    responses(
        (status = 201, description = "The asset with its new version", body = AssetBody, headers(
            ("Location" = String, description = "Where the asset is"), ("ETag" = String, description = "The asset's revision and link window"))),
        ChangeProblems,
    ),
    security(("api_key" = [])),
)]
pub(crate) async fn rollback_asset(api: Data<Api>, request: HttpRequest, payload: Payload) -> Result<HttpResponse, Problem> {
    let by = auth::caller(&api, &request).await?;
    let (id, _) = auth::admitted(&api, &by, &request, Action::Rollback).await?;
    let (input, body): (RollbackInput, _) = upload::read_json(&api, &request, payload, JsonBody::Required).await?;
    idempotency::once(&api.clone(), &by.clone(), &request.clone(), body, async move |receipt| {
        let call = answer::call(&api, &by, &request, receipt, StatusCode::CREATED)?;
        let answers = input.answers.into_iter().map(Into::into).collect();
        let asset = api.catalog.rollback(&call, id, input.to_version, input.reason, answers).await?;
        Ok(answer::about(&api, by.workspace, StatusCode::CREATED, asset).into())
    })
    .await
}

/// Look at a version
#[utoipa::path(
    get, path = "/api/v1/assets/{asset_id}/versions/{number}", operation_id = "get_version", tag = "versions",
    params(VersionPath),
    responses((status = 200, description = "The version", body = VersionBody), ReadProblems),
    security(("api_key" = [])),
)]
pub(crate) async fn get_version(api: Data<Api>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let by = auth::caller(&api, &request).await?;
    api.catalog.view_of(&by)?;
    let version = api.catalog.version(&by, asset_id(&request)?, version_number(&request)?).await?;
    Ok(HttpResponse::Ok().json(VersionBody::from(version)))
}

/// Fetch the content of a version
///
/// The bytes, whole or by range. `HEAD` tells everything but them.
#[utoipa::path(
    get, path = "/api/v1/assets/{asset_id}/versions/{number}/content", operation_id = "get_version_content", tag = "versions",
    params(VersionPath, Ranged),
    responses(
        (status = 200, description = "The bytes", body = inline(BinaryBody), content_type = "*/*", headers(
            ("ETag" = String, description = "The digest"), ("Repr-Digest" = String, description = "The digest (RFC 9530)"),
            ("Accept-Ranges" = String, description = "bytes"))),
        (status = 206, description = "The range of bytes that was asked for", body = inline(BinaryBody), content_type = "*/*",
            headers(("Content-Range" = String, description = "Which range of how many bytes"))),
        (status = 304, description = "It is as the caller has it"),
        StoreLink,
        ContentProblems,
    ),
    security(("api_key" = [])),
)]
pub(crate) async fn get_version_content(api: Data<Api>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let by = auth::caller(&api, &request).await?;
    api.catalog.view_of(&by)?;
    let source = api.catalog.content(&by, asset_id(&request)?, version_number(&request)?).await?;
    deliver::deliver(&api, &request, Outgoing::original(&source, Manner::Version)).await
}
