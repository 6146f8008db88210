//! Pages, words and pictures of writing.

mod bench;

use assets_domain::{AssetType, MediaType, Variant};
use bench::{Made, content, render, workshop};

async fn written(asset_type: AssetType, media_type: MediaType, variant: Variant, text: &str) -> Made {
    render(&workshop(), asset_type, media_type, variant, &content(text.to_owned())).await
}

const MARKDOWN: &str = "---\ntitle: hidden\n---\n# Spring *launch*\n\nA lamp that **knows** when you read.[^1] It costs ~~90~~ 79 €.\n\n\
| Size | Price |\n|:-----|------:|\n| small | 79 € |\n| large | 119 € |\n\n- [x] written\n- [ ] read\n\n> Light is a promise.\n\n\
```rust\nfn main() { lamp(); }\n```\n\n![a lamp on a desk](https://evil.example/track.png) [shop](https://shop.example) [bad](javascript:alert(1))\n\n\
<script>alert(1)</script>\n\n[^1]: It really does.\n";

#[tokio::test]
async fn markdown_becomes_a_page_with_its_tables_notes_and_lists() {
    let made = written(AssetType::Blog, MediaType::Markdown, Variant::Page, MARKDOWN).await;
    made.show("markdown");
    let page = made.text(Variant::Page);
    for piece in [
        "<h1>Spring <em>launch</em></h1>",
        "<table>",
        "text-align:right",
        "<del>90</del>",
        "☑ written",
        "☐ read",
        "<pre>",
        "charset=\"utf-8\"",
    ] {
        assert!(page.contains(piece), "{piece} is missing in {page}");
    }
    for piece in ["hidden", "<script", "javascript:", "evil.example", "alert(1)"] {
        assert!(!page.contains(piece), "{piece} is in {page}");
    }
    assert!(page.contains("a lamp on a desk") && page.contains("rel=\"noopener noreferrer nofollow\""));
    assert!(page.contains("<title>Spring launch</title>"));
}

#[tokio::test]
async fn words_are_what_a_reader_reads() {
    let made = written(AssetType::Blog, MediaType::Markdown, Variant::Text, MARKDOWN).await;
    let words = made.text(Variant::Text);
    assert!(words.starts_with("Spring launch\n\nA lamp that knows when you read."), "{words}");
    assert!(words.contains("small\t79 €\nlarge\t119 €") && words.contains("- ☑ written\n- ☐ read"), "{words}");
    assert!(!words.contains("alert") && !words.contains('<'), "{words}");
}

#[tokio::test]
async fn of_hostile_html_nothing_hostile_is_left() {
    let html = r##"<h1 onclick="x()">Hi</h1><script>steal()</script><p style="position:fixed" onerror=x>text</p><iframe src="https://evil.example"></iframe>
        <svg onload=x><circle/></svg><style>body{background:url(https://evil.example)}</style><form action="https://evil.example"><input name=q><button>go</button></form>
        <a href="javascript:steal()">a</a><a href="JaVa&#x09;script:steal()">b</a><a href="data:text/html,<script>1</script>">c</a><a href="/relative">d</a><a href="#there">e</a>
        <img src=x onerror=steal()><img src="data:image/svg+xml;base64,AAAA" alt="drawn"><img src="data:image/png;base64,iVBORw0K" alt="kept"><img src="https://evil.example/p.gif" alt='a "b" <i>'>
        <base href="https://evil.example"><meta http-equiv="refresh" content="0;url=https://evil.example"><link rel=stylesheet href="https://evil.example"><math><mtext><script>steal()</script></mtext></math>"##;
    let made = written(AssetType::Blog, MediaType::Html, Variant::Page, html).await;
    let page = made.text(Variant::Page);
    let body = page.split("<body>").nth(1).unwrap();
    for piece in [
        "<script",
        "steal",
        "onclick",
        "onerror",
        "onload",
        "<iframe",
        "<svg",
        "<style",
        "<form",
        "<input",
        "<base",
        "<meta",
        "<link",
        "evil.example",
        "svg+xml",
        "data:text",
        "position",
        "/relative",
    ] {
        assert!(!body.contains(piece), "{piece} is in {body}");
    }
    assert!(body.contains("<h1>Hi</h1>") && body.contains("data:image/png;base64,iVBORw0K") && body.contains("drawn"), "{body}");
    assert!(body.contains("a &quot;b&quot; &lt;i&gt;") && body.contains("href=\"#in-there\""), "{body}");
}

#[tokio::test]
async fn plain_text_keeps_its_lines_and_stays_text() {
    let made = written(AssetType::Copy, MediaType::PlainText, Variant::Page, "Light <b>on</b>\n  demand & more").await;
    assert!(made.text(Variant::Page).contains("Light &lt;b&gt;on&lt;/b&gt;\n  demand &amp; more"));
    let made = written(AssetType::Copy, MediaType::PlainText, Variant::Text, "Light\non demand").await;
    assert_eq!(made.text(Variant::Text), "Light\non demand\n");
}

const COPY: &str = r#"{"variants":[{"label":"Headline","locale":"en-GB","text":"A lamp that knows when you read"},
    {"label":"Headline","locale":"ar","text":"مصباح يعرف متى تقرأ"},{"label":"Call to action","text":"Switch it on"},
    {"label":"<b>Teaser</b>","locale":"de\" onload=x","text":"Eine Lampe, die weiß, wann Sie lesen. Sie schaltet sich ein, wenn Sie ein Buch aufschlagen, und aus, wenn Sie einschlafen."}]}"#;

#[tokio::test]
async fn wordings_stand_beside_each_other() {
    let made = written(AssetType::Copy, MediaType::Json, Variant::Page, COPY).await;
    made.show("copy");
    let page = made.text(Variant::Page);
    assert!(page.contains("lang=\"en-GB\"") && page.contains("31 characters") && page.contains("&lt;b&gt;Teaser"), "{page}");
    assert!(!page.contains("onload"));
    let made = written(AssetType::Copy, MediaType::Json, Variant::Text, COPY).await;
    assert!(made.text(Variant::Text).starts_with("Headline\nen-GB\nA lamp that knows when you read\n\nHeadline\nar\n"));
}

#[tokio::test]
async fn writing_has_a_picture() {
    for (name, asset_type, media_type, text) in [
        ("sheet-markdown", AssetType::Blog, MediaType::Markdown, MARKDOWN),
        ("sheet-copy", AssetType::Copy, MediaType::Json, COPY),
        ("sheet-short", AssetType::Copy, MediaType::PlainText, "A lamp that knows when you read."),
        ("sheet-hostile", AssetType::Copy, MediaType::PlainText, "</text><script>\u{0}\u{1b}&amp; <image href='file:///etc/passwd'/>"),
    ] {
        let made = written(asset_type, media_type, Variant::Large, text).await;
        made.show(name);
        assert_eq!(made.shortfall(Variant::Large), None, "{name}");
        let picture = made.picture(Variant::Large);
        assert_eq!(picture.width().max(picture.height()), 1600);
    }
}

#[tokio::test]
async fn what_is_longer_than_is_shown_says_so() {
    let made = written(AssetType::Blog, MediaType::PlainText, Variant::Text, &"lamp ".repeat(600_000)).await;
    assert!(made.text(Variant::Text).contains("[Only the first 2 MiB are shown here.]") && made.text(Variant::Text).len() < 2_200_000);
}
