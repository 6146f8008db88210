//! Every type of asset is shown by its link alone, in each of its variants; and what shows it goes with it.

#![expect(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test that cannot go on fails")]

use assets_tests::{App, Caller, Reply, Value, json, sample};

async fn link(by: &Caller, asset: &Value, variant: &str) -> Value {
    by.preview_url(asset).query(&[("variant", variant)]).await.ok()
}

async fn shown(app: &App, by: &Caller, asset: &Value, variant: &str) -> Reply {
    app.follow(link(by, asset, variant).await["url"].as_str().unwrap()).await.status(200)
}

/// Width and height of a WebP picture.
fn size(picture: &Reply) -> (u32, u32) {
    assert_eq!(picture.need("content-type"), "image/webp", "{picture}");
    assert_eq!(&picture.bytes[..4], b"RIFF", "{picture}");
    let number =
        |at: usize, bytes: usize| picture.bytes[at..at + bytes].iter().rev().fold(0, |number, byte| number << 8 | u32::from(*byte));
    match &picture.bytes[12..16] {
        b"VP8 " => (number(26, 2) & 0x3fff, number(28, 2) & 0x3fff),
        b"VP8L" => ((number(21, 4) & 0x3fff) + 1, (number(21, 4) >> 14 & 0x3fff) + 1),
        b"VP8X" => (number(24, 3) + 1, number(27, 3) + 1),
        other => panic!("no picture: {other:?}"),
    }
}

const ALL: [(&str, &[&str]); 14] = [
    ("newsletter.txt", &["text"]),
    ("social.md", &["text"]),
    ("headlines.json", &["text"]),
    ("hero.png", &[]),
    ("tulips.jpg", &[]),
    ("story.webp", &[]),
    ("packet.svg", &[]),
    ("deck.pptx", &["text", "slide-1"]),
    ("deck.pdf", &["text", "slide-1"]),
    ("teaser.mp4", &[]),
    ("first-warm-day.md", &["text"]),
    ("north-side.html", &["text"]),
    ("seeds-that-wait.txt", &["text"]),
    ("banners.zip", &[]),
];

#[tokio::test]
async fn every_type_has_pictures_of_three_sizes_and_a_page() {
    let app = App::start().await;
    let robot = app.agent("robot").await;
    for (name, further) in ALL {
        let asset = robot.create_sample(&sample(name)).await.ok();
        for (variant, longest) in [("thumbnail", 256), ("small", 640), ("large", 1600)] {
            let picture = shown(&app, &robot, &asset, variant).await;
            let (width, height) = size(&picture);
            assert!((16..=longest).contains(&width.max(height)), "{name} {variant}: {width} × {height}");
            assert!(picture.need("content-disposition").starts_with("inline; filename=\""), "{name}");
            assert!(picture.need("content-disposition").contains(&format!("-{variant}.webp\"")), "{name}");
            assert_eq!(picture.need("cross-origin-resource-policy"), "cross-origin");
        }
        let page = shown(&app, &robot, &asset, "page").await;
        assert_eq!(page.need("content-type"), "text/html; charset=utf-8", "{name}");
        assert!(page.need("content-disposition").starts_with("inline"), "{name}");
        assert!(page.need("content-security-policy").starts_with("sandbox; default-src 'none';"), "{name}");
        assert!(page.text().starts_with("<!doctype html>") && !page.text().contains("<script"), "{name}: {}", page.text());
        for variant in further {
            let kind = shown(&app, &robot, &asset, variant).await.need("content-type");
            let expected = if *variant == "text" { "text/plain; charset=utf-8" } else { "image/webp" };
            assert_eq!(kind, expected, "{name} {variant}");
        }
    }
}

#[tokio::test]
async fn what_cannot_be_shown_says_why_and_nothing_else_suffers() {
    let app = App::start().await;
    let robot = app.agent("robot").await;
    for (name, variant, why) in [("teaser.mp4", "large", "needs_ffmpeg"), ("deck.pptx", "slide-2", "needs_libreoffice")] {
        let asset = robot.create_sample(&sample(name)).await.ok();
        let placeholder = shown(&app, &robot, &asset, variant).await;
        assert_eq!(placeholder.need("assets-placeholder"), why);
        size(&placeholder);
        shown(&app, &robot, &asset, "page").await;
        assert_eq!(shown(&app, &robot, &asset, "original").await.bytes, sample(name).bytes);
    }
    let broken = [&sample("hero.png").bytes[..200], &[0; 3000]].concat();
    let asset = robot.create_file("image", "broken.png", "image/png", broken).await.ok();
    assert_eq!(shown(&app, &robot, &asset, "thumbnail").await.need("assets-placeholder"), "unreadable");
    let hero = robot.create_sample(&sample("hero.png")).await.ok();
    assert_eq!(shown(&app, &robot, &hero, "thumbnail").await.header("assets-placeholder"), None);
}

#[tokio::test]
async fn a_picture_keeps_its_proportions_and_is_never_enlarged() {
    let app = App::start().await;
    let robot = app.agent("robot").await;
    let hero = robot.create_sample(&sample("hero.png")).await.ok();
    let mut sizes = Vec::new();
    for variant in ["thumbnail", "small", "large"] {
        sizes.push(size(&shown(&app, &robot, &hero, variant).await));
    }
    assert_eq!(sizes, [(256, 144), (640, 360), (1200, 675)]);
}

#[tokio::test]
async fn text_is_read_as_it_was_written_and_without_what_acts() {
    let app = App::start().await;
    let robot = app.agent("robot").await;
    let draft = "# Spring\n\n| bulb | weeks |\n|---|---|\n| tulip | 12 |\n\n<script>alert(1)</script>\n\n[go](javascript:alert(1)) <img src=x onerror=alert(1)>\n";
    let asset = robot.create_file("blog", "draft.md", "text/markdown", draft).await.ok();
    let page = shown(&app, &robot, &asset, "page").await.text();
    assert!(page.contains("<h1") && page.contains("<table>") && page.contains("tulip"), "{page}");
    assert!(!page.contains("<script") && !page.contains("onerror") && !page.contains("javascript:"), "{page}");
    let text = shown(&app, &robot, &asset, "text").await.text();
    assert!(text.contains("Spring") && text.contains("tulip") && !text.contains('<'), "{text}");
}

#[tokio::test]
async fn a_page_of_a_deck_shows_its_slides_by_links_that_end_with_its_own() {
    let app = App::start().await;
    let robot = app.agent("robot").await;
    let deck = robot.create_sample(&sample("deck.pdf")).await.ok();
    let pages = deck["latest_version"]["content"]["facts"]["pages"].as_u64().unwrap();
    let page = shown(&app, &robot, &deck, "page").await.text();
    let slides: Vec<&str> = page.split("<img src=\"").skip(1).map(|rest| rest.split_once('"').unwrap().0).collect();
    assert_eq!(u64::try_from(slides.len()).unwrap(), pages);
    let mut last = Vec::new();
    for slide in slides {
        let picture = app.follow(slide).await.status(200);
        let (width, height) = size(&picture);
        assert_eq!(width.max(height), 1600);
        assert_ne!(picture.bytes, last, "each slide is another");
        last = picture.bytes.to_vec();
    }
    let beyond = format!("slide-{}", pages + 1);
    let refused = robot.preview_url(&deck).query(&[("variant", &beyond)]).await.status(422).problem("invalid_request");
    assert_eq!(refused["errors"][0]["loc"], json!(["query", "variant"]));
}

#[tokio::test]
async fn a_variant_that_a_type_does_not_have_is_refused() {
    let app = App::start().await;
    let robot = app.agent("robot").await;
    let (hero, copy) = (robot.create_sample(&sample("hero.png")).await.ok(), robot.create_copy("words").await.ok());
    for (asset, variant) in [(&hero, "text"), (&hero, "slide-1"), (&copy, "slide-1"), (&copy, "slide-0"), (&copy, "huge")] {
        let refused = robot.preview_url(asset).query(&[("variant", variant)]).await.status(422).problem("invalid_request");
        assert_eq!(refused["errors"][0]["loc"], json!(["query", "variant"]), "{variant}");
    }
}

#[tokio::test]
async fn a_link_is_for_its_variant_alone() {
    let app = App::start().await;
    let robot = app.agent("robot").await;
    let hero = robot.create_sample(&sample("hero.png")).await.ok();
    let (small, large) = (link(&robot, &hero, "small").await, link(&robot, &hero, "large").await);
    let (small, large) = (small["url"].as_str().unwrap(), large["url"].as_str().unwrap());
    let name = large.rsplit_once('/').unwrap().1;
    let mixed = format!("{}/{name}", small.rsplit_once('/').unwrap().0);
    app.follow(&mixed).await.status(403).problem("invalid_link");
    assert_eq!(link(&robot, &hero, "small").await["media_type"], "image/webp");
    assert_eq!(link(&robot, &hero, "page").await["media_type"], "text/html");
}

#[tokio::test]
async fn variants_are_cached_asked_for_in_pieces_and_taken_back_like_the_original() {
    let app = App::start().await;
    let (robot, ann) = (app.agent("robot").await, app.person("ann").await);
    let hero = robot.create_sample(&sample("hero.png")).await.ok();
    let links =
        [link(&robot, &hero, "thumbnail").await, link(&robot, &hero, "page").await].map(|link| link["url"].as_str().unwrap().to_owned());
    for link in &links {
        let whole = app.follow(link).await.status(200);
        assert_eq!(whole.need("cache-control"), "private, max-age=300");
        assert_eq!(whole.need("x-robots-tag"), "noindex");
        app.follow(link).header("if-none-match", whole.need("etag")).await.status(304);
    }
    let whole = app.follow(&links[0]).await.bytes;
    assert_eq!(app.follow(&links[0]).header("range", "bytes=4-9").await.status(206).bytes, whole[4..10]);
    ann.archive(&hero).await.ok();
    for link in &links {
        app.follow(link).await.status(410).problem("link_gone");
    }
}

#[tokio::test]
async fn the_stable_link_shows_what_stands_approved_and_never_a_draft() {
    let app = App::start().await;
    let (robot, ann) = (app.agent("robot").await, app.person("ann").await);
    let hero = robot.create_sample(&sample("hero.png")).await.ok();
    let stable = |link: Value| link["stable_url"].as_str().unwrap().to_owned();
    let original = stable(link(&robot, &hero, "original").await);
    let picture = stable(link(&robot, &hero, "small").await);
    let page = stable(link(&robot, &hero, "page").await);
    assert!(original.contains(&format!("/a/{}/", hero["id"].as_str().unwrap())));
    let neutral = async || {
        for link in [&original, &picture, &page] {
            let placeholder = app.follow(link).await.status(200);
            assert_eq!(placeholder.need("assets-placeholder"), "not_approved");
            assert_eq!(placeholder.need("cache-control"), "no-store");
            assert!(!String::from_utf8_lossy(&placeholder.bytes).contains("hero"));
        }
        size(&app.follow(&original).await);
        size(&app.follow(&picture).await);
    };
    neutral().await;
    robot.submit(&hero).await.ok();
    neutral().await;
    ann.approve(&hero).await.ok();
    let approved = app.follow(&original).await.status(200);
    assert_eq!((approved.bytes.clone(), approved.need("cache-control")), (sample("hero.png").bytes, "private, no-cache".to_owned()));
    assert_eq!(size(&app.follow(&picture).await.status(200)), (640, 360));
    assert!(app.follow(&page).await.status(200).text().contains("hero.png"));

    // A range alone could sew two versions together.
    assert_eq!(app.follow(&original).header("range", "bytes=4-9").await.status(200).bytes, approved.bytes);
    let part = app.follow(&original).header("range", "bytes=4-9").header("if-range", approved.need("etag")).await.status(206);
    assert_eq!(part.bytes, approved.bytes[4..10]);

    let tulips = sample("tulips.jpg").bytes;
    robot.add_file_version(&hero, "tulips.jpg", "image/jpeg", tulips.clone()).await.ok();
    assert_eq!(app.follow(&original).await.status(200).bytes, approved.bytes);
    robot.submit(&hero).await.ok();
    ann.approve(&hero).await.ok();
    assert_eq!(app.follow(&original).await.status(200).bytes, tulips);
    assert_eq!(app.follow(&original).header("if-none-match", approved.need("etag")).await.status(200).bytes, tulips);

    ann.act(&hero, "revoke", json!({"comment": "because"})).await.ok();
    neutral().await;
    let other = robot.create_sample(&sample("hero.png")).await.ok();
    let swapped = original.replace(hero["id"].as_str().unwrap(), other["id"].as_str().unwrap());
    app.follow(&swapped).await.status(403).problem("invalid_link");
    app.follow(&format!("{original}?download=1")).await.status(400).problem("bad_request");
}

#[tokio::test]
async fn content_has_an_origin_of_its_own_where_one_is_set() {
    let app = App::with(&[("ASSETS_PUBLIC_URL", "http://assets.example"), ("ASSETS_CONTENT_URL", "http://content.example")]).await;
    let robot = app.first_agent();
    let hero = robot.create_sample(&sample("hero.png")).await.ok();
    let given = link(&robot, &hero, "page").await;
    for link in [hero["preview_url"].as_str().unwrap(), given["url"].as_str().unwrap(), given["stable_url"].as_str().unwrap()] {
        assert!(link.starts_with("http://content.example/"), "{link}");
        app.follow(link).header("host", "content.example").await.status(200);
        app.follow(link).header("host", "assets.example").await.status(404).problem("not_found");
        let disguised = link.replace("/p/", "/%70/").replace("/a/", "/%61/");
        app.follow(&disguised).header("host", "assets.example").await.status(404).problem("not_found");
    }
    let page = app.follow(given["url"].as_str().unwrap()).header("host", "content.example").await.status(200);
    assert!(page.need("content-security-policy").ends_with("frame-ancestors http://assets.example"), "{page}");
    robot.get("/api/v1/assets").header("host", "content.example").await.status(404).problem("not_found");
    app.stranger().get("/docs/").header("host", "content.example").await.status(404);
    app.stranger().get("/healthz").header("host", "content.example").await.status(200);
}

#[tokio::test]
async fn a_variant_whose_file_is_damaged_is_made_again_and_the_original_is_not_delivered() {
    let app = App::start().await;
    let robot = app.agent("robot").await;
    let asset = robot.create_copy("plumless").await.ok();
    let before = app.stored().await;
    let whole = shown(&app, &robot, &asset, "page").await.bytes;
    let (made, _) = app.stored().await.into_iter().find(|(file, _)| !before.contains_key(file)).unwrap();
    app.store().tamper(&made, &vec![0; whole.len()]).await;
    for _ in 0..2 {
        assert_eq!(shown(&app, &robot, &asset, "page").await.bytes, whole);
    }
    app.store().tamper(before.keys().next().unwrap(), b"buckeroo").await;
    let original = link(&robot, &asset, "original").await;
    app.follow(original["url"].as_str().unwrap()).await.status(500).problem("internal");
}

#[tokio::test]
async fn a_backup_leaves_out_what_can_be_made_again() {
    let app = App::embedded(&[]).await;
    let robot = app.agent("robot").await;
    let hero = robot.create_sample(&sample("hero.png")).await.ok();
    shown(&app, &robot, &hero, "thumbnail").await;
    assert_eq!(app.stored().await.len(), 4, "the pictures are kept beside the original");
    app.command(&["fsck"]).ok();
    let copy = app.folder().join("copy");
    let said = app.command(&["backup", copy.to_str().unwrap()]).ok();
    assert!(said.starts_with("1 files"), "{said}");
    let twin = App::over(&copy, &[]).await;
    assert_eq!(size(&shown(&twin, &robot.at(&twin), &hero, "thumbnail").await), (256, 144));
}
