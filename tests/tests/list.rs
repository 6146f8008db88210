//! What is found, in which order, page by page.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use assets_tests::{App, Caller, Value, json, sample};

fn titles(page: &Value) -> Vec<&str> {
    page["items"].as_array().unwrap().iter().map(|item| item["title"].as_str().unwrap()).collect()
}

fn copy(title: &str, rest: Value) -> Value {
    let mut body = json!({"type": "copy", "title": title, "provenance": {"agent_slug": "robot"}, "content": {"text": title}});
    body.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
    body
}

/// Three assets that differ in everything that can be filtered by, oldest first: a spring copy, an autumn blog, a picture.
async fn shelf(app: &App) -> (Caller, [Value; 3]) {
    let robot = app.agent("robot").await;
    let spring = json!({"agent_slug": "copywriter", "run_id": "run-1", "campaign_id": "spring", "brand_id": "fern", "brief_id": "brief-1", "model": "scribe-1"});
    let autumn = json!({"agent_slug": "blogger", "run_id": "run-2", "campaign_id": "autumn", "brand_id": "moss", "brief_id": "brief-2", "model": "scribe-2"});
    let tags = json!(["brand:fern", "channel:email"]);
    let one = robot.create(copy("Crème brûlée", json!({"provenance": spring, "tags": tags, "description": "Sweet."}))).await.ok();
    let two = json!({"type": "blog", "provenance": autumn, "tags": ["brand:fern"], "content": {"text": "Straße und Äpfel"}});
    let two = robot.create(copy("Orchard", two)).await.ok();
    let three = robot.create_sample(&sample("hero.png")).await.ok();
    (robot, [one, two, three])
}

#[tokio::test]
async fn each_filter_finds_what_it_says() {
    let app = App::start().await;
    let (robot, [one, ..]) = shelf(&app).await;
    robot.submit(&one).await.ok();
    app.person("ann").await.approve(&one).await.ok();
    let (first, second, third) = ("Crème brûlée", "Orchard", "hero.png");
    let digest = one["latest_version"]["content"]["digest"].as_str().unwrap();
    let created = one["created_at"].as_str().unwrap();
    let cases = vec![
        (vec![], vec![third, second, first]),
        (vec![("type", "copy")], vec![first]),
        (vec![("type", "copy"), ("type", "image")], vec![third, first]),
        (vec![("status", "approved")], vec![first]),
        (vec![("status", "approved"), ("status", "draft")], vec![third, second, first]),
        (vec![("status", "archived")], vec![]),
        (vec![("agent", "blogger")], vec![second]),
        (vec![("run_id", "run-1")], vec![first]),
        (vec![("campaign_id", "autumn")], vec![second]),
        (vec![("brand_id", "fern")], vec![first]),
        (vec![("brief_id", "brief-2")], vec![second]),
        (vec![("model", "scribe-1")], vec![first]),
        (vec![("digest", digest)], vec![first]),
        (vec![("tag", "brand:fern")], vec![second, first]),
        (vec![("tag", "brand:fern"), ("tag", "channel:email")], vec![first]),
        (vec![("tag", "brand:other")], vec![]),
        (vec![("has_approved", "true")], vec![first]),
        (vec![("has_approved", "false")], vec![third, second]),
        (vec![("created_after", created)], vec![third, second]),
        (vec![("created_before", created)], vec![]),
        (vec![("created_before", "2100-01-01T00:00:00Z")], vec![third, second, first]),
        (vec![("updated_after", "2100-01-01T00:00:00+02:00")], vec![]),
        (vec![("updated_before", "2100-01-01T00:00:00Z"), ("type", "blog")], vec![second]),
        (vec![("type", "copy"), ("campaign_id", "autumn")], vec![]),
        (vec![("tag", "brand:fern"), ("campaign_id", "autumn"), ("type", "blog")], vec![second]),
    ];
    for (filters, expected) in cases {
        let mut asked = filters.clone();
        asked.push(("include", "total"));
        let page = robot.list(&asked).await.ok();
        assert_eq!(titles(&page), expected, "{filters:?}");
        assert_eq!(page["total"], expected.len(), "{filters:?}");
    }
    assert!(robot.list(&[]).await.ok().get("total").is_none());
}

#[tokio::test]
async fn words_are_found_whatever_their_case_and_accents() {
    let app = App::start().await;
    let (robot, _) = shelf(&app).await;
    let cases = [
        ("creme brulee", "Crème brûlée"),
        ("BRÛLÉE Crème", "Crème brûlée"),
        ("creme bru", "Crème brûlée"),
        ("sweet", "Crème brûlée"),
        ("email", "Crème brûlée"),
        ("apfel", "Orchard"),
        ("strasse orch", "Orchard"),
        ("Straße orch", "Orchard"),
        ("cre brulee", ""),
        ("creme orchard", ""),
        ("hero", "hero.png"),
        ("nothing", ""),
    ];
    for (words, expected) in cases {
        let page = robot.list(&[("q", words)]).await.ok();
        let expected: Vec<_> = Some(expected).filter(|title| !title.is_empty()).into_iter().collect();
        assert_eq!(titles(&page), expected, "{words}");
    }
    assert_eq!(titles(&robot.list(&[("q", "  ")]).await.ok()).len(), 3);
}

#[tokio::test]
async fn filters_look_at_the_latest_version() {
    let app = App::start().await;
    let (robot, [one, ..]) = shelf(&app).await;
    let body = json!({"provenance": {"campaign_id": "winter"}, "content": {"text": "Snow."}});
    robot.act(&one, "versions", body).await.ok();
    robot.update(&one, json!({"title": "Renamed", "tags": []})).await.ok();
    assert_eq!(titles(&robot.list(&[("campaign_id", "winter")]).await.ok()), ["Renamed"]);
    for gone in [("campaign_id", "spring"), ("tag", "channel:email"), ("q", "brulee")] {
        assert_eq!(titles(&robot.list(&[gone]).await.ok()), [""; 0], "{gone:?}");
    }
    assert_eq!(titles(&robot.list(&[("q", "snow")]).await.ok()), ["Renamed"]);
    assert_eq!(titles(&robot.list(&[("run_id", "run-1")]).await.ok()), ["Renamed"]);
}

#[tokio::test]
async fn archived_assets_are_listed_like_others_and_deleted_ones_are_not() {
    let app = App::start().await;
    let (robot, [one, two, _]) = shelf(&app).await;
    robot.archive(&one).await.ok();
    robot.delete(&two).await.status(204);
    let page = robot.list(&[]).await.ok();
    assert_eq!(titles(&page), ["hero.png", "Crème brûlée"]);
    assert_eq!(titles(&robot.list(&[("status", "archived")]).await.ok()), ["Crème brûlée"]);
    assert_eq!(page["items"][1]["preview_url"], Value::Null);
    assert!(page["items"][0].get("versions").is_none() && page["items"][0].get("decisions").is_none());
}

#[tokio::test]
async fn pages_follow_each_other_to_the_end() {
    let app = App::start().await;
    let robot = app.agent("robot").await;
    for number in 0..7 {
        robot.create(copy(&format!("{number}"), json!({}))).await.ok();
    }
    let (mut found, mut cursor) = (Vec::new(), None);
    loop {
        let mut asked = vec![("limit", "3")];
        asked.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
        let page = robot.list(&asked).await.ok();
        found.extend(titles(&page).into_iter().map(str::to_owned));
        // What is added meanwhile is newer than all that is still to come.
        robot.create(copy("later", json!({}))).await.ok();
        cursor = page["next_cursor"].as_str().map(str::to_owned);
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(found, ["6", "5", "4", "3", "2", "1", "0"]);
}

#[tokio::test]
async fn a_cursor_is_good_for_its_list_alone() {
    let app = App::start().await;
    let (robot, _) = shelf(&app).await;
    let ann = app.person("ann").await;
    let page = robot.list(&[("limit", "1"), ("tag", "brand:fern")]).await.ok();
    let cursor = page["next_cursor"].as_str().unwrap();
    assert_eq!(titles(&robot.list(&[("limit", "5"), ("tag", "brand:fern"), ("cursor", cursor)]).await.ok()), ["Crème brûlée"]);
    assert_eq!(titles(&ann.list(&[("tag", "brand:fern"), ("cursor", cursor)]).await.ok()), ["Crème brûlée"]);
    app.workspace("elsewhere");
    let elsewhere = app.key_in("elsewhere", "eve", "person", &["*"]);
    let publisher = app.publisher().await;
    let altered = format!("{}x", cursor);
    for (who, filters) in [
        (&robot, vec![("cursor", cursor)]),
        (&robot, vec![("tag", "brand:other"), ("cursor", cursor)]),
        (&robot, vec![("tag", "brand:fern"), ("sort", "submitted_at"), ("cursor", cursor)]),
        (&robot, vec![("tag", "brand:fern"), ("cursor", &altered)]),
        (&robot, vec![("tag", "brand:fern"), ("cursor", "")]),
        (&elsewhere, vec![("tag", "brand:fern"), ("cursor", cursor)]),
        (&publisher, vec![("tag", "brand:fern"), ("cursor", cursor)]),
    ] {
        who.list(&filters).await.status(400).problem("invalid_cursor");
    }
}

#[tokio::test]
async fn the_review_queue_is_first_come_first_served() {
    let app = App::start().await;
    let robot = app.agent("robot").await;
    let mut assets = Vec::new();
    for title in ["a", "b", "c", "d"] {
        assets.push(robot.create(copy(title, json!({}))).await.ok());
    }
    for at in [2, 0, 3] {
        robot.submit(&assets[at]).await.ok();
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    robot.withdraw(&assets[0]).await.ok();
    robot.submit(&assets[0]).await.ok();
    let queue = [("sort", "submitted_at"), ("status", "pending_review")];
    assert_eq!(titles(&robot.list(&queue).await.ok()), ["c", "d", "a"]);
    let first = robot.list(&[queue[0], queue[1], ("limit", "2")]).await.ok();
    let next = robot.list(&[queue[0], queue[1], ("limit", "2"), ("cursor", first["next_cursor"].as_str().unwrap())]).await.ok();
    assert_eq!((titles(&first), titles(&next)), (vec!["c", "d"], vec!["a"]));
}

#[tokio::test]
async fn a_limit_is_bounded() {
    let app = App::start().await;
    let robot = app.agent("robot").await;
    for number in 0..52 {
        robot.create(copy(&format!("{number}"), json!({}))).await.ok();
    }
    let length = async |limit: &[(&str, &str)]| robot.list(limit).await.ok()["items"].as_array().unwrap().len();
    assert_eq!(length(&[]).await, 50);
    assert_eq!(length(&[("limit", "1")]).await, 1);
    assert_eq!(length(&[("limit", "200")]).await, 52);
    assert_eq!(length(&[("limit", "999999999999")]).await, 52);
}

#[tokio::test]
async fn what_is_not_understood_is_named() {
    let app = App::start().await;
    let robot = app.agent("robot").await;
    for (name, value) in [
        ("limit", "0"),
        ("limit", "-1"),
        ("limit", "ten"),
        ("colour", "red"),
        ("type", "song"),
        ("status", "Draft"),
        ("status", "changes_requested"),
        ("digest", "sha256:xyz"),
        ("tag", "nonamespace"),
        ("has_approved", "yes"),
        ("created_after", "yesterday"),
        ("updated_before", "2026-01-01"),
        ("sort", "title"),
        ("include", "everything"),
        ("q", &"x".repeat(300)),
        ("agent", ""),
    ] {
        let refused = robot.list(&[(name, value)]).await.status(422).problem("invalid_request");
        assert_eq!(refused["errors"][0]["loc"], json!(["query", name]), "{value}");
    }
    let twice = robot.list(&[("limit", "1"), ("limit", "2")]).await.status(422).problem("invalid_request");
    assert_eq!(twice["errors"][0]["loc"], json!(["query", "limit"]));
    let several = robot.list(&[("limit", "0"), ("colour", "red")]).await.status(422).problem("invalid_request");
    assert_eq!(several["errors"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_page_that_has_not_changed_is_not_sent_again() {
    let app = App::start().await;
    let (robot, [one, ..]) = shelf(&app).await;
    let page = robot.list(&[("type", "copy")]).await;
    let etag = page.need("etag");
    let same = robot.list(&[("type", "copy")]).header("if-none-match", &etag).await;
    // Links repeat within a window; at its turn the page has changed.
    if same.status != 304 {
        let etag = same.need("etag");
        robot.list(&[("type", "copy")]).header("if-none-match", etag).await.status(304);
    }
    robot.submit(&one).await.ok();
    robot.list(&[("type", "copy")]).header("if-none-match", &etag).await.status(200);
}
