//! Links that the service hands out.

use std::time::Duration;

use assets_domain::{AssetId, AssetView, Filename, LinkTarget, MediaType, Status, Variant, WorkspaceId};
use assets_seal::{PreviewLink, StableLink, windowed_expiry};
use chrono::{DateTime, Utc};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::api::Api;

/// For how long a link works when nothing else is asked: 1 hour, rounded up to the window.
pub(crate) const DEFAULT_LIFE: Duration = assets_seal::DEFAULT_EXPIRY;

const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What a preview link is made for.
#[derive(Clone, Copy)]
pub(crate) struct Previewed<'a> {
    /// What it points at.
    pub(crate) target: LinkTarget,
    /// What the version's file is called.
    pub(crate) filename: &'a Filename,
    /// What the version's bytes are.
    pub(crate) media_type: MediaType,
}

/// When a link ends that is asked for now, for so long.
pub(crate) fn expiry(api: &Api, expires_in: Duration) -> DateTime<Utc> {
    windowed_expiry(api.clock.now(), expires_in)
}

/// The link to a variant of a version, until a moment.
pub(crate) fn preview(api: &Api, previewed: Previewed<'_>, variant: Variant, expires_at: DateTime<Utc>) -> String {
    let Previewed { target, filename, media_type } = previewed;
    url(api, &PreviewLink { target, variant, filename: variant.filename(filename, media_type), expires_at })
}

/// The link to a version as it came in, for as long as when nothing else is asked.
pub(crate) fn original(api: &Api, target: LinkTarget, filename: Filename) -> String {
    url(api, &PreviewLink { target, variant: Variant::Original, filename, expires_at: expiry(api, DEFAULT_LIFE) })
}

fn url(api: &Api, link: &PreviewLink) -> String {
    let mut url = [content_base(api), "/p/", &api.seal.link_token(link), "/"].concat();
    url.extend(utf8_percent_encode(link.filename.as_str(), UNRESERVED));
    url
}

/// The link that an asset carries with it; an archived asset has none.
pub(crate) fn preview_of(api: &Api, workspace: WorkspaceId, asset: &AssetView) -> Option<String> {
    if asset.status == Status::Archived {
        return None;
    }
    let target = LinkTarget { workspace, asset: asset.id, version: asset.latest.number, epoch: asset.link_epoch };
    Some(original(api, target, asset.latest.content.filename.clone()))
}

/// The link to whatever of an asset stands approved when it is followed.
pub(crate) fn stable(api: &Api, link: &StableLink) -> String {
    [content_base(api), "/a/", &link.asset.to_string(), "/", &api.seal.stable_token(link)].concat()
}

/// Where a person can decide about an asset.
pub(crate) fn review(api: &Api, id: AssetId) -> String {
    absolute(api, &format!("review/{id}"))
}

/// Where a person can decide about whatever waits.
pub(crate) fn reviews(api: &Api) -> String {
    absolute(api, "review")
}

/// An address under which the service is reached.
pub(crate) fn absolute(api: &Api, path: &str) -> String {
    [base(api), "/", path].concat()
}

fn base(api: &Api) -> &str {
    api.settings.public_url.as_str().trim_end_matches('/')
}

/// Content has an origin of its own, where one is set.
fn content_base(api: &Api) -> &str {
    api.settings.content_url.as_ref().map_or_else(|| base(api), |url| url.as_str().trim_end_matches('/'))
}
