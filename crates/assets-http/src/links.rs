//! Links that the service hands out.

use std::time::Duration;

use assets_domain::{AssetId, AssetView, Filename, LinkTarget, Status, VersionNumber, WorkspaceId};
use assets_seal::{PreviewLink, Variant, windowed_expiry};
use chrono::{DateTime, Utc};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::api::Api;

/// For how long a link works when nothing else is asked: 1 hour, rounded up to the window.
pub(crate) const DEFAULT_LIFE: Duration = assets_seal::DEFAULT_EXPIRY;

const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The link to a version's original, and when it stops working.
pub(crate) fn preview(api: &Api, target: LinkTarget, filename: &Filename, expires_in: Duration) -> (String, DateTime<Utc>) {
    let expires_at = windowed_expiry(api.clock.now(), expires_in);
    let link = PreviewLink { target, variant: Variant::Original, filename: filename.clone(), expires_at };
    let mut url = [base(api), "/p/", &api.seal.link_token(&link), "/"].concat();
    url.extend(utf8_percent_encode(filename.as_str(), UNRESERVED));
    (url, expires_at)
}

/// The link that an asset carries with it; an archived asset has none.
pub(crate) fn preview_of(api: &Api, workspace: WorkspaceId, asset: &AssetView) -> Option<String> {
    if asset.status == Status::Archived {
        return None;
    }
    let version: VersionNumber = asset.latest.number;
    let target = LinkTarget { workspace, asset: asset.id, version, epoch: asset.link_epoch };
    Some(preview(api, target, &asset.latest.content.filename, DEFAULT_LIFE).0)
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
