//! Real files of each kind, as tools make them, and bytes that nobody would make in good faith.

#![expect(clippy::unwrap_used, reason = "in tests, what is unexpected should end the test")]

use std::ops::Range;

use assets_domain::{
    AssetType, Facts, MediaType,
    ports::{Breakage, Measured, MediaInspector, RandomRead, Unfit},
};
use assets_media::ByteInspector;
use async_trait::async_trait;
use bytes::Bytes;
use proptest::prelude::*;

/// Content that is held in memory.
struct Held(Bytes);

#[async_trait]
impl RandomRead for Held {
    async fn read(&self, range: Range<u64>) -> Result<Bytes, Breakage> {
        let place = |at: u64| usize::try_from(at.min(self.size_bytes())).unwrap();
        Ok(self.0.slice(place(range.start)..place(range.end)))
    }

    fn size_bytes(&self) -> u64 {
        u64::try_from(self.0.len()).unwrap()
    }
}

macro_rules! file {
    ($name:literal) => {
        include_bytes!(concat!("files/", $name)).as_slice()
    };
}

fn sniff(asset_type: AssetType, declared: Option<MediaType>, bytes: &[u8]) -> Result<MediaType, Unfit> {
    ByteInspector.sniff(asset_type, declared, bytes)
}

fn measure(asset_type: AssetType, media_type: MediaType, bytes: impl Into<Vec<u8>>) -> Result<Measured, Unfit> {
    let content = Held(Bytes::from(bytes.into()));
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(ByteInspector.measure(asset_type, media_type, &content)).unwrap()
}

fn facts(asset_type: AssetType, media_type: MediaType, bytes: &[u8]) -> Facts {
    measure(asset_type, media_type, bytes).unwrap().facts
}

fn pixels(width: u32, height: u32) -> Facts {
    Facts { width: Some(width), height: Some(height), ..Facts::default() }
}

/// Every fixture that can be stored: as what, as which type, with which facts.
fn files() -> Vec<(&'static [u8], AssetType, MediaType, Facts)> {
    use {AssetType as A, MediaType as M};
    let pages = |pages| Facts { pages: Some(pages), ..Facts::default() };
    let film = |seconds| Facts { duration_seconds: Some(seconds), ..pixels(128, 72) };
    vec![
        (file!("small.png"), A::Image, M::Png, pixels(64, 48)),
        (file!("small.jpg"), A::Image, M::Jpeg, pixels(80, 60)),
        (file!("small.gif"), A::Image, M::Gif, pixels(32, 24)),
        (file!("small.webp"), A::Image, M::Webp, pixels(96, 72)),
        (file!("small.avif"), A::Image, M::Avif, pixels(64, 64)),
        (file!("sized.svg"), A::Image, M::Svg, pixels(120, 80)),
        (file!("viewbox.svg"), A::Image, M::Svg, pixels(300, 150)),
        (file!("three.pptx"), A::Slide, M::Pptx, pages(3)),
        (file!("two.pdf"), A::Slide, M::Pdf, pages(2)),
        (file!("small.mp4"), A::Video, M::Mp4, film(2.0)),
        (file!("small.mov"), A::Video, M::QuickTime, film(1.5)),
        (file!("small.webm"), A::Video, M::Webm, Facts { duration_seconds: Some(1.0), ..pixels(64, 48) }),
        (file!("bundle.zip"), A::Bundle, M::Zip, Facts::default()),
    ]
}

/// A photograph with what a camera notes of how it was held.
fn held(turn: u8, is_big: bool) -> Vec<u8> {
    let tiff: &[u8] = if is_big {
        &[b'M', b'M', 0, b'*', 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, turn, 0, 0, 0, 0, 0, 0]
    } else {
        &[b'I', b'I', b'*', 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, turn, 0, 0, 0, 0, 0, 0, 0]
    };
    let (start, rest) = file!("small.jpg").split_at(2);
    [start, &[0xff, 0xe1, 0, 8 + 26], b"Exif\0\0", tiff, rest].concat()
}

#[test]
fn a_photograph_is_measured_as_it_is_shown() {
    for is_big in [true, false] {
        for turn in 1..=8 {
            let shown = if turn < 5 { pixels(80, 60) } else { pixels(60, 80) };
            assert_eq!(facts(AssetType::Image, MediaType::Jpeg, &held(turn, is_big)), shown, "{turn} {is_big}");
        }
        assert_eq!(facts(AssetType::Image, MediaType::Jpeg, &held(99, is_big)), pixels(80, 60));
    }
}

#[test]
fn every_real_file_is_known_by_its_bytes_and_measured() {
    for (bytes, asset_type, media_type, facts) in files() {
        assert_eq!(sniff(asset_type, None, bytes), Ok(media_type));
        assert_eq!(sniff(asset_type, Some(media_type), bytes), Ok(media_type), "as declared");
        assert_eq!(measure(asset_type, media_type, bytes).unwrap().facts, facts, "{media_type}");
    }
}

#[test]
fn no_other_type_of_asset_takes_a_real_file() {
    for (bytes, its_type, media_type, _) in files() {
        for other in AssetType::ALL.into_iter().filter(|other| *other != its_type && !other.takes(media_type)) {
            let is_text = media_type == MediaType::Svg && matches!(other, AssetType::Copy | AssetType::Blog);
            let is_archive = media_type == MediaType::Pptx && other == AssetType::Bundle;
            if !is_text && !is_archive {
                assert!(matches!(sniff(other, None, bytes), Err(Unfit::Type { .. })), "{media_type} as {other}");
            }
        }
    }
}

#[test]
fn what_is_declared_otherwise_is_refused_with_what_was_found() {
    let refused = sniff(AssetType::Image, Some(MediaType::Jpeg), file!("small.png"));
    assert_eq!(refused, Err(Unfit::Declared { declared: MediaType::Jpeg, found: "image/png".to_owned() }));
    let refused = sniff(AssetType::Image, Some(MediaType::Png), file!("sized.svg"));
    assert_eq!(refused, Err(Unfit::Declared { declared: MediaType::Png, found: "image/svg+xml".to_owned() }));
    let refused = sniff(AssetType::Blog, Some(MediaType::Pdf), b"# words");
    assert_eq!(refused, Err(Unfit::Declared { declared: MediaType::Pdf, found: "text".to_owned() }));
}

#[test]
fn relatives_of_what_is_taken_are_refused_by_name() {
    let found = |asset_type, bytes: &[u8]| match sniff(asset_type, None, bytes) {
        Err(Unfit::Type { found, .. }) => found,
        other => panic!("{other:?}"),
    };
    assert_eq!(found(AssetType::Video, file!("small.mkv")), "video/x-matroska");
    assert_eq!(found(AssetType::Video, file!("small.m4a")), "audio/mp4");
    assert_eq!(found(AssetType::Slide, file!("text.docx")), "a Word document");
    assert_eq!(found(AssetType::Slide, file!("bundle.zip")), "application/zip");
    assert_eq!(found(AssetType::Image, b"MZ\x90\x00\x03"), "a Windows program");
    assert_eq!(found(AssetType::Copy, file!("small.png")), "image/png");
    assert_eq!(found(AssetType::Image, b"<p>not a picture</p>"), "text");
    assert_eq!(found(AssetType::Video, b"\x00\x01\x02"), "not recognised");
}

#[test]
fn a_bundle_is_any_archive() {
    for archive in [file!("bundle.zip"), file!("three.pptx"), file!("text.docx"), b"PK\x05\x06\0\0\0\0".as_slice()] {
        assert_eq!(sniff(AssetType::Bundle, None, archive), Ok(MediaType::Zip));
    }
}

#[test]
fn empty_content_is_refused_for_every_type() {
    for asset_type in AssetType::ALL {
        assert_eq!(sniff(asset_type, None, b""), Err(Unfit::Malformed("the content is empty".to_owned())));
    }
}

#[test]
fn among_kinds_of_text_the_sender_decides() {
    use {AssetType as A, MediaType as M};
    assert_eq!(sniff(A::Copy, None, b"Buy now"), Ok(M::PlainText));
    assert_eq!(sniff(A::Blog, None, b"# Spring"), Ok(M::Markdown));
    assert_eq!(sniff(A::Blog, Some(M::Html), b"# Spring"), Ok(M::Html));
    assert_eq!(sniff(A::Copy, None, b" {\n \"variants\" : []}"), Ok(M::Json));
    assert_eq!(sniff(A::Copy, Some(M::PlainText), b"{\"variants\": []}"), Ok(M::PlainText));
    assert_eq!(sniff(A::Blog, None, b"{\"variants\": []}"), Ok(M::Markdown), "a blog has no variants");
    let refused = sniff(A::Copy, Some(M::Html), b"<p>");
    assert_eq!(refused, Err(Unfit::Type { asset_type: A::Copy, found: "text/html".to_owned() }));
}

#[test]
fn words_that_look_like_signatures_are_words() {
    for words in ["BMW is a car", "The wide river", "MZ is short for", "II*", "PK", "Rar!"] {
        assert_eq!(sniff(AssetType::Copy, None, words.as_bytes()), Ok(MediaType::PlainText), "{words}");
    }
}

#[test]
fn text_is_utf8_without_nul() {
    let not_utf8 = Err(Unfit::Malformed("the text is not valid UTF-8".to_owned()));
    assert_eq!(sniff(AssetType::Copy, None, b"caf\xe9"), not_utf8);
    assert!(matches!(sniff(AssetType::Copy, None, b"a\0b"), Err(Unfit::Type { .. })));
    assert_eq!(sniff(AssetType::Copy, None, "é".as_bytes().split_at(1).0), not_utf8, "all of it is shown");
}

#[test]
fn a_character_may_be_cut_in_two_where_the_head_ends_but_not_where_the_content_does() {
    let text = format!("{}é", "a".repeat(65_535));
    let head = &text.as_bytes()[..65_536];
    assert_eq!(sniff(AssetType::Copy, None, head), Ok(MediaType::PlainText));
    assert!(measure(AssetType::Copy, MediaType::PlainText, text.as_bytes()).is_ok());
    assert!(matches!(measure(AssetType::Copy, MediaType::PlainText, head), Err(Unfit::Malformed(_))));
}

#[test]
fn only_the_whole_of_a_long_text_shows_that_it_is_not_utf8() {
    let mut text = "é ".repeat(300_000).into_bytes();
    assert_eq!(facts(AssetType::Blog, MediaType::Markdown, &text).words, Some(300_000), "however pieces cut characters");
    text.extend_from_slice(b"\xff end");
    assert!(sniff(AssetType::Blog, None, &text[..65_536]).is_ok());
    assert!(matches!(measure(AssetType::Blog, MediaType::Markdown, text), Err(Unfit::Malformed(_))));
}

#[test]
fn words_have_letters_or_digits() {
    let words = |text: &str| facts(AssetType::Blog, MediaType::Markdown, text.as_bytes()).words;
    assert_eq!(words("# A café's *spring* -- 2026!"), Some(4));
    assert_eq!(words(" \n"), Some(0));
}

#[test]
fn of_a_page_only_what_is_read_is_counted_and_searched() {
    let html = "<!-- a -- b > c --><style>p > a { x: y }</style><h1 title='1 > 0'>Spring</h1><script>if (a</b/) '</p>'</script>\
                <p>1 < 2<br/>Café</p>";
    let measured = measure(AssetType::Blog, MediaType::Html, html).unwrap();
    assert_eq!(measured.text.as_str(), "spring 1 2 cafe");
    assert_eq!(measured.facts.words, Some(4));
}

#[test]
fn copy_with_variants_is_searched_by_label_and_text_and_counted_by_text() {
    let json = r#"{"variants": [{"label": "A", "locale": "en-GB", "text": "Buy now"}, {"label": "B", "text": "Try free"}]}"#;
    let measured = measure(AssetType::Copy, MediaType::Json, json).unwrap();
    assert_eq!(measured.facts.words, Some(4));
    assert_eq!(measured.text.as_str(), "a buy now b try free");
}

#[test]
fn copy_that_is_not_variants_is_refused_with_the_reason() {
    let reason = |json: &str| match measure(AssetType::Copy, MediaType::Json, json) {
        Err(Unfit::Malformed(reason)) => reason,
        other => panic!("{json}: {other:?}"),
    };
    assert!(reason(r#"{"variants": [{"label": "A", "text": "x", "colour": "red"}]}"#).contains("colour"));
    assert!(reason(r#"{"variants": [{"label": "A"}]}"#).contains("text"));
    assert_eq!(reason(r#"{"variants": []}"#), "the copy needs at least one variant");
    assert_eq!(reason(r#"{"variants": [{"label": " ", "text": "x"}]}"#), "variant 0 needs a label and a text");
    assert!(reason("{").contains("copy with variants"));
    assert!(reason(&" ".repeat(1 << 20 | 1)).contains("at most"));
}

#[test]
fn what_cannot_be_measured_is_no_error() {
    for (bytes, asset_type, media_type, _) in files() {
        let cut = &bytes[..16.min(bytes.len())];
        let measured = measure(asset_type, media_type, cut).unwrap();
        assert_eq!((measured.facts.duration_seconds, measured.facts.pages), (None, None), "{media_type}");
    }
    let svg = |text: &str| facts(AssetType::Image, MediaType::Svg, text.as_bytes());
    assert_eq!(svg("<svg width='10cm' height='5cm'>"), Facts::default());
    assert_eq!(svg("<svg width='0' height='5'/>"), Facts::default());
    assert_eq!(svg("<svg><rect width='7' height='5'/></svg>"), Facts::default(), "an element inside is not the image");
}

#[test]
fn a_film_of_boxes_without_end_is_given_up() {
    let boxes = b"\0\0\0\x08free".repeat(200_000);
    assert_eq!(facts(AssetType::Video, MediaType::Mp4, &boxes), Facts::default());
    let huge = [b"\0\0\0\x01moov".as_slice(), &[0xff; 8]].concat();
    assert_eq!(facts(AssetType::Video, MediaType::Mp4, &huge), Facts::default());
}

proptest! {
    #[test]
    fn whatever_the_bytes_nothing_panics(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        for asset_type in AssetType::ALL {
            let _any_answer = sniff(asset_type, None, &bytes);
            for media_type in asset_type.media_types() {
                let _any_answer = measure(asset_type, *media_type, bytes.clone());
            }
        }
    }

    #[test]
    fn a_damaged_file_does_not_panic(
        chosen: prop::sample::Index,
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
        end: prop::sample::Index,
    ) {
        let (bytes, asset_type, media_type, _) = *chosen.get(&files());
        let mut bytes = bytes.to_vec();
        for (place, byte) in damage {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        bytes.truncate(end.index(bytes.len() * 2).max(1));
        let _any_answer = sniff(asset_type, None, &bytes);
        let _any_answer = measure(asset_type, media_type, bytes);
    }
}
