//! Takes out of writing all that is more than writing.

use std::{borrow::Cow, collections::HashSet};

use ammonia::{Builder, UrlRelative};
use pulldown_cmark::{Event, Options, Parser};

use super::tags::{Piece, Tag, pieces};

/// The kinds of picture that writing may bring along. Nothing is fetched.
const PICTURES: [&str; 4] = ["data:image/png;base64,", "data:image/jpeg;base64,", "data:image/gif;base64,", "data:image/webp;base64,"];
/// What the names of places in the page begin with, so that they are nobody else's.
const PLACE: &str = "in-";

/// Markdown as harmless HTML. What stands before it for machines (front matter) is left out.
pub(super) fn markdown(text: &str) -> String {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS
        | Options::ENABLE_PLUSES_DELIMITED_METADATA_BLOCKS;
    let events = Parser::new_ext(text, options).map(|event| match event {
        Event::TaskListMarker(is_done) => Event::Text(if is_done { "\u{2611} " } else { "\u{2610} " }.into()),
        other => other,
    });
    let mut written = String::with_capacity(text.len());
    pulldown_cmark::html::push_html(&mut written, events);
    html(&written)
}

/// HTML as harmless HTML: no scripts, styles, frames, forms or drawings, no picture that is not in it, and links that tell the
/// other side nothing.
pub(super) fn html(text: &str) -> String {
    let mut cleaner = Builder::default();
    cleaner
        .rm_tags(["map", "area"])
        .clean_content_tags(HashSet::from([
            "script", "style", "title", "template", "iframe", "noscript", "svg", "math", "object", "textarea", "select",
        ]))
        .add_generic_attributes(["dir", "id"])
        .add_tag_attributes("td", ["style"])
        .add_tag_attributes("th", ["style"])
        .filter_style_properties(HashSet::from(["text-align"]))
        .add_url_schemes(["data"])
        .link_rel(Some("noopener noreferrer nofollow"))
        .id_prefix(Some(PLACE))
        .url_relative(UrlRelative::Custom(Box::new(place)))
        .attribute_filter(keep);
    finish(&cleaner.clean(text).to_string())
}

/// The only address that means anything here without a host: a place in the page.
fn place(address: &str) -> Option<Cow<'_, str>> {
    address.strip_prefix('#').map(|name| Cow::Owned(format!("#{PLACE}{name}")))
}

fn keep<'value>(element: &str, attribute: &str, value: &'value str) -> Option<Cow<'value, str>> {
    let is_inline = value.trim_start().get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("data:"));
    let is_kept = match (element, attribute) {
        ("img", "src") => PICTURES.iter().any(|kind| value.starts_with(kind)),
        (_, "href" | "cite" | "src") => !is_inline,
        _ => true,
    };
    is_kept.then_some(Cow::Borrowed(value))
}

/// Puts words in place of pictures that are not shown.
fn finish(html: &str) -> String {
    let mut finished = String::with_capacity(html.len());
    for piece in pieces(html) {
        match piece {
            Piece::Words(words) => finished.push_str(words),
            Piece::Tag(tag) if tag.name == "img" && tag.attribute("src").is_none() => finished.push_str(&in_words(tag)),
            Piece::Tag(tag) => finished.push_str(tag.whole),
        }
    }
    finished
}

/// What stands for a picture that is not shown. An attribute is escaped as words are, but for angle brackets.
fn in_words(tag: Tag<'_>) -> String {
    let words = tag.attribute("alt").or_else(|| tag.attribute("title")).unwrap_or_default().trim();
    if words.is_empty() {
        return String::new();
    }
    format!("<span class=\"picture\">{}</span>", words.replace('<', "&lt;").replace('>', "&gt;"))
}
