//! What a workspace asks of its decisions.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header,
    web::{Data, Payload},
};
use assets_domain::{Grantor, PolicyPatch, admit_policy_change};

use crate::{
    answer,
    api::Api,
    auth,
    body::{PolicyBody, UpdatePolicy},
    etag, idempotency, links,
    parameters::{Cached, ConditionalPolicy},
    problem::{
        Problem,
        documented::{KeyedProblems, PolicyProblems},
    },
    showcase,
    upload::{self, JsonBody},
};

/// Look at the policy
///
/// How many people must approve, whether an author may be among them, and what is asked besides of some assets. Needs the scope
/// `admin`.
#[utoipa::path(
    get, path = "/api/v1/admin/policy", operation_id = "get_policy", tag = "policy",
    params(Cached),
    responses(
        (status = 200, description = "The policy", body = PolicyBody, headers(("ETag" = String, description = "Its revision"))),
        (status = 304, description = "It is as the caller has it"),
        KeyedProblems,
    ),
    security(("api_key" = [])),
)]
pub(crate) async fn get_policy(api: Data<Api>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let by = auth::caller(&api, &request).await?;
    let kept = api.keyring.policy(Grantor::Key(&by)).await?;
    answer::cached(&request, etag::of_policy(kept.revision), || serde_json::to_vec(&PolicyBody::from(kept)).map_err(showcase::unwritten))
}

/// Change the policy
///
/// A JSON Merge Patch (RFC 7396). It counts for what is decided from now on, and approves nothing by itself: a review that is under
/// way asks for no less than when its version was submitted. Only a person's key can, with the scope `admin`. The event
/// `policy.changed` says what was changed.
#[utoipa::path(
    patch, path = "/api/v1/admin/policy", operation_id = "update_policy", tag = "policy",
    params(ConditionalPolicy),
    request_body(content((UpdatePolicy = "application/merge-patch+json"), (UpdatePolicy = "application/json"))),
    responses(
        (status = 200, description = "The policy as it is now", body = PolicyBody, headers(("ETag" = String, description = "Its revision"))),
        PolicyProblems,
    ),
    security(("api_key" = [])),
)]
pub(crate) async fn update_policy(api: Data<Api>, request: HttpRequest, payload: Payload) -> Result<HttpResponse, Problem> {
    let by = auth::caller(&api, &request).await?;
    admit_policy_change(Grantor::Key(&by)).map_err(|denied| Problem::from(denied).with_review_url(links::reviews(&api)))?;
    let (update, _): (UpdatePolicy, _) = upload::read_json(&api, &request, payload, JsonBody::MergePatch).await?;
    let expected = etag::expected_policy(&request)?;
    idempotency::to_the_end(async move {
        let kept = api.keyring.update_policy(Grantor::Key(&by), expected, &PolicyPatch::from(update)).await?;
        Ok(HttpResponse::Ok().insert_header((header::ETAG, etag::of_policy(kept.revision))).json(PolicyBody::from(kept)))
    })
    .await
}
