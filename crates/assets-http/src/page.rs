//! Pages for what is no text: they frame pictures, slides and video, which have links of their own.

use std::num::NonZeroU16;

use askama::Template;
use assets_domain::{AssetType, Content, MediaType, Showable, Variant};
use chrono::{DateTime, Utc};

use crate::{
    api::Api,
    links::{self, Previewed},
};

/// The most slides on a page.
const MAX_SLIDES: u16 = 200;
/// Pictures that may move are shown as they came in, if they are no larger than this.
const MAX_MOVING_BYTES: u64 = 8 << 20;

/// A page in which something is shown that has a link.
#[derive(Template)]
#[template(path = "page.html")]
struct Page<'a> {
    name: &'a str,
    facts: String,
    shown: Frame,
}

/// What is in it.
enum Frame {
    Picture { large: String, small: String, moving: Option<String>, size: Option<(u32, u32)> },
    Deck { slides: Vec<(u16, String)>, left_out: u32 },
    Video { original: String, poster: String },
}

/// The page of a version, whose links work until a moment; `None` where the page is made with the other variants.
pub(crate) fn of(api: &Api, showable: &Showable, expires_at: DateTime<Utc>) -> Result<Option<String>, askama::Error> {
    let content = &showable.source.content;
    let previewed = Previewed { target: showable.target, filename: &content.filename, media_type: content.media_type };
    let link = |variant| links::preview(api, previewed, variant, expires_at);
    let shown = match showable.asset_type {
        AssetType::Copy | AssetType::Blog | AssetType::Bundle => return Ok(None),
        AssetType::Image => Frame::Picture {
            large: link(Variant::Large),
            small: link(Variant::Small),
            // The store would be another origin, which the page may not ask.
            moving: (may_move(content) && !api.settings.store_links).then(|| link(Variant::Original)),
            size: content.facts.width.zip(content.facts.height),
        },
        AssetType::Slide => deck(content.facts.pages, link),
        AssetType::Video => Frame::Video { original: link(Variant::Original), poster: link(Variant::Large) },
    };
    Page { name: content.filename.as_str(), facts: facts(content), shown }.render().map(Some)
}

/// What the links on a page work until: as long as a link that is asked for now.
pub(crate) fn links_until(api: &Api) -> DateTime<Utc> {
    links::expiry(api, links::DEFAULT_LIFE)
}

const fn may_move(content: &Content) -> bool {
    matches!(content.media_type, MediaType::Gif | MediaType::Webp) && content.size_bytes <= MAX_MOVING_BYTES
}

/// Every slide; the first, if it is not known how many there are.
fn deck(pages: Option<u32>, link: impl Fn(Variant) -> String) -> Frame {
    let Some(pages) = pages else {
        return Frame::Deck { slides: vec![(1, link(Variant::Large))], left_out: 0 };
    };
    let shown = u16::try_from(pages).unwrap_or(u16::MAX).min(MAX_SLIDES);
    let slides = (1..=shown).filter_map(NonZeroU16::new).map(|number| (number.get(), link(Variant::Slide(number))));
    Frame::Deck { slides: slides.collect(), left_out: pages.saturating_sub(u32::from(shown)) }
}

/// What was measured, in words.
fn facts(content: &Content) -> String {
    let facts = &content.facts;
    let mut words = vec![content.media_type.extension().to_uppercase()];
    words.extend(facts.width.zip(facts.height).map(|(width, height)| format!("{width} × {height} pixels")));
    words.extend(facts.pages.map(|pages| if pages == 1 { "1 page".to_owned() } else { format!("{pages} pages") }));
    words.extend(facts.duration_seconds.map(length));
    words.push(size(content.size_bytes));
    words.join(" · ")
}

/// `2:05`, or `0.8 s` where that says more.
fn length(seconds: f64) -> String {
    if seconds < 10.0 {
        return format!("{seconds:.1} s");
    }
    let minutes = (seconds / 60.0).floor();
    format!("{minutes:.0}:{:02.0}", (seconds - minutes * 60.0).floor())
}

fn size(bytes: u64) -> String {
    let (kib, mib) = (bytes.div_ceil(1 << 10), bytes.div_ceil(1 << 20));
    match bytes {
        0..=999 => format!("{bytes} bytes"),
        1000..=999_999 => format!("{kib} KiB"),
        _ => format!("{mib} MiB"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_and_sizes_are_said_as_people_say_them() {
        assert_eq!([0.75, 9.94, 10.0, 125.9, 3600.0].map(length), ["0.8 s", "9.9 s", "0:10", "2:05", "60:00"]);
        assert_eq!([1, 999, 1000, 65_536, 5 << 20].map(size), ["1 bytes", "999 bytes", "1 KiB", "64 KiB", "5 MiB"]);
    }

    #[test]
    fn a_deck_shows_its_slides_but_not_without_end() {
        let shown = |pages| match deck(pages, |variant| variant.to_string()) {
            Frame::Deck { slides, left_out } => (slides.first().cloned(), slides.len(), left_out),
            Frame::Picture { .. } | Frame::Video { .. } => panic!("no deck"),
        };
        assert_eq!(shown(Some(3)), (Some((1, "slide-1".to_owned())), 3, 0));
        assert_eq!(shown(Some(201)), (Some((1, "slide-1".to_owned())), 200, 1));
        assert_eq!(shown(Some(100_000)).2, 99_800);
        assert_eq!(shown(None), (Some((1, "large".to_owned())), 1, 0));
    }
}
