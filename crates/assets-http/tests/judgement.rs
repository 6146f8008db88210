//! What is refused, in which order, and in which words for programs.

#![expect(clippy::expect_used, clippy::indexing_slicing, clippy::unwrap_used, reason = "helpers of tests fail by panicking, as tests do")]

mod service;

use std::sync::Arc;

use assets_domain::{KeyKind, Ports, Scope};
use assets_testkit::FailingAssets;
use serde_json::{Value, json};

use service::Service;

const METADATA: &str = r#"{"type": "copy", "title": "A", "provenance": {"agent_slug": "a"}}"#;

impl Service {
    fn person(&self) -> Self {
        self.holding("bea", KeyKind::Person, &[Scope::Read, Scope::Write, Scope::Approve])
    }

    fn publisher(&self) -> Self {
        self.holding("shop", KeyKind::Service, &[Scope::ReadApproved])
    }

    /// Sends JSON, and answers the status and the JSON that comes back.
    fn call(&self, line: &str, headers: &str, body: &Value) -> (u16, Value) {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let headers = format!("{headers}Content-Type: application/json\r\nContent-Length: {}\r\n", body.len());
        self.answered(line, &headers, body.as_bytes())
    }

    fn answered(&self, line: &str, headers: &str, body: &[u8]) -> (u16, Value) {
        let (head, body) = self.send(line, headers, body);
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, serde_json::from_slice(&body).unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&body).into_owned())))
    }

    /// Sends the metadata of an upload, the beginning of its content, and then nothing more.
    fn begin_upload(&self, path: &str, headers: &str, metadata: &str) -> (u16, Value) {
        let body = format!(
            "--b\r\nContent-Disposition: form-data; name=\"metadata\"\r\n\r\n{metadata}\r\n\
             --b\r\nContent-Disposition: form-data; name=\"content\"; filename=\"a.txt\"\r\n\r\nthe beginning"
        );
        let headers = format!("{headers}Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 4000000000\r\n");
        self.answered(&format!("POST {path}"), &headers, body.as_bytes())
    }

    fn create(&self, filename: &str) -> Value {
        let mut body: Value = serde_json::from_str(METADATA).unwrap();
        body["content"] = json!({"text": "some text", "filename": filename});
        let (status, asset) = self.call("POST /api/v1/assets", "", &body);
        assert_eq!(status, 201, "{asset}");
        asset
    }

    fn act(&self, asset: &Value, action: &str, body: &Value) -> (u16, Value) {
        self.call(&format!("POST {}/{action}", path(asset)), "", body)
    }

    /// Creates an asset that is approved.
    fn approved(&self) -> Value {
        let asset = self.create("a.txt");
        assert_eq!(self.act(&asset, "submit", &Value::Null).0, 200);
        let (status, asset) = self.person().act(&asset, "approve", &Value::Null);
        assert_eq!(status, 200, "{asset}");
        asset
    }
}

fn path(asset: &Value) -> String {
    format!("/api/v1/assets/{}", asset["id"].as_str().unwrap())
}

fn decision(asset: &Value, action: &str) -> Value {
    let latest = &asset["latest_version"];
    json!({"asset_id": asset["id"], "action": action, "version": latest["number"], "digest": latest["content"]["digest"]})
}

#[test]
fn a_link_leads_to_a_file_of_any_name() {
    let service = Service::start();
    for name in ["50% off.txt", "a+b.txt", "a%2Fb.txt", "Größe (1).txt", "%.txt", "a%25b.txt"] {
        let asset = service.create(name);
        let link = asset["preview_url"].as_str().unwrap().strip_prefix("http://assets.example").unwrap().to_owned();
        let (head, body) = service.send(&format!("GET {link}"), "", b"");
        assert!(head.starts_with("http/1.1 200") && body == b"some text", "{name}: {head}");
        let (front, _) = link.rsplit_once('/').unwrap();
        for other in ["%FF.txt", "a%2", "other.txt"] {
            let (status, problem) = service.answered(&format!("GET {front}/{other}"), "", b"");
            assert_eq!((status, &problem["code"]), (403, &json!("invalid_link")), "{other}");
        }
    }
}

#[test]
fn a_publisher_cannot_tell_work_that_is_not_approved_from_nothing() {
    let service = Service::start();
    let (draft, nothing) = (service.create("a.txt"), json!({"id": "01900000-0000-7000-8000-000000000000"}));
    let publisher = service.publisher();
    for part in ["/approved", "/approved/content"] {
        let told = publisher.call(&format!("GET {}{part}", path(&draft)), "", &Value::Null);
        assert_eq!((told.0, &told.1["code"]), (404, &json!("not_approved")));
        assert_eq!(publisher.call(&format!("GET {}{part}", path(&nothing)), "", &Value::Null), told);
        let (_, told) = service.call(&format!("GET {}{part}", path(&nothing)), "", &Value::Null);
        assert_eq!(told["code"], "not_found", "who sees everything is told more");
    }
}

#[test]
fn who_may_not_is_told_so_whatever_the_body() {
    let service = Service::start();
    let asset = service.approved();
    let review = format!("http://assets.example/review/{}", asset["id"].as_str().unwrap());
    for body in [json!({"wrong": 1}), Value::Null] {
        let (status, problem) = service.act(&asset, "archive", &body);
        assert_eq!((status, &problem["code"], &problem["review_url"]), (403, &json!("human_required"), &json!(review)), "{body}");
    }
    let (status, problem) = service.call("POST /api/v1/assets/not-a-uuid/approve", "", &Value::Null);
    assert_eq!((status, &problem["review_url"]), (403, &json!("http://assets.example/review")), "and whatever the path");
    let unscoped = service.publisher();
    let (status, problem) = unscoped.call(&format!("PATCH {}", path(&asset)), "", &json!({"wrong": 1}));
    assert_eq!((status, &problem["code"]), (403, &json!("forbidden_scope")));
}

#[test]
fn what_does_not_exist_is_told_before_what_is_malformed() {
    let service = Service::start();
    let nothing = "/api/v1/assets/01900000-0000-7000-8000-000000000000";
    let post = |action| format!("POST {nothing}/{action}");
    for line in [format!("DELETE {nothing}"), format!("PATCH {nothing}"), post("rollback"), post("submit"), post("archive")] {
        for (header, body) in [("If-Match: malformed\r\n", json!({"wrong": 1})), ("If-Match: malformed\r\n", json!({})), ("", json!([]))] {
            let (status, problem) = service.call(&line, header, &body);
            assert_eq!((status, &problem["code"]), (404, &json!("not_found")), "{line} {header} {body}");
        }
    }
}

#[test]
fn a_person_is_pointed_to_wherever_one_is_required() {
    let service = Service::start().holding("machine", KeyKind::Agent, &[Scope::Admin]);
    let wanted = json!({"name": "eve", "kind": "person", "scopes": ["assets:read"]});
    let (status, problem) = service.call("POST /api/v1/admin/api-keys", "", &wanted);
    assert_eq!((status, &problem["code"]), (403, &json!("human_required")));
    assert_eq!(problem["review_url"], "http://assets.example/review");
}

#[test]
fn an_upload_for_nothing_is_refused_before_it_is_over() {
    let service = Service::start();
    let asset = service.create("a.txt");
    let versions = format!("{}/versions", path(&asset));
    let unknown = json!([{"asset_id": asset["id"], "version": 7}]);

    let (status, problem) = service.begin_upload(&versions, "If-Match: \"7.1\"\r\n", "{}");
    assert_eq!((status, &problem["code"]), (412, &json!("precondition_failed")));
    let (status, problem) = service.begin_upload(&versions, "", &json!({"provenance": {"derived_from": unknown}}).to_string());
    assert_eq!((status, &problem["errors"][0]["type"]), (422, &json!("unknown_source")));
    let mut metadata: Value = serde_json::from_str(METADATA).unwrap();
    metadata["provenance"]["derived_from"] = unknown;
    let (status, problem) = service.begin_upload("/api/v1/assets", "", &metadata.to_string());
    assert_eq!((status, &problem["errors"][0]["type"]), (422, &json!("unknown_source")));
    assert_eq!(problem["errors"][0]["loc"], json!(["body", "provenance", "derived_from", 0]));

    assert_eq!(service.act(&asset, "archive", &Value::Null).0, 200);
    let (status, problem) = service.begin_upload(&versions, "", "{}");
    assert_eq!((status, &problem["code"], &problem["current_status"]), (409, &json!("illegal_transition"), &json!("archived")));
    assert_eq!(problem["legal_actions"], json!(["restore"]));
}

#[test]
fn an_upload_that_is_repeated_is_answered_as_before_whatever_happened_since() {
    let service = Service::start();
    let asset = service.create("a.txt");
    let line = format!("POST {}/versions", path(&asset));
    let headers = "If-Match: \"1.0\"\r\nIdempotency-Key: k\r\n";
    let first = service.call(&line, headers, &json!({"content": {"text": "new"}}));
    assert_eq!(first.0, 201, "{}", first.1);
    assert_eq!(service.act(&asset, "archive", &Value::Null).0, 200);
    assert_eq!(service.call(&line, headers, &json!({"content": {"text": "new"}})), first);
}

#[test]
fn a_bad_text_is_named_alike_in_json_and_in_a_form() {
    let service = Service::start();
    for (name, kind) in
        [(" ", "empty"), (&*"x".repeat(256), "too_long"), ("a\u{7f}b", "control_character"), ("..", "malformed"), ("a/b", "malformed")]
    {
        let mut body: Value = serde_json::from_str(METADATA).unwrap();
        body["content"] = json!({"text": "x", "filename": name});
        let (_, as_json) = service.call("POST /api/v1/assets", "", &body);
        assert_eq!(as_json["errors"][0]["type"], kind, "{name:?}: {as_json}");
        let encoded: String = name.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let form = format!(
            "--b\r\nContent-Disposition: form-data; name=\"metadata\"\r\n\r\n{METADATA}\r\n\
             --b\r\nContent-Disposition: form-data; name=\"content\"; filename*=UTF-8''{encoded}\r\n\r\nx\r\n--b--\r\n"
        );
        let headers = format!("Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {}\r\n", form.len());
        let (_, as_form) = service.answered("POST /api/v1/assets", &headers, form.as_bytes());
        assert_eq!(as_form["errors"], as_json["errors"], "{name:?}");
    }
    let (_, problem) = service.call(&format!("PATCH {}", path(&service.create("a.txt"))), "", &json!({"title": " "}));
    assert_eq!(problem["errors"][0]["type"], "empty");
}

#[test]
fn a_tag_of_something_else_is_a_condition_that_fails() {
    let service = Service::start();
    let asset = service.create("a.txt");
    let update = |tag: &str| {
        let (status, problem) = service.call(&format!("PATCH {}", path(&asset)), &format!("If-Match: {tag}\r\n"), &json!({"title": "A"}));
        (status, problem["code"].as_str().unwrap_or_default().to_owned())
    };
    for foreign in ["W/\"1.1\"", "\"abc\"", "\"abc\", \"x\"", "\"a,b\"", "\"\"", "\"2.1\"", "\"1.1x\""] {
        assert_eq!(update(foreign), (412, "precondition_failed".to_owned()), "{foreign}");
    }
    for malformed in ["abc", "\"1.1", "1.1\"", "\"1.1\" \"1.2\"", "\"1.1\"x", "", ",", "w/\"1.1\"", "*, \"1.1\""] {
        assert_eq!(update(malformed), (422, "invalid_request".to_owned()), "{malformed}");
    }
    for good in ["\"1.1\"", "*", "\"abc\", \"1.7\"", "W/\"1.1\",\"1.1\""] {
        assert_eq!(update(good).0, 200, "{good}");
    }
}

#[test]
fn what_is_not_among_the_documentation_is_a_problem_too() {
    let service = Service::start();
    let (head, body) = service.send("GET /docs/nope.js", "", b"");
    assert!(head.starts_with("http/1.1 404") && head.contains("application/problem+json"), "{head}");
    assert_eq!(serde_json::from_slice::<Value>(&body).unwrap()["code"], "not_found");
}

#[test]
fn a_limit_of_any_size_is_taken_as_200() {
    let service = Service::start();
    let list = |limit: &str| service.answered(&format!("GET /api/v1/assets?limit={limit}"), "", b"").0;
    for large in ["201", "99999999999999999999", "99999999999999999999999999999999999999999999"] {
        assert_eq!(list(large), 200, "{large}");
    }
    for bad in ["0", "00", "-1", "%2B5", "1e3", "", "x"] {
        assert_eq!(list(bad), 422, "{bad}");
    }
}

#[test]
fn an_id_is_written_with_hyphens_in_any_case() {
    let service = Service::start();
    let asset = service.create("a.txt");
    let id = asset["id"].as_str().unwrap();
    let get = |id: &str| service.answered(&format!("GET /api/v1/assets/{id}"), "", b"").0;
    assert_eq!((get(id), get(&id.to_uppercase())), (200, 200));
    for other in [id.replace('-', ""), format!("%7B{id}%7D"), format!("urn:uuid:{id}")] {
        assert_eq!(get(&other), 422, "{other}");
    }
}

#[test]
fn many_decisions_may_each_name_the_revision_that_was_seen() {
    let service = Service::start();
    let (seen, changed) = (service.create("a.txt"), service.create("b.txt"));
    assert_eq!(service.call(&format!("PATCH {}", path(&changed)), "", &json!({"title": "B"})).0, 200);
    let with_revision = |asset: &Value| {
        let mut decision = decision(asset, "submit");
        decision["revision"] = asset["revision"].clone();
        decision
    };
    let many = json!({"decisions": [with_revision(&seen), with_revision(&changed), decision(&changed, "submit")]});
    let (status, told) = service.call("POST /api/v1/assets/decisions", "", &many);
    assert_eq!(status, 200, "{told}");
    let statuses: Vec<_> = told["results"].as_array().unwrap().iter().map(|one| one["status"].as_u64().unwrap()).collect();
    assert_eq!(statuses, [200, 412, 200]);
    assert_eq!(told["results"][1]["problem"]["code"], "precondition_failed");

    let (status, problem) = service.call("POST /api/v1/assets/decisions", "If-Match: \"1.1\"\r\n", &many);
    assert_eq!((status, &problem["errors"][0]["loc"]), (422, &json!(["header", "If-Match"])));
}

#[test]
fn many_decisions_are_tried_again_where_one_failed_for_a_reason_that_passes() {
    let mut failing = None;
    let service = Service::over(|ports| {
        let assets = Arc::new(FailingAssets::new(ports.assets.clone()));
        failing = Some(assets.clone());
        Ports { assets, ..ports }
    });
    let (first, second) = (service.create("a.txt"), service.create("b.txt"));
    let many = json!({"decisions": [decision(&first, "submit"), decision(&second, "submit")]});
    let decide = || {
        let (status, told) = service.call("POST /api/v1/assets/decisions", "Idempotency-Key: k\r\n", &many);
        assert_eq!(status, 200, "{told}");
        let statuses: Vec<_> = told["results"].as_array().unwrap().iter().map(|one| one["status"].as_u64().unwrap()).collect();
        statuses
    };
    failing.unwrap().faults.fail_next(1);
    assert_eq!(decide(), [503, 503]);
    assert_eq!(decide(), [200, 200], "it was done again");
    assert_eq!(decide(), [200, 200], "and that is the answer from then on");
}
