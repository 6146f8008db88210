//! Who calls, in verbs.

use std::{
    future::{Future, IntoFuture},
    pin::Pin,
    sync::Arc,
};

use bytes::Bytes;
use reqwest::{
    Body, Method, RequestBuilder,
    multipart::{Form, Part},
};
use serde_json::{Value, json};

use crate::{Reply, Sample, Tail, door::Door};

/// Somebody with a key, or without.
#[derive(Debug, Clone)]
pub struct Caller {
    door: Arc<Door>,
    key: Option<String>,
}

/// What has an id: an asset as it was answered, or the id itself.
pub trait Named {
    /// The id.
    fn id(&self) -> &str;
}

impl Named for Value {
    fn id(&self) -> &str {
        self.get("id").and_then(Value::as_str).unwrap_or_else(|| panic!("this has no id: {self}"))
    }
}

impl Named for str {
    fn id(&self) -> &str {
        self
    }
}

impl Named for String {
    fn id(&self) -> &str {
        self
    }
}

/// A request that is sent by awaiting it.
#[derive(Debug)]
#[must_use = "a request is sent by awaiting it"]
pub struct Ask {
    door: Arc<Door>,
    request: RequestBuilder,
    asked: String,
}

impl Ask {
    /// With a header.
    pub fn header(self, name: &str, value: impl AsRef<str>) -> Self {
        Self { request: self.request.header(name, value.as_ref()), ..self }
    }

    /// With parameters.
    pub fn query(self, parameters: &[(&str, &str)]) -> Self {
        Self { request: self.request.query(parameters), asked: format!("{} {parameters:?}", self.asked), ..self }
    }

    /// With this body instead.
    #[expect(clippy::needless_pass_by_value, reason = "a body is written where it is sent")]
    pub fn json(self, body: Value) -> Self {
        Self { request: self.request.json(&body), asked: format!("{} {body}", self.asked), ..self }
    }

    /// With this body instead, as it is.
    pub fn body(self, body: impl Into<Body>) -> Self {
        Self { request: self.request.body(body), ..self }
    }

    /// With an `Idempotency-Key`.
    pub fn once(self, idempotency_key: &str) -> Self {
        self.header("idempotency-key", idempotency_key)
    }

    /// Sends it.
    ///
    /// # Errors
    /// The connection broke before the answer was whole.
    pub async fn attempt(self) -> Result<Reply, reqwest::Error> {
        let mut answer = self.door.send(self.request).await?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        if headers.get("content-type").is_some_and(|it| it == "text/event-stream") {
            // It has no end: how it begins is what it is judged by.
            return Ok(Reply { status, headers, bytes: answer.chunk().await?.unwrap_or_default(), asked: self.asked });
        }
        Ok(Reply { status, headers, bytes: answer.bytes().await?, asked: self.asked })
    }
}

impl Ask {
    /// Sends it, and leaves the answer open.
    ///
    /// # Errors
    /// It is refused, or nobody answers.
    pub async fn open(self) -> Result<Tail, reqwest::Error> {
        Ok(Tail::of(self.door.send(self.request).await?.error_for_status()?))
    }
}

impl IntoFuture for Ask {
    type Output = Reply;
    type IntoFuture = Pin<Box<dyn Future<Output = Reply> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let asked = self.asked.clone();
            self.attempt().await.unwrap_or_else(|error| panic!("{asked} was not answered: {error:?}"))
        })
    }
}

const ASSETS: &str = "/api/v1/assets";
const EXPORTS: &str = "/api/v1/assets/exports";
const WEBHOOKS: &str = "/api/v1/assets/webhooks";
const KEYS: &str = "/api/v1/admin/api-keys";

fn at(asset: &(impl Named + ?Sized), rest: &str) -> String {
    format!("{ASSETS}/{}{rest}", asset.id())
}

/// What a new asset says of itself unless a test says otherwise.
#[must_use]
fn described(asset_type: &str, title: &str) -> Value {
    json!({"type": asset_type, "title": title, "provenance": {"agent_slug": "robot"}})
}

impl Caller {
    pub(crate) const fn new(door: Arc<Door>, key: Option<String>) -> Self {
        Self { door, key }
    }

    /// The key itself.
    pub fn secret(&self) -> &str {
        self.key.as_deref().unwrap_or_default()
    }

    /// The part of the key that names it.
    pub fn prefix(&self) -> &str {
        self.secret().split('_').nth(1).unwrap_or_default()
    }

    /// The same key at another service, e.g. one that was started on a backup.
    #[must_use]
    pub fn at(&self, app: &crate::App) -> Self {
        app.holder(self.secret())
    }

    /// Any request.
    pub fn ask(&self, method: Method, path: &str) -> Ask {
        let asked = format!("{method} {path}");
        let request = self.door.request(method, path);
        Ask { door: self.door.clone(), request: if let Some(key) = &self.key { request.bearer_auth(key) } else { request }, asked }
    }

    /// GET.
    pub fn get(&self, path: &str) -> Ask {
        self.ask(Method::GET, path)
    }

    /// POST of JSON.
    pub fn post(&self, path: &str, body: Value) -> Ask {
        self.ask(Method::POST, path).json(body)
    }

    /// Creates an asset with inline text, from a whole body.
    pub fn create(&self, body: Value) -> Ask {
        self.post(ASSETS, body)
    }

    /// Creates a copy with this text.
    pub fn create_copy(&self, text: &str) -> Ask {
        let mut body = described("copy", "A copy");
        if let Some(fields) = body.as_object_mut() {
            fields.insert("content".into(), json!({"text": text}));
        }
        self.create(body)
    }

    /// Creates an asset with a file.
    pub fn create_file(&self, asset_type: &str, name: &str, media_type: &str, content: impl Into<Body>) -> Ask {
        self.upload(ASSETS, described(asset_type, name), name, media_type, content)
    }

    /// Creates an asset with a sample.
    pub fn create_sample(&self, sample: &Sample) -> Ask {
        self.create_file(sample.asset_type, sample.name, sample.media_type, sample.bytes.clone())
    }

    /// Sends metadata and a file as multipart.
    #[expect(clippy::needless_pass_by_value, reason = "a body is written where it is sent")]
    pub fn upload(&self, path: &str, metadata: Value, name: &str, media_type: &str, content: impl Into<Body>) -> Ask {
        let metadata = Part::text(metadata.to_string()).mime_str("application/json").unwrap();
        let content = Part::stream(content).file_name(name.to_owned()).mime_str(media_type).unwrap();
        self.form(path, Form::new().part("metadata", metadata).part("content", content))
    }

    /// Sends any multipart form.
    pub fn form(&self, path: &str, form: Form) -> Ask {
        let ask = self.ask(Method::POST, path);
        Ask { request: ask.request.multipart(form), ..ask }
    }

    /// Adds a version with inline text.
    pub fn add_text_version(&self, asset: &(impl Named + ?Sized), text: &str) -> Ask {
        self.post(&at(asset, "/versions"), json!({"content": {"text": text}}))
    }

    /// Adds a version with a file.
    pub fn add_file_version(&self, asset: &(impl Named + ?Sized), name: &str, media_type: &str, content: impl Into<Body>) -> Ask {
        self.upload(&at(asset, "/versions"), json!({}), name, media_type, content)
    }

    /// The asset with its history.
    pub fn history(&self, asset: &(impl Named + ?Sized)) -> Ask {
        self.get(&at(asset, ""))
    }

    /// One of its versions.
    pub fn version(&self, asset: &(impl Named + ?Sized), number: u32) -> Ask {
        self.get(&at(asset, &format!("/versions/{number}")))
    }

    /// The bytes of one of its versions.
    pub fn content(&self, asset: &(impl Named + ?Sized), number: u32) -> Ask {
        self.get(&at(asset, &format!("/versions/{number}/content")))
    }

    /// The version whose approval stands.
    pub fn approved(&self, asset: &(impl Named + ?Sized)) -> Ask {
        self.get(&at(asset, "/approved"))
    }

    /// The bytes whose approval stands.
    pub fn approved_content(&self, asset: &(impl Named + ?Sized)) -> Ask {
        self.get(&at(asset, "/approved/content"))
    }

    /// The headers of content, by its number.
    pub fn head_content(&self, asset: &(impl Named + ?Sized), number: u32) -> Ask {
        self.ask(Method::HEAD, &at(asset, &format!("/versions/{number}/content")))
    }

    /// A list, filtered.
    pub fn list(&self, filters: &[(&str, &str)]) -> Ask {
        self.get(ASSETS).query(filters)
    }

    /// A link to show around.
    pub fn preview_url(&self, asset: &(impl Named + ?Sized)) -> Ask {
        self.get(&at(asset, "/preview-url"))
    }

    /// Any transition by the last part of its path.
    pub fn act(&self, asset: &(impl Named + ?Sized), action: &str, body: Value) -> Ask {
        self.post(&at(asset, &format!("/{action}")), body)
    }

    /// Asks for a review.
    pub fn submit(&self, asset: &(impl Named + ?Sized)) -> Ask {
        self.act(asset, "submit", json!({}))
    }

    /// Takes the question back.
    pub fn withdraw(&self, asset: &(impl Named + ?Sized)) -> Ask {
        self.act(asset, "withdraw", json!({}))
    }

    /// Approves the latest version, whatever it is.
    pub fn approve(&self, asset: &(impl Named + ?Sized)) -> Ask {
        self.act(asset, "approve", json!({}))
    }

    /// Asks for something better.
    pub fn request_changes(&self, asset: &(impl Named + ?Sized), comment: &str) -> Ask {
        self.act(asset, "request-changes", json!({"comment": comment}))
    }

    /// Asks for something better, point by point.
    pub fn send_back(&self, asset: &(impl Named + ?Sized), items: Value) -> Ask {
        self.act(asset, "request-changes", json!({"comment": "not yet", "items": items}))
    }

    /// Says something about the latest version.
    pub fn comment(&self, asset: &(impl Named + ?Sized), text: &str) -> Ask {
        self.act(asset, "comments", json!({"text": text}))
    }

    /// What is wanted otherwise.
    pub fn change_requests(&self, asset: &(impl Named + ?Sized)) -> Ask {
        self.get(&at(asset, "/change-requests"))
    }

    /// Takes the standing approval back.
    pub fn revoke(&self, asset: &(impl Named + ?Sized), comment: &str) -> Ask {
        self.act(asset, "revoke", json!({"comment": comment}))
    }

    /// Puts the asset away.
    pub fn archive(&self, asset: &(impl Named + ?Sized)) -> Ask {
        self.act(asset, "archive", json!({}))
    }

    /// Brings the asset back.
    pub fn restore(&self, asset: &(impl Named + ?Sized)) -> Ask {
        self.act(asset, "restore", json!({}))
    }

    /// Makes an earlier content the latest again.
    pub fn rollback(&self, asset: &(impl Named + ?Sized), to_version: u32) -> Ask {
        self.act(asset, "rollback", json!({"to_version": to_version}))
    }

    /// Changes title, description or tags.
    pub fn update(&self, asset: &(impl Named + ?Sized), patch: Value) -> Ask {
        self.ask(Method::PATCH, &at(asset, "")).json(patch)
    }

    /// Throws the asset away.
    pub fn delete(&self, asset: &(impl Named + ?Sized)) -> Ask {
        self.ask(Method::DELETE, &at(asset, ""))
    }

    /// Decides about many.
    pub fn decide(&self, decisions: &[Value]) -> Ask {
        self.post(&format!("{ASSETS}/decisions"), json!({"decisions": decisions}))
    }

    /// Pins what is approved, to leave as one archive.
    pub fn export(&self, body: Value) -> Ask {
        self.post(EXPORTS, body)
    }

    /// Takes approvals back together.
    pub fn recall(&self, body: Value) -> Ask {
        self.post("/api/v1/assets/recalls", body)
    }

    /// The archive of an export.
    pub fn download(&self, export: &(impl Named + ?Sized)) -> Ask {
        self.get(&format!("{EXPORTS}/{}/archive", export.id()))
    }

    /// Has an asset handed out.
    pub fn release(&self, asset: &(impl Named + ?Sized), body: Value) -> Ask {
        self.post(&at(asset, "/release"), body)
    }

    /// Who was handed what of an asset.
    pub fn releases(&self, asset: &(impl Named + ?Sized)) -> Ask {
        self.get(&at(asset, "/releases"))
    }

    /// Has an endpoint told of events.
    pub fn create_webhook(&self, body: Value) -> Ask {
        self.post(WEBHOOKS, body)
    }

    /// One endpoint that is told of events.
    pub fn webhook(&self, webhook: &(impl Named + ?Sized)) -> Ask {
        self.get(&format!("{WEBHOOKS}/{}", webhook.id()))
    }

    /// Changes it.
    pub fn update_webhook(&self, webhook: &(impl Named + ?Sized), patch: Value) -> Ask {
        self.ask(Method::PATCH, &format!("{WEBHOOKS}/{}", webhook.id())).json(patch)
    }

    /// Does something with it, by the last part of the path.
    pub fn with_webhook(&self, webhook: &(impl Named + ?Sized), what: &str, body: Value) -> Ask {
        self.post(&format!("{WEBHOOKS}/{}/{what}", webhook.id()), body)
    }

    /// What was sent to it.
    pub fn deliveries(&self, webhook: &(impl Named + ?Sized)) -> Ask {
        self.get(&format!("{WEBHOOKS}/{}/deliveries", webhook.id()))
    }

    /// A part of the feed.
    pub fn events(&self, query: &[(&str, &str)]) -> Ask {
        self.get("/api/v1/assets/events").query(query)
    }

    /// The feed as it comes: behind a number, or from now on.
    pub async fn follow(&self, query: &[(&str, &str)]) -> Tail {
        self.get("/api/v1/assets/events/stream").query(query).open().await.unwrap()
    }

    /// The whole feed, part by part.
    pub async fn whole_feed(&self, query: &[(&str, &str)]) -> Vec<Value> {
        let (mut events, mut after) = (Vec::new(), 0);
        loop {
            let page = self.events(query).query(&[("after", &after.to_string()), ("limit", "200")]).await.ok();
            events.extend(page.get("items").and_then(Value::as_array).unwrap().iter().cloned());
            match page.get("next_after").and_then(Value::as_u64).unwrap() {
                next if next == after => return events,
                next => after = next,
            }
        }
    }

    /// Makes a key.
    pub fn create_key(&self, body: Value) -> Ask {
        self.post(KEYS, body)
    }

    /// A new key with a name, of a kind, with scopes.
    pub async fn made_key(&self, name: &str, kind: &str, scopes: &[&str]) -> String {
        let made = self.create_key(json!({"name": name, "kind": kind, "scopes": scopes})).await.ok();
        made.get("key").and_then(Value::as_str).unwrap().to_owned()
    }

    /// Lists the keys.
    pub fn keys(&self) -> Ask {
        self.get(KEYS)
    }

    /// Revokes a key.
    pub fn revoke_key(&self, prefix: &str) -> Ask {
        self.ask(Method::DELETE, &format!("{KEYS}/{prefix}"))
    }

    /// The policy of the workspace.
    pub fn policy(&self) -> Ask {
        self.get("/api/v1/admin/policy")
    }

    /// Changes the policy of the workspace.
    pub fn set_policy(&self, patch: Value) -> Ask {
        self.ask(Method::PATCH, "/api/v1/admin/policy").json(patch)
    }

    /// Who this is.
    pub fn whoami(&self) -> Ask {
        self.get("/api/v1/whoami")
    }
}

/// Content that arrives in pieces, with no length told.
#[must_use]
pub fn pieces(content: &Bytes, size: usize) -> Body {
    let pieces: Vec<Result<Bytes, std::io::Error>> =
        (0..content.len()).step_by(size).map(|from| Ok(content.slice(from..content.len().min(from + size)))).collect();
    Body::wrap_stream(futures_util::stream::iter(pieces))
}
