//! Links that work without a key, for as long as they should.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test that cannot go on fails")]

use assets_tests::{App, Caller, Reply, Value, json, sample};

struct Stage {
    robot: Caller,
    ann: Caller,
    asset: Value,
    link: String,
}

async fn stage(app: &App) -> Stage {
    let (robot, ann) = (app.agent("robot").await, app.person("ann").await);
    let asset = robot.create_sample(&sample("hero.png")).await.ok();
    let link = url(robot.preview_url(&asset).await);
    Stage { robot, ann, asset, link }
}

fn url(reply: Reply) -> String {
    reply.ok()["url"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_link_works_without_a_key_and_says_for_how_long() {
    let app = App::start().await;
    let Stage { robot, asset, link, .. } = stage(&app).await;
    let followed = app.follow(&link).await.status(200);
    assert_eq!(followed.bytes, sample("hero.png").bytes);
    assert_eq!(followed.need("content-type"), "image/png");
    assert_eq!(followed.need("cache-control"), "private, max-age=300");
    assert_eq!(followed.need("referrer-policy"), "no-referrer");
    let part = app.follow(&link).header("range", "bytes=1-3").await.status(206);
    assert_eq!(&part.bytes[..], b"PNG");

    let now = chrono::DateTime::parse_from_rfc2822(&followed.need("date")).unwrap();
    for (asked, seconds) in [("60", 60), ("3600", 3600), ("604800", 604_800)] {
        let given = robot.preview_url(&asset).query(&[("expires_in", asked)]).await.ok();
        let lives = (chrono::DateTime::parse_from_rfc3339(given["expires_at"].as_str().unwrap()).unwrap() - now).num_seconds();
        assert!((seconds - 2..=seconds * 2 + 3600).contains(&lives), "asked for {asked} s, given {lives} s");
        assert_eq!(given["media_type"], "image/png");
    }
}

#[tokio::test]
async fn the_same_link_is_given_twice_so_that_caches_can_hold_it() {
    let app = App::start().await;
    let Stage { robot, asset, link, .. } = stage(&app).await;
    let again = url(robot.preview_url(&asset).await);
    let beside = robot.history(&asset).await.ok();
    // Only at the turn of a window may one differ from the next.
    let third = url(robot.preview_url(&asset).await);
    assert!(again == link || third == again, "{link} {again} {third}");
    assert!(beside["preview_url"] == again.as_str() || beside["preview_url"] == third.as_str());
}

#[tokio::test]
async fn an_altered_link_is_refused() {
    let app = App::start().await;
    let Stage { link, .. } = stage(&app).await;
    let (front, name) = link.rsplit_once('/').unwrap();
    app.follow(&format!("{front}/other.png")).await.status(403).problem("invalid_link");
    let (base, token) = front.rsplit_once('/').unwrap();
    for (place, _) in token.char_indices() {
        let mut altered = token.as_bytes().to_vec();
        altered[place] = if altered[place] == b'A' { b'B' } else { b'A' };
        let altered = String::from_utf8(altered).unwrap();
        app.follow(&format!("{base}/{altered}/{name}")).await.status(403).problem("invalid_link");
    }
    app.follow(&format!("{base}/{}/{name}", &token[1..])).await.status(403).problem("invalid_link");
    app.follow(&format!("{base}/x/{name}")).await.status(403).problem("invalid_link");
    app.follow(&format!("{link}?download=1")).await.status(400).problem("bad_request");
    app.follow(&link).await.status(200);
}

#[tokio::test]
async fn new_work_and_approval_leave_links_alone() {
    let app = App::start().await;
    let Stage { robot, ann, asset, link } = stage(&app).await;
    robot.submit(&asset).await.ok();
    app.follow(&link).await.status(200);
    ann.approve(&asset).await.ok();
    app.follow(&link).await.status(200);
    robot.add_file_version(&asset, "other.jpg", "image/jpeg", sample("tulips.jpg").bytes).await.ok();
    assert_eq!(app.follow(&link).await.status(200).bytes, sample("hero.png").bytes);
    robot.submit(&asset).await.ok();
    ann.request_changes(&asset, "Not this one.").await.ok();
    app.follow(&link).await.status(200);
    ann.rollback(&asset, 1).await.ok();
    app.follow(&link).await.status(200);
}

#[tokio::test]
async fn taking_back_kills_every_link_for_good() {
    let app = App::start().await;
    for action in ["archive", "revoke", "request-changes", "delete"] {
        let Stage { robot, ann, asset, link } = stage(&app).await;
        if action == "delete" {
            robot.delete(&asset).await.status(204);
            app.follow(&link).await.status(410).problem("link_gone");
            continue;
        }
        robot.submit(&asset).await.ok();
        ann.approve(&asset).await.ok();
        ann.act(&asset, action, json!({"comment": "because"})).await.ok();
        app.follow(&link).await.status(410).problem("link_gone");
        if action == "archive" {
            ann.restore(&asset).await.ok();
        }
        app.follow(&link).await.status(410).problem("link_gone");
        let fresh = url(robot.preview_url(&asset).await);
        assert_ne!(fresh, link);
        app.follow(&fresh).await.status(200);
        app.follow(&link).await.status(410).problem("link_gone");
    }
}

#[tokio::test]
async fn an_archived_asset_gives_no_link() {
    let app = App::start().await;
    let Stage { robot, asset, .. } = stage(&app).await;
    let archived = robot.archive(&asset).await.ok();
    assert_eq!(archived["preview_url"], Value::Null);
    robot.preview_url(&asset).await.status(410).problem("link_gone");
}

#[tokio::test]
async fn what_a_link_cannot_be_made_for_is_named() {
    let app = App::start().await;
    let Stage { robot, asset, .. } = stage(&app).await;
    for (name, value) in
        [("expires_in", "59"), ("expires_in", "604801"), ("expires_in", "soon"), ("version", "0"), ("variant", "huge"), ("size", "1")]
    {
        let refused = robot.preview_url(&asset).query(&[(name, value)]).await.status(422).problem("invalid_request");
        assert_eq!(refused["errors"][0]["loc"], json!(["query", name]), "{value}");
    }
    robot.preview_url(&asset).query(&[("version", "2")]).await.status(404).problem("not_found");
}

#[tokio::test]
async fn links_begin_with_the_public_url() {
    let app = App::with(&[("ASSETS_PUBLIC_URL", "https://assets.example.com/store")]).await;
    let asset = app.first_agent().create_copy("x").await.ok();
    assert!(asset["preview_url"].as_str().unwrap().starts_with("https://assets.example.com/store/p/"), "{asset}");
}
