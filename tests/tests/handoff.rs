//! What is approved leaves the service, as it would for a publisher: in archives that can be checked without it, and one by one
//! with tickets.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "helpers of tests fail by panicking, as tests do")]

use std::path::PathBuf;

use assets_tests::{App, Caller, Method, Value, json, sample};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

struct Stage {
    app: App,
    robot: Caller,
    ann: Caller,
    publisher: Caller,
}

impl Stage {
    async fn set() -> Self {
        let app = App::start().await;
        let (robot, ann, publisher) = (app.agent("robot").await, app.person("ann").await, app.publisher().await);
        Self { app, robot, ann, publisher }
    }

    async fn approved(&self, text: &str) -> Value {
        let asset = self.robot.create_copy(text).await.ok();
        self.approve(&asset, json!({})).await;
        asset
    }

    async fn approve(&self, asset: &Value, body: Value) {
        self.robot.submit(asset).await.ok();
        self.ann.act(asset, "approve", body).await.ok();
    }

    async fn export(&self, body: Value) -> Value {
        self.publisher.export(body).await.status(201).json()
    }

    /// Downloads an archive into a file.
    async fn downloaded(&self, export: &Value, name: &str) -> PathBuf {
        let file = self.app.folder().join(name);
        std::fs::write(&file, &self.publisher.download(export).await.status(200).bytes).unwrap();
        file
    }

    /// What `assets verify` says, and whether it is content.
    fn verified(&self, file: &std::path::Path) -> (bool, String) {
        let finished = self.app.command(&["verify", file.to_str().unwrap()]);
        (finished.success, finished.stdout)
    }
}

fn reasons(export: &Value) -> Vec<&str> {
    export["left_out"]["items"].as_array().unwrap().iter().map(|item| item["reason"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn an_archive_is_what_was_announced_and_can_be_checked_without_the_service() {
    let stage = Stage::set().await;
    stage.approved("Open a window.").await;
    for name in ["hero.png", "deck.pdf"] {
        let asset = stage.robot.create_sample(&sample(name)).await.ok();
        stage.approve(&asset, json!({})).await;
    }
    let export = stage.export(json!({"type": ["copy", "image", "slide"], "channel": "email"})).await;
    assert_eq!((&export["count"], &export["status"], &export["left_out"]["count"]), (&json!(3), &json!("ready"), &json!(0)));
    let reply = stage.publisher.download(&export).await.status(200);
    assert_eq!(json!(reply.bytes.len()), export["size_bytes"]);
    assert_eq!(reply.need("content-type"), "application/zip");
    assert_eq!(reply.need("etag"), format!("\"{}\"", export["digest"].as_str().unwrap()));
    assert!(reply.need("content-disposition").starts_with("attachment; filename=\"assets-"));

    let file = stage.downloaded(&export, "a.zip").await;
    let (sound, said) = stage.verified(&file);
    assert!(sound && said.contains("Signed approvals: 3") && said.contains("approved by ann: 3"), "{said}");
    let keys = stage.app.folder().join("keys.json");
    std::fs::write(&keys, stage.app.stranger().get("/.well-known/assets-keys.json").await.text()).unwrap();
    let known = stage.app.command(&["verify", file.to_str().unwrap(), "--keys", keys.to_str().unwrap()]).ok();
    assert!(known.contains("among the keys that you gave") && known.contains("taken back since cannot be seen"), "{known}");

    let mut damaged = std::fs::read(&file).unwrap();
    let place = damaged.windows(6).position(|bytes| bytes == b"window").unwrap();
    damaged[place] = b'W';
    std::fs::write(&file, damaged).unwrap();
    let (sound, said) = stage.verified(&file);
    assert!(!sound && said.contains("NOT SOUND") && said.contains("copy/"), "{said}");
}

#[tokio::test]
async fn a_download_is_gone_on_with_by_ranges_at_any_process_start() {
    let mut stage = Stage::set().await;
    stage.approved("one").await;
    stage.approved("two").await;
    let export = stage.export(json!({"has_approved": true})).await;
    let whole = stage.publisher.download(&export).await.status(200);
    let tag = whole.need("etag");
    stage.app.restart().await;
    let size = whole.bytes.len();
    for (first, last) in [(0, 0), (10, 200), (size / 2, size - 1), (size - 1, size - 1)] {
        let part = stage.publisher.download(&export).header("range", format!("bytes={first}-{last}")).header("if-range", &tag).await;
        assert_eq!(part.need("content-range"), format!("bytes {first}-{last}/{size}"));
        assert_eq!(part.status(206).bytes, whole.bytes[first..=last]);
    }
    let path = format!("/api/v1/assets/exports/{}/archive", export["id"].as_str().unwrap());
    assert_eq!(stage.publisher.ask(Method::HEAD, &path).await.status(200).need("content-length"), size.to_string());
    stage.publisher.download(&export).header("if-none-match", &tag).await.status(304);
    stage.publisher.download(&export).header("if-match", "\"other\"").await.status(412).problem("precondition_failed");
    let beyond = stage.publisher.download(&export).header("range", format!("bytes={size}-")).await.status(416);
    assert_eq!(beyond.need("content-range"), format!("bytes */{size}"));
}

#[tokio::test]
async fn what_is_left_out_is_said_with_the_reason() {
    let stage = Stage::set().await;
    let (approved, draft, archived) =
        (stage.approved("approved").await, stage.robot.create_copy("draft").await.ok(), stage.approved("archived").await);
    stage.ann.archive(&archived).await.ok();
    let limited = stage.robot.create_copy("limited").await.ok();
    stage.approve(&limited, json!({"channels": ["linkedin"], "markets": ["DE"], "valid_until": "2999-01-01T00:00:00Z"})).await;
    let over = stage.robot.create_copy("over").await.ok();
    stage.approve(&over, json!({"valid_until": "2020-01-01T00:00:00Z"})).await;
    let ids: Vec<&Value> = [&approved, &draft, &archived, &limited, &over].into_iter().map(|asset| &asset["id"]).collect();
    let asked = json!({"asset_ids": [ids[0], ids[1], ids[2], ids[3], ids[4], "0192f0c1-2345-7abc-8def-0123456789ab"]});
    let export = stage.ann.export(asked.clone()).await.ok();
    assert_eq!(export["count"], 1);
    assert_eq!(reasons(&export), ["not_approved", "archived", "channel_not_allowed", "expired", "not_found"]);
    let seen = stage.publisher.export(asked.clone()).await.ok();
    assert_eq!(reasons(&seen), ["not_found", "not_found", "channel_not_allowed", "expired", "not_found"]);
    let mut for_linkedin = asked;
    for_linkedin["channel"] = json!("linkedin");
    for_linkedin["market"] = json!("DE");
    assert_eq!(stage.ann.export(for_linkedin).await.ok()["count"], 2);
}

#[tokio::test]
async fn what_is_taken_back_ends_the_download_and_names_whom_it_concerns() {
    let stage = Stage::set().await;
    let (one, other) = (stage.approved("one").await, stage.approved("other").await);
    let both = stage.export(json!({"asset_ids": [one["id"], other["id"]]})).await;
    let without = stage.export(json!({"asset_ids": [other["id"]]})).await;
    stage.publisher.release(&one, json!({"channel": "email", "market": "DE"})).await.status(200);
    stage.ann.revoke(&one, "A wrong price.").await.ok();
    stage.publisher.download(&both).await.status(410).problem("export_recalled");
    stage.publisher.download(&without).await.status(200);
    let listed = stage.publisher.get("/api/v1/assets/exports").await.ok();
    let stands: Vec<_> = listed["items"].as_array().unwrap().iter().map(|export| export["status"].as_str().unwrap()).collect();
    assert_eq!(stands, ["ready", "recalled"]);
    let handed = stage.ann.releases(&one).await.ok();
    let handed: Vec<_> =
        handed["items"].as_array().unwrap().iter().map(|one| (one["kind"].as_str().unwrap(), one["recalled_at"].is_string())).collect();
    assert_eq!(handed, [("ticket", true), ("export", true)]);
    stage.publisher.releases(&one).await.status(403).problem("forbidden_scope");
}

#[tokio::test]
async fn the_gate_gives_out_what_may_be_published_and_says_why_not() {
    let stage = Stage::set().await;
    let asset = stage.robot.create_copy("Open a window.").await.ok();
    stage.approve(&asset, json!({"channels": ["email"], "markets": ["DE", "AT"]})).await;
    let released = stage.publisher.release(&asset, json!({"channel": "email", "market": "AT"})).await.ok();
    assert_eq!(stage.app.follow(released["content_url"].as_str().unwrap()).await.text(), "Open a window.");
    let claims = released["ticket"].as_str().unwrap().split('.').nth(1).unwrap();
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
    assert_eq!((&claims["sub"], &claims["digest"], &claims["channel"]), (&asset["id"], &released["digest"], &json!("email")));
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 15 * 60);

    let refused = stage.publisher.release(&asset, json!({"channel": "tv"})).await.status(409).problem("not_released");
    assert_eq!(refused["reasons"], json!(["channel_not_allowed", "market_not_allowed"]));
    stage.publisher.release(&asset, json!({"channel": "TV"})).await.status(422).problem("invalid_request");
    stage.publisher.release(&asset, json!({})).await.status(422).problem("invalid_request");
    let draft = stage.robot.create_copy("draft").await.ok();
    assert_eq!(stage.ann.release(&draft, json!({"channel": "tv"})).await.problem("not_released")["reasons"], json!(["not_approved"]));
    stage.publisher.release(&draft, json!({"channel": "tv"})).await.status(404).problem("not_found");
    stage.ann.archive(&asset).await.ok();
    stage.app.follow(released["content_url"].as_str().unwrap()).await.status(410);
    assert_eq!(stage.ann.release(&asset, json!({"channel": "email"})).await.problem("not_released")["reasons"], json!(["archived"]));
}

#[tokio::test]
async fn an_approval_says_on_which_terms_it_was_made() {
    let stage = Stage::set().await;
    let asset = stage.robot.create_copy("words").await.ok();
    let terms = json!({"valid_from": "2026-01-01T00:00:00Z", "valid_until": "2999-01-01T00:00:00Z", "channels": ["email", "web"], "markets": ["DE"]});
    stage.approve(&asset, terms.clone()).await;
    let history = stage.ann.history(&asset).await.ok();
    let decisions = history["decisions"].as_array().unwrap();
    let (submitted, approved) = (&decisions[0], &decisions[1]);
    for field in ["valid_from", "valid_until", "channels", "markets"] {
        assert_eq!((&approved[field], &submitted[field]), (&terms[field], &Value::Null), "{field}");
    }
    stage.ann.act(&asset, "approve", json!({"channels": ["tv"]})).await.status(409).problem("other_terms");
    stage.ann.act(&asset, "approve", terms).await.status(200);
    let wrong = json!({"valid_from": "2027-01-01T00:00:00Z", "valid_until": "2026-01-01T00:00:00Z"});
    let problem = stage.ann.act(&asset, "approve", wrong).await.status(422).problem("invalid_request");
    assert_eq!(problem["errors"][0]["loc"], json!(["body", "valid_until"]));
    stage.robot.act(&asset, "submit", json!({"channels": ["tv"]})).await.status(422).problem("invalid_request");
    let bulk = json!({"asset_id": asset["id"], "action": "approve", "version": 1,
        "digest": asset["latest_version"]["content"]["digest"], "channels": ["tv"]});
    assert_eq!(stage.ann.decide(&[bulk]).await.ok()["results"][0]["problem"]["code"], "other_terms");
}

#[tokio::test]
async fn bad_requests_are_told_what_to_do_and_leave_nothing() {
    let stage = Stage::set().await;
    for (body, loc) in [
        (json!({}), "asset_ids"),
        (json!({"asset_ids": []}), "asset_ids"),
        (json!({"asset_ids": ["0192f0c1-2345-7abc-8def-0123456789ab"], "type": ["copy"]}), "asset_ids"),
        (json!({"type": ["film"]}), "type"),
        (json!({"created_after": "yesterday"}), "created_after"),
        (json!({"has_approved": true, "expires_in": 59}), "expires_in"),
        (json!({"has_approved": true, "chanel": "email"}), "chanel"),
    ] {
        let problem = stage.publisher.export(body.clone()).await.status(422).problem("invalid_request");
        assert_eq!(problem["errors"][0]["loc"], json!(["body", loc]), "{body}");
    }
    assert_eq!(stage.publisher.get("/api/v1/assets/exports").await.ok()["items"], json!([]));
    stage.publisher.get("/api/v1/assets/exports/0192f0c1-2345-7abc-8def-0123456789ab").await.status(404).problem("not_found");
}

#[tokio::test]
async fn the_same_request_twice_is_one_export_and_one_release() {
    let stage = Stage::set().await;
    let asset = stage.approved("words").await;
    let export = async || stage.publisher.export(json!({"asset_ids": [asset["id"]]})).once("e").await.status(201).json();
    assert_eq!(export().await, export().await);
    let release = async || stage.publisher.release(&asset, json!({"channel": "email"})).once("r").await.status(200).json();
    assert_eq!(release().await, release().await);
    assert_eq!(stage.ann.releases(&asset).await.ok()["items"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn lists_go_page_by_page() {
    let stage = Stage::set().await;
    let asset = stage.approved("words").await;
    let mut made = Vec::new();
    for _ in 0..5 {
        made.insert(0, stage.export(json!({"asset_ids": [asset["id"]]})).await["id"].clone());
    }
    for path in ["/api/v1/assets/exports".to_owned(), format!("/api/v1/assets/{}/releases", asset["id"].as_str().unwrap())] {
        let (mut seen, mut cursor) = (Vec::new(), None::<String>);
        loop {
            let mut query = vec![("limit", "2")];
            query.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
            let page = stage.ann.get(&path).query(&query).await.ok();
            seen.extend(page["items"].as_array().unwrap().iter().map(|item| item["id"].clone()));
            cursor = page["next_cursor"].as_str().map(str::to_owned);
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(seen, made, "{path}");
    }
    let page = stage.ann.get("/api/v1/assets/exports?limit=1").await.ok();
    let foreign = [("cursor", page["next_cursor"].as_str().unwrap())];
    stage.ann.releases(&asset).query(&foreign).await.status(400).problem("invalid_cursor");
}

#[tokio::test]
async fn keys_that_sign_are_replaced_and_the_old_ones_stay_good() {
    let stage = Stage::set().await;
    stage.approved("by the first key").await;
    let keys = async || stage.app.stranger().get("/.well-known/assets-keys.json").await.ok()["keys"].as_array().unwrap().clone();
    let [first] = keys().await.try_into().unwrap();
    let said = stage.app.command(&["attestation-key", "rotate", "--now"]).ok();
    assert!(!said.contains(first["kid"].as_str().unwrap()), "{said}");
    let known = std::time::Instant::now();
    while keys().await.len() < 2 {
        assert!(known.elapsed().as_secs() < 60, "the running service never heard of the new key");
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
    let [newest, earlier] = keys().await.try_into().unwrap();
    assert!(earlier == first && said.starts_with(newest["kid"].as_str().unwrap()));
    stage.approved("by the second key").await;
    let file = stage.downloaded(&stage.export(json!({"has_approved": true})).await, "both.zip").await;
    let (sound, said) = stage.verified(&file);
    assert!(sound && [&first, &newest].iter().all(|key| said.contains(key["kid"].as_str().unwrap())), "{said}");
    let listed = stage.app.command(&["attestation-key", "list"]).ok();
    let listed: Vec<&str> = listed.lines().map(|line| line.split(' ').next().unwrap()).collect();
    assert_eq!(listed, [first["kid"].as_str().unwrap(), newest["kid"].as_str().unwrap()]);

    // A key is made known before it signs.
    let said = stage.app.command(&["attestation-key", "rotate"]).ok();
    while keys().await.len() < 3 {
        assert!(known.elapsed().as_secs() < 120, "the running service never heard of the third key");
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
    assert!(keys().await[0] == newest && !said.starts_with(newest["kid"].as_str().unwrap()), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_taken_back_at_the_same_moment_leaves_marked_or_not_at_all() {
    let stage = Stage::set().await;
    let mut outcomes = std::collections::BTreeSet::new();
    for round in 0..40 {
        let asset = stage.approved(&format!("words {round}")).await;
        let pause = tokio::time::sleep(std::time::Duration::from_micros(round * 300));
        let (export, release, revoked) = tokio::join!(
            stage.publisher.export(json!({"asset_ids": [asset["id"]]})).into_future(),
            stage.publisher.release(&asset, json!({"channel": "email"})).into_future(),
            async {
                pause.await;
                stage.ann.revoke(&asset, "A wrong price.").await
            }
        );
        revoked.status(200);
        let export = export.status(201).json();
        let handed = stage.ann.releases(&asset).await.ok()["items"].as_array().unwrap().clone();
        assert!(handed.iter().all(|handed| handed["recalled_at"].is_string()), "round {round}: {handed:?}");
        assert_eq!(handed.len(), usize::from(export["count"] == 1) + usize::from(release.status == 200), "round {round}");
        let download = stage.publisher.download(&export).await;
        assert_eq!(download.status, if export["count"] == 1 { 410 } else { 200 }, "round {round}");
        outcomes.insert((export["count"] == 1, release.status));
    }
    assert!(outcomes.len() > 1, "both ways were to be seen: {outcomes:?}");
}

#[tokio::test]
async fn a_publisher_learns_nothing_from_what_others_export() {
    let stage = Stage::set().await;
    let (approved, draft) = (stage.approved("words").await, stage.robot.create_copy("draft").await.ok());
    let export = stage.ann.export(json!({"asset_ids": [approved["id"], draft["id"]]})).await.ok();
    assert_eq!(reasons(&export), ["not_approved"]);
    let path = format!("/api/v1/assets/exports/{}", export["id"].as_str().unwrap());
    assert_eq!(reasons(&stage.publisher.get(&path).await.ok()), ["not_found"]);
    assert_eq!(reasons(&stage.publisher.get("/api/v1/assets/exports").await.ok()["items"][0]), ["not_found"]);
    stage.publisher.download(&export).await.status(200);
}

#[tokio::test]
async fn whatever_is_wrong_with_terms_that_there_is_no_such_asset_is_told_before() {
    let stage = Stage::set().await;
    let wrong = json!({"valid_from": "2027-01-01T00:00:00Z", "valid_until": "2026-01-01T00:00:00Z"});
    stage.ann.act("0192f0c1-2345-7abc-8def-0123456789ab", "approve", wrong.clone()).await.status(404).problem("not_found");
    let asset = stage.robot.create_copy("words").await.ok();
    let problem = stage.robot.act(&asset, "submit", json!({"markets": ["DE"]})).await.status(422).problem("invalid_request");
    assert_eq!(problem["errors"][0]["loc"], json!(["body", "markets"]));
    let digest = &asset["latest_version"]["content"]["digest"];
    let decision = json!({"asset_id": asset["id"], "action": "approve", "version": 1, "digest": digest,
        "valid_from": wrong["valid_from"], "valid_until": wrong["valid_until"]});
    let problem = stage.ann.decide(&[decision]).await.status(422).problem("invalid_request");
    assert_eq!(problem["errors"][0]["loc"], json!(["body", "decisions", 0, "valid_until"]));
}
