//! What is said about content besides its bytes.

use std::time::Duration;

use actix_web::{
    HttpResponseBuilder,
    http::header::{self, HeaderName, HeaderValue},
};
use assets_domain::{Content, Digest, Filename, MediaType, ports::LinkTerms};
use base64::{Engine, engine::general_purpose::STANDARD};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

use crate::api::{Api, Settings};

use super::{Manner, Outgoing};

/// What stands for itself in an extended parameter (RFC 8187).
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'!')
    .remove(b'#')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b'-')
    .remove(b'.')
    .remove(b'^')
    .remove(b'_')
    .remove(b'`')
    .remove(b'|')
    .remove(b'~');

/// For how long a cache may keep what a preview link shows, at most.
const MAX_PREVIEW_AGE_SECONDS: u64 = 300;

/// Says by which tag the bytes are known, and who may keep them for how long.
pub(super) fn of_cache(response: &mut HttpResponseBuilder, tag: &str, manner: Manner) {
    response.insert_header((header::ETAG, tag));
    match manner {
        Manner::Version | Manner::Approved => {
            response.insert_header((header::CACHE_CONTROL, "private, no-cache"));
        }
        Manner::Preview { max_age_seconds } => {
            let age = max_age_seconds.min(MAX_PREVIEW_AGE_SECONDS);
            response.insert_header((header::CACHE_CONTROL, format!("private, max-age={age}")));
            of_link_holder(response);
        }
        Manner::Stable => {
            response.insert_header((header::CACHE_CONTROL, "private, no-cache"));
            of_link_holder(response);
        }
    }
}

/// What is shown to whoever has a link stays with them: the link is not told to others, nor found by searching.
pub(super) fn of_link_holder(response: &mut HttpResponseBuilder) {
    response.insert_header((header::REFERRER_POLICY, "no-referrer"));
    response.insert_header((HeaderName::from_static("x-robots-tag"), "noindex"));
}

/// Says that this is not what was asked for, but stands in its place, and why.
pub(super) fn of_placeholder(response: &mut HttpResponseBuilder, why: &'static str) {
    response.insert_header((HeaderName::from_static("assets-placeholder"), why));
}

/// Keeps the bytes from doing anything in a browser, whatever they turn out to be.
pub(super) fn of_isolation(response: &mut HttpResponseBuilder, api: &Api, media_type: MediaType) {
    let sharing = if is_embeddable(media_type) { "cross-origin" } else { "same-site" };
    response.insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"));
    response.insert_header((header::CONTENT_SECURITY_POLICY, policy(&api.settings)));
    response.insert_header((HeaderName::from_static("cross-origin-resource-policy"), sharing));
    response.insert_header((HeaderName::from_static("cross-origin-opener-policy"), "same-origin"));
}

/// Says what the bytes are and what they are called.
pub(super) fn of_content(response: &mut HttpResponseBuilder, outgoing: &Outgoing<'_>) {
    let content = &outgoing.source.content;
    // What the service made holds nothing that acts.
    let is_inert = outgoing.is_made_here || content.media_type.is_inert();
    response.insert_header((header::CONTENT_TYPE, content_type(content.media_type)));
    response.insert_header((header::CONTENT_DISPOSITION, disposition(is_inert, &content.filename)));
    response.insert_header((HeaderName::from_static("repr-digest"), repr_digest(&content.digest)));
    response.insert_header((header::ACCEPT_RANGES, "bytes"));
}

/// Says what was made for this answer: it is shown, not saved.
pub(super) fn of_made(response: &mut HttpResponseBuilder, media_type: MediaType) {
    response.insert_header((header::CONTENT_TYPE, content_type(media_type)));
    response.insert_header((header::CONTENT_DISPOSITION, "inline"));
}

/// Says where the bytes are for a moment, and what they are known by. Nobody may keep that: the next request may be refused.
pub(super) fn of_link(response: &mut HttpResponseBuilder, content: &Content, link: String) {
    response.insert_header((header::LOCATION, link));
    response.insert_header((header::CACHE_CONTROL, "private, no-store"));
    response.insert_header((header::REFERRER_POLICY, "no-referrer"));
    response.insert_header((HeaderName::from_static("repr-digest"), repr_digest(&content.digest)));
}

/// What the store is to say of the bytes, and for how long: never longer than the door is open by which they leave.
pub(super) fn link_terms(content: &Content, manner: Manner) -> LinkTerms {
    let expires_in = match manner {
        Manner::Version | Manner::Approved | Manner::Stable => LinkTerms::MAX_LIFE,
        Manner::Preview { max_age_seconds } => LinkTerms::MAX_LIFE.min(Duration::from_secs(max_age_seconds.max(1))),
    };
    let media_type = content_type(content.media_type);
    LinkTerms { media_type, disposition: disposition(content.media_type.is_inert(), &content.filename), expires_in }
}

fn content_type(media_type: MediaType) -> String {
    let charset = if media_type.is_text() { "; charset=utf-8" } else { "" };
    format!("{media_type}{charset}")
}

/// The digest as RFC 9530 writes it.
fn repr_digest(digest: &Digest) -> String {
    format!("sha-256=:{}:", STANDARD.encode(digest.as_bytes()))
}

/// Pictures and video that mail programs and other sites may embed. So may the service's own pages: they are in a sandbox, and
/// so of no origin.
const fn is_embeddable(media_type: MediaType) -> bool {
    match media_type {
        MediaType::Png | MediaType::Jpeg | MediaType::Gif | MediaType::Webp | MediaType::Avif => true,
        MediaType::Mp4 | MediaType::Webm | MediaType::QuickTime => true,
        MediaType::PlainText | MediaType::Markdown | MediaType::Html | MediaType::Json => false,
        MediaType::Svg | MediaType::Pdf | MediaType::Pptx | MediaType::Zip => false,
    }
}

fn policy(settings: &Settings) -> HeaderValue {
    const STRICTEST: &str = "sandbox; default-src 'none'; img-src 'self' data:; media-src 'self'; style-src 'unsafe-inline'; \
                             frame-ancestors";
    let mut policy = STRICTEST.to_owned();
    // Where content has an origin of its own, the service itself is another.
    let service = settings.content_url.as_ref().map_or_else(|| "'self'".to_owned(), |_| origin(&settings.public_url));
    for ancestor in std::iter::once(&service).chain(&settings.embed_origins) {
        policy.push(' ');
        policy.push_str(ancestor);
    }
    HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static(STRICTEST))
}

fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}

/// Whether a browser shows the bytes or saves them, and under which name (RFC 6266).
fn disposition(is_inert: bool, filename: &Filename) -> String {
    let kind = if is_inert { "inline" } else { "attachment" };
    let name = filename.as_str();
    // A percent sign is decoded by some browsers and not by others; a quote or backslash ends names early in some.
    let safe = |c: char| (c == ' ' || c.is_ascii_graphic()) && !matches!(c, '"' | '\\' | '%');
    let plain: String = name.chars().map(|c| if safe(c) { c } else { '_' }).collect();
    if plain == name {
        return format!("{kind}; filename=\"{plain}\"");
    }
    format!("{kind}; filename=\"{plain}\"; filename*=UTF-8''{}", utf8_percent_encode(name, PLAIN))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(media_type: MediaType, name: &str) -> String {
        disposition(media_type.is_inert(), &Filename::parse(name).unwrap())
    }

    #[test]
    fn a_plain_name_stands_for_itself_and_any_other_is_given_twice() {
        assert_eq!(shown(MediaType::Png, "hero final.png"), "inline; filename=\"hero final.png\"");
        assert_eq!(shown(MediaType::Pdf, "Größe.pdf"), "attachment; filename=\"Gr__e.pdf\"; filename*=UTF-8''Gr%C3%B6%C3%9Fe.pdf");
        assert_eq!(shown(MediaType::Zip, "a\"b%20.zip"), "attachment; filename=\"a_b_20.zip\"; filename*=UTF-8''a%22b%2520.zip");
    }

    #[test]
    fn active_content_is_saved_and_not_shown() {
        for media_type in [MediaType::Html, MediaType::Svg, MediaType::Pdf, MediaType::Zip] {
            assert!(shown(media_type, "x").starts_with("attachment;"), "{media_type}");
        }
    }

    #[test]
    fn only_the_named_origins_may_frame() {
        let mut settings = Settings::at("https://assets.example/store".parse().unwrap());
        settings.embed_origins = vec!["https://mail.example".to_owned(), "https://crm.example".to_owned()];
        let allowed = |settings: &Settings| policy(settings).to_str().unwrap().split_once("frame-ancestors ").unwrap().1.to_owned();
        assert_eq!(allowed(&settings), "'self' https://mail.example https://crm.example");
        settings.content_url = Some("https://content.example".parse().unwrap());
        assert_eq!(allowed(&settings), "https://assets.example https://mail.example https://crm.example");
    }

    #[test]
    fn a_digest_is_sent_in_base64() {
        assert_eq!(repr_digest(&Digest::of(b"abc")), "sha-256=:ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=:");
    }

    proptest::proptest! {
        #[test]
        fn every_name_makes_a_header_of_one_line_from_which_it_can_be_read_back(name in "\\PC{1,80}") {
            let Ok(filename) = Filename::parse(name.as_str()) else { return Ok(()) };
            let header = disposition(true, &filename);
            proptest::prop_assert!(HeaderValue::from_str(&header).is_ok());
            proptest::prop_assert!(header.is_ascii() && header.matches('"').count() == 2);
            match header.split_once("filename*=UTF-8''") {
                Some((_, encoded)) => {
                    let decoded = percent_encoding::percent_decode_str(encoded).decode_utf8().unwrap();
                    proptest::prop_assert_eq!(decoded.as_ref(), name.as_str());
                }
                None => proptest::prop_assert_eq!(header, format!("inline; filename=\"{name}\"")),
            }
        }
    }
}
