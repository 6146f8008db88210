//! API keys, and who one stands for.

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{Data, Payload},
};
use assets_domain::{Grantor, KeyPrefix, KeyRecord, NewKey, Remember, Scope};
use utoipa::IntoParams;

use crate::{
    api::Api,
    auth,
    body::{CreatedKeyBody, KeyBody, KeyInput, KeyList, Whoami},
    idempotency::{self, Answer, Answered, Replay},
    links,
    parameters::{Repeatable, part},
    problem::{
        Problem,
        documented::{KeyProblems, KeyedProblems, ReadProblems},
    },
    upload::{self, JsonBody},
};

/// Make a key
///
/// The key is shown once, in this answer; a repetition of the request does not have it. Only a person's key makes a
/// person's key; no key grants what it has not, nor outlives the key that made it. Needs the scope `admin`.
#[utoipa::path(
    post, path = "/api/v1/admin/api-keys", operation_id = "create_api_key", tag = "keys",
    params(Repeatable),
    request_body = KeyInput,
    responses((status = 201, description = "The key, the only time it is seen whole", body = CreatedKeyBody), KeyProblems),
    security(("api_key" = [])),
)]
pub(crate) async fn create_api_key(api: Data<Api>, request: HttpRequest, payload: Payload) -> Result<HttpResponse, Problem> {
    let by = auth::caller(&api, &request).await?;
    by.scopes.require(Scope::Admin)?;
    let (input, body): (KeyInput, _) = upload::read_json(&api, &request, payload, JsonBody::Required).await?;
    idempotency::once(&api.clone(), &by.clone(), &request.clone(), body, async move |id| {
        let new = NewKey {
            name: input.name,
            kind: input.kind.into(),
            scopes: input.scopes.into_iter().map(Into::into).collect(),
            expires_at: input.expires_at,
        };
        let remember = id.map(|id| Remember { id, render: Arc::new(|record: &KeyRecord| shown(None, record.clone()).to_bytes()) });
        let created = api.keyring.create_once(Grantor::Key(&by), new, remember).await;
        let created = created.map_err(|error| Problem::from(error).with_review_url(links::reviews(&api)))?;
        let replay = Replay::Instead(shown(None, created.record.clone()));
        Ok(Answered { answer: shown(Some(created.key), created.record), replay })
    })
    .await
}

fn shown(key: Option<String>, record: KeyRecord) -> Answer {
    Answer::json(StatusCode::CREATED, Vec::new(), &CreatedKeyBody { key, record: KeyBody::from(record) })
}

/// List the keys
///
/// Every key of the workspace, newest first, revoked ones included. Needs the scope `admin`.
#[utoipa::path(
    get, path = "/api/v1/admin/api-keys", operation_id = "list_api_keys", tag = "keys",
    responses((status = 200, description = "The keys", body = KeyList), KeyedProblems),
    security(("api_key" = [])),
)]
pub(crate) async fn list_api_keys(api: Data<Api>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let by = auth::caller(&api, &request).await?;
    let keys = api.keyring.list(Grantor::Key(&by)).await?;
    Ok(HttpResponse::Ok().json(KeyList { items: keys.into_iter().map(KeyBody::from).collect() }))
}

/// Which key.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "it documents what revoke_api_key() reads")]
struct KeyPath {
    /// The 8 characters behind `tnx_`.
    #[param(pattern = "^[0-9A-Za-z]{8}$")]
    prefix: String,
}

/// Revoke a key
///
/// When this is answered, no process of the service accepts the key any more: the answer takes the quarter of a second for
/// which one goes by what it read of a key. Needs the scope `admin`.
#[utoipa::path(
    delete, path = "/api/v1/admin/api-keys/{prefix}", operation_id = "revoke_api_key", tag = "keys",
    params(KeyPath),
    responses((status = 204, description = "It is revoked"), ReadProblems),
    security(("api_key" = [])),
)]
pub(crate) async fn revoke_api_key(api: Data<Api>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let by = auth::caller(&api, &request).await?;
    by.scopes.require(Scope::Admin)?;
    let text: String = part(&request, "prefix", "key_prefix", "must be 8 letters or digits")?;
    let prefix = KeyPrefix::parse(text)
        .map_err(|error| Problem::invalid(vec![crate::problem::FieldProblem::at(&["path", "prefix"], "key_prefix", error.to_string())]))?;
    idempotency::to_the_end(async move { Ok(api.keyring.revoke(Grantor::Key(&by), &prefix).await?) }).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Who am I
///
/// What the key is called, what holds it, what it may do, and for which workspace.
#[utoipa::path(
    get, path = "/api/v1/whoami", operation_id = "whoami", tag = "keys",
    responses((status = 200, description = "The caller", body = Whoami), KeyedProblems),
    security(("api_key" = [])),
)]
pub(crate) async fn whoami(api: Data<Api>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let by = auth::caller(&api, &request).await?;
    Ok(HttpResponse::Ok().json(Whoami::from(by)))
}
