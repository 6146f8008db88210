//! Webhooks: who is told of events, and how it goes.

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web::{Data, Payload},
};
use assets_domain::{DeliveryId, EventId, Principal, Remember, Replay, Scope, Wanted, Webhook, WebhookId};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::{Uuid, fmt::Hyphenated};

use crate::{
    api::Api,
    auth,
    body::{
        DeliveryBody, DeliveryPage, ReplayBody, ReplayInput, RevealedWebhookBody, UpdateWebhook, WebhookBody, WebhookInput, WebhookList,
    },
    idempotency::{self, Answer, Answered, Replay as Repetition},
    pages::{self, PageParameters},
    parameters::{Repeatable, part},
    problem::{
        FieldProblem, Problem,
        documented::{
            KeyedProblems, NewWebhookProblems, PartListProblems, PokeWebhookProblems, ReadProblems, ReplayProblems, UpdateWebhookProblems,
        },
    },
    query::Query,
    upload::{self, JsonBody},
};

/// Which webhook.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "it documents what webhook_id() reads")]
struct WebhookPath {
    /// Which webhook. Another workspace's does not exist.
    webhook_id: Uuid,
}

fn webhook_id(request: &HttpRequest) -> Result<WebhookId, Problem> {
    let id: Hyphenated = part(request, "webhook_id", "uuid", "must be a UUID with its hyphens")?;
    Ok(WebhookId::new(id.into_uuid()))
}

/// The caller, who must manage the workspace, and the webhook that the path names. A handler asks this before it reads a body.
async fn named(api: &Api, request: &HttpRequest) -> Result<(Principal, Webhook), Problem> {
    let by = auth::caller(api, request).await?;
    by.scopes.require(Scope::Admin)?;
    let webhook = api.webhooks.get(&by, webhook_id(request)?).await?;
    Ok((by, webhook))
}

fn revealed(status: StatusCode, secret: Option<String>, webhook: Webhook) -> Answer {
    let headers = match status {
        StatusCode::CREATED => vec![(header::LOCATION.to_string(), format!("/api/v1/assets/webhooks/{}", webhook.id))],
        _ => Vec::new(),
    };
    Answer::json(status, headers, &RevealedWebhookBody { secret, webhook: webhook.into() })
}

/// How a repetition is answered: as the first time, but for the secret.
fn concealing(id: Option<assets_domain::ports::ReceiptId>, status: StatusCode) -> Option<Remember<Webhook>> {
    id.map(|id| Remember { id, render: Arc::new(move |webhook: &Webhook| revealed(status, None, webhook.clone()).to_bytes()) })
}

/// Have an endpoint told of events
///
/// From now on, each event of these types is sent there, in its order: signed by the rules of Standard Webhooks, repeated until it is
/// answered with 2xx, and so perhaps more than once, always with the same `webhook-id`. The secret is shown once, in this answer; a
/// repetition of the request does not have it. Needs the scope `admin`.
#[utoipa::path(
    post, path = "/api/v1/assets/webhooks", operation_id = "create_webhook", tag = "webhooks",
    params(Repeatable),
    request_body = WebhookInput,
    responses(
        (status = 201, description = "The webhook, with its secret", body = RevealedWebhookBody,
            headers(("Location" = String, description = "Where the webhook is"))),
        NewWebhookProblems,
    ),
    security(("api_key" = [])),
)]
pub(crate) async fn create_webhook(api: Data<Api>, request: HttpRequest, payload: Payload) -> Result<HttpResponse, Problem> {
    let by = auth::caller(&api, &request).await?;
    by.scopes.require(Scope::Admin)?;
    let (input, body): (WebhookInput, _) = upload::read_json(&api, &request, payload, JsonBody::Required).await?;
    idempotency::once(&api.clone(), &by.clone(), &request.clone(), body, async move |id| {
        let made = api.webhooks.create(&by, input.into(), concealing(id, StatusCode::CREATED)).await?;
        let replay = Repetition::Instead(revealed(StatusCode::CREATED, None, made.webhook.clone()));
        Ok(Answered { answer: revealed(StatusCode::CREATED, Some(made.secret), made.webhook), replay })
    })
    .await
}

/// List the webhooks
///
/// Every one of the workspace, oldest first. Needs the scope `admin`.
#[utoipa::path(
    get, path = "/api/v1/assets/webhooks", operation_id = "list_webhooks", tag = "webhooks",
    responses((status = 200, description = "The webhooks", body = WebhookList), KeyedProblems),
    security(("api_key" = [])),
)]
pub(crate) async fn list_webhooks(api: Data<Api>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let by = auth::caller(&api, &request).await?;
    let webhooks = api.webhooks.list(&by).await?;
    Ok(HttpResponse::Ok().json(WebhookList { items: webhooks.into_iter().map(Into::into).collect() }))
}

/// Get a webhook
///
/// With how it goes: whether it fails, since when, and how far it is. Needs the scope `admin`.
#[utoipa::path(
    get, path = "/api/v1/assets/webhooks/{webhook_id}", operation_id = "get_webhook", tag = "webhooks",
    params(WebhookPath),
    responses((status = 200, description = "The webhook", body = WebhookBody), ReadProblems),
    security(("api_key" = [])),
)]
pub(crate) async fn get_webhook(api: Data<Api>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let (_, webhook) = named(&api, &request).await?;
    Ok(HttpResponse::Ok().json(WebhookBody::from(webhook)))
}

/// Change a webhook
///
/// A JSON Merge Patch (RFC 7396). `enabled` stops deliveries and begins them again: then it goes on where it was, with everything that
/// happened meanwhile. Needs the scope `admin`.
#[utoipa::path(
    patch, path = "/api/v1/assets/webhooks/{webhook_id}", operation_id = "update_webhook", tag = "webhooks",
    params(WebhookPath),
    request_body(content((UpdateWebhook = "application/merge-patch+json"), (UpdateWebhook = "application/json"))),
    responses((status = 200, description = "The webhook as it is now", body = WebhookBody), UpdateWebhookProblems),
    security(("api_key" = [])),
)]
pub(crate) async fn update_webhook(api: Data<Api>, request: HttpRequest, payload: Payload) -> Result<HttpResponse, Problem> {
    let (by, webhook) = named(&api, &request).await?;
    let (update, _): (UpdateWebhook, _) = upload::read_json(&api, &request, payload, JsonBody::MergePatch).await?;
    let changed = idempotency::to_the_end(async move { Ok(api.webhooks.update(&by, webhook.id, &update.into()).await?) }).await?;
    Ok(HttpResponse::Ok().json(WebhookBody::from(changed)))
}

/// Delete a webhook
///
/// Nothing is sent there any more, and what is known of its deliveries is gone. Needs the scope `admin`.
#[utoipa::path(
    delete, path = "/api/v1/assets/webhooks/{webhook_id}", operation_id = "delete_webhook", tag = "webhooks",
    params(WebhookPath),
    responses((status = 204, description = "It is gone"), ReadProblems),
    security(("api_key" = [])),
)]
pub(crate) async fn delete_webhook(api: Data<Api>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let (by, webhook) = named(&api, &request).await?;
    idempotency::to_the_end(async move { Ok(api.webhooks.delete(&by, webhook.id).await?) }).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// List what was sent
///
/// Every attempt of the last 30 days, newest first, with what came of it. Needs the scope `admin`.
#[utoipa::path(
    get, path = "/api/v1/assets/webhooks/{webhook_id}/deliveries", operation_id = "list_deliveries", tag = "webhooks",
    params(WebhookPath, PageParameters),
    responses((status = 200, description = "One page", body = DeliveryPage), PartListProblems),
    security(("api_key" = [])),
)]
pub(crate) async fn list_deliveries(api: Data<Api>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let (by, webhook) = named(&api, &request).await?;
    let page = pages::asked(&api, Query::parse(&request), &format!("deliveries to {} in {}", webhook.id, by.workspace))?;
    let deliveries = api.webhooks.deliveries(&by, webhook.id, page.after.map(DeliveryId::new), page.limit_and_one()).await?;
    let (deliveries, next_cursor) = page.cut(&api, deliveries, |delivery| (delivery.at, delivery.id.as_uuid()));
    Ok(HttpResponse::Ok().json(DeliveryPage { items: deliveries.into_iter().map(DeliveryBody::from).collect(), next_cursor }))
}

/// Have events delivered once more
///
/// One that was sent there before, or each of a range of the feed that the endpoint is told of: `after` and, if not up to where the
/// endpoint is, `until`. They come before whatever waits, with the `webhook-id` that they had. What was not delivered yet comes by
/// itself. Needs the scope `admin`.
#[utoipa::path(
    post, path = "/api/v1/assets/webhooks/{webhook_id}/replay", operation_id = "replay_deliveries", tag = "webhooks",
    params(WebhookPath, Repeatable),
    request_body = ReplayInput,
    responses((status = 202, description = "They will be delivered", body = ReplayBody), ReplayProblems),
    security(("api_key" = [])),
)]
pub(crate) async fn replay_deliveries(api: Data<Api>, request: HttpRequest, payload: Payload) -> Result<HttpResponse, Problem> {
    let (by, webhook) = named(&api, &request).await?;
    let (input, body): (ReplayInput, _) = upload::read_json(&api, &request, payload, JsonBody::Required).await?;
    let wanted = wanted(input)?;
    idempotency::once(&api.clone(), &by.clone(), &request.clone(), body, async move |id| {
        let remember = id.map(|id| Remember { id, render: Arc::new(|replay: &Replay| accepted(replay.clone()).to_bytes()) });
        Ok(accepted(api.webhooks.replay(&by, webhook.id, wanted, remember).await?).into())
    })
    .await
}

fn accepted(replay: Replay) -> Answer {
    Answer::json(StatusCode::ACCEPTED, Vec::new(), &ReplayBody::from(replay))
}

fn wanted(input: ReplayInput) -> Result<Wanted, Problem> {
    let wrong = |field, kind, message| Problem::invalid(vec![FieldProblem::at(&["body", field], kind, message)]);
    match (input.event_id, input.after, input.until) {
        (Some(id), None, None) => {
            let uuid = id.strip_prefix("evt_").and_then(|id| id.parse::<Hyphenated>().ok());
            let uuid = uuid.ok_or_else(|| wrong("event_id", "event_id", "must be the id of an event, evt_ and a UUID"))?;
            Ok(Wanted::Event(EventId::new(uuid.into_uuid())))
        }
        (None, Some(after), until) => Ok(Wanted::Range { after, until }),
        (None, None, _) => Err(wrong("event_id", "missing", "either event_id or after must be sent")),
        (Some(_), ..) => Err(wrong("event_id", "exclusive", "must be sent without after and until")),
    }
}

/// Nothing is asked of a request that only pokes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Poke {}

/// See whether anything arrives
///
/// Sends an event of the type `webhook.ping`, signed like all others, and answers what came of it, within ten seconds. If it arrives, an
/// endpoint that fails is tried again at once. Needs the scope `admin`.
#[utoipa::path(
    post, path = "/api/v1/assets/webhooks/{webhook_id}/ping", operation_id = "ping_webhook", tag = "webhooks",
    params(WebhookPath, Repeatable),
    responses((status = 200, description = "What came of it", body = DeliveryBody), PokeWebhookProblems),
    security(("api_key" = [])),
)]
pub(crate) async fn ping_webhook(api: Data<Api>, request: HttpRequest, payload: Payload) -> Result<HttpResponse, Problem> {
    let (by, webhook) = named(&api, &request).await?;
    let (Poke {}, body) = upload::read_json(&api, &request, payload, JsonBody::Optional).await?;
    idempotency::once(&api.clone(), &by.clone(), &request.clone(), body, async move |_| {
        let delivery = api.webhooks.ping(&by, webhook.id).await?;
        Ok(Answer::json(StatusCode::OK, Vec::new(), &DeliveryBody::from(delivery)).into())
    })
    .await
}

/// Make another secret
///
/// It is shown once, in this answer; a repetition of the request does not have it. For 24 hours everything is signed by the secret from
/// before as well: `webhook-signature` has two signatures. One that was replaced earlier is not good any more. Needs the scope `admin`.
#[utoipa::path(
    post, path = "/api/v1/assets/webhooks/{webhook_id}/rotate-secret", operation_id = "rotate_webhook_secret", tag = "webhooks",
    params(WebhookPath, Repeatable),
    responses((status = 200, description = "The webhook, with its new secret", body = RevealedWebhookBody), PokeWebhookProblems),
    security(("api_key" = [])),
)]
pub(crate) async fn rotate_webhook_secret(api: Data<Api>, request: HttpRequest, payload: Payload) -> Result<HttpResponse, Problem> {
    let (by, webhook) = named(&api, &request).await?;
    let (Poke {}, body) = upload::read_json(&api, &request, payload, JsonBody::Optional).await?;
    idempotency::once(&api.clone(), &by.clone(), &request.clone(), body, async move |id| {
        let made = api.webhooks.rotate(&by, webhook.id, concealing(id, StatusCode::OK)).await?;
        let replay = Repetition::Instead(revealed(StatusCode::OK, None, made.webhook.clone()));
        Ok(Answered { answer: revealed(StatusCode::OK, Some(made.secret), made.webhook), replay })
    })
    .await
}
