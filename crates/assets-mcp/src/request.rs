//! From arguments to a request.

use bytes::Bytes;
use http::{HeaderValue, Method, Request};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use rmcp::model::JsonObject;
use serde_json::Value;

use crate::operations::Unreachable;

/// The argument that makes a call safe to repeat.
pub(crate) const IDEMPOTENCY_KEY: &str = "idempotency_key";
/// The argument that says which asset.
pub(crate) const ASSET_ID: &str = "asset_id";

/// A REST operation: a method, and a path in which `{asset_id}` stands for the asset.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Route {
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
}

impl Route {
    /// The request that these arguments make.
    pub(crate) fn request(self, arguments: JsonObject) -> Result<Request<Bytes>, Unreachable> {
        let method = if self.method == "GET" { Method::GET } else { Method::POST };
        request(&method, self.path, arguments)
    }
}

/// The request that these arguments make. They go on as they are, unknown ones as well: whether they are good is judged where
/// all requests are judged.
pub(crate) fn request(method: &Method, path: &str, mut arguments: JsonObject) -> Result<Request<Bytes>, Unreachable> {
    let mut path = path.to_owned();
    if path.contains("{asset_id}") {
        path = path.replace("{asset_id}", &segment(arguments.remove(ASSET_ID).as_ref()));
    }
    let mut request = Request::builder().method(method);
    let mut body = Bytes::new();
    if method == Method::GET {
        let query = query(&arguments);
        if !query.is_empty() {
            path = [&path, "?", &query].concat();
        }
    } else {
        if let Some(key) = arguments.remove(IDEMPOTENCY_KEY) {
            let key = key.as_str().map_or_else(|| key.to_string(), str::to_owned);
            // What no header can carry is refused as one that is empty.
            request = request.header("idempotency-key", HeaderValue::from_str(&key).unwrap_or(HeaderValue::from_static("")));
        }
        request = request.header("content-type", "application/json");
        body = Value::Object(arguments).to_string().into();
    }
    request.uri(path).body(body).map_err(|error| Unreachable(error.to_string()))
}

/// An id as a part of a path. What looks like none could be another path, so `-` goes in its place, which is no id either.
fn segment(id: Option<&Value>) -> String {
    let looks_like_one = |id: &&str| id.len() == 36 && id.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    id.and_then(Value::as_str).filter(looks_like_one).unwrap_or("-").to_owned()
}

fn query(arguments: &JsonObject) -> String {
    let mut pairs = Vec::new();
    for (name, value) in arguments {
        match value {
            Value::Array(items) => pairs.extend(items.iter().map(|item| pair(name, item))),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => pairs.push(pair(name, value)),
        }
    }
    pairs.join("&")
}

fn pair(name: &str, value: &Value) -> String {
    let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    format!("{}={}", utf8_percent_encode(name, NON_ALPHANUMERIC), utf8_percent_encode(&value, NON_ALPHANUMERIC))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const LIST: Route = Route { method: "GET", path: "/api/v1/assets" };
    const APPROVE: Route = Route { method: "POST", path: "/api/v1/assets/{asset_id}/approve" };

    fn made(route: Route, arguments: Value) -> (String, Option<String>, String) {
        let request = route.request(arguments.as_object().unwrap().clone()).unwrap();
        let key = request.headers().get("idempotency-key").map(|key| key.to_str().unwrap().to_owned());
        (request.uri().to_string(), key, String::from_utf8(request.body().to_vec()).unwrap())
    }

    #[test]
    fn arguments_become_a_query() {
        let (uri, ..) = made(LIST, json!({"q": "a&b=ü", "status": ["draft", "approved"], "limit": 3, "has_approved": true}));
        assert_eq!(uri, "/api/v1/assets?has%5Fapproved=true&limit=3&q=a%26b%3D%C3%BC&status=draft&status=approved");
        assert_eq!(made(LIST, json!({})).0, "/api/v1/assets");
    }

    #[test]
    fn arguments_become_a_body_and_a_header() {
        let id = "0190a5b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b";
        let (uri, key, body) = made(APPROVE, json!({"asset_id": id, "version": 2, "idempotency_key": "k1"}));
        assert_eq!((uri, key.as_deref(), body.as_str()), (format!("/api/v1/assets/{id}/approve"), Some("k1"), r#"{"version":2}"#));
        assert_eq!(made(APPROVE, json!({"asset_id": id, "idempotency_key": "a\nb"})).1.as_deref(), Some(""));
    }

    #[test]
    fn an_id_leads_to_no_other_path() {
        for id in [json!("exports"), json!("../admin/api-keys"), json!(""), json!(7), json!("0190a5b2/7c3d/7e4f/8a5b/6c7d8e9f0a1b")] {
            assert_eq!(made(APPROVE, json!({"asset_id": id})).0, "/api/v1/assets/-/approve");
        }
        assert_eq!(made(APPROVE, json!({})).0, "/api/v1/assets/-/approve");
    }
}
