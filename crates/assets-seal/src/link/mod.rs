//! Preview links: what `/p/{token}/{filename}` shows without a key, until it expires or is taken back.

pub(crate) mod expiry;
mod stable;

use std::num::NonZeroU16;

use assets_domain::{Filename, LinkEpoch, LinkTarget, Variant, VersionNumber};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use crate::{
    Seal,
    claims::Fields,
    mac::{MAC_BYTES, MacKey},
};

pub use stable::StableLink;

/// The form of the payload: goes up whenever it changes.
const FORM: u8 = 2;
/// Which key signed. There is one as yet; the byte leaves room for a ring of them.
const KEY_ID: u8 = 1;
/// 128 bits of the digest of the file name: to find another name for a given link is out of reach.
const NAME_BYTES: usize = 16;
const PAYLOAD_BYTES: usize = 1 + 1 + 16 + 16 + 4 + VARIANT_BYTES + 4 + 8 + NAME_BYTES;

/// A variant as it is sealed: which kind, and for slides their number.
const VARIANT_BYTES: usize = 3;

fn variant_of(variant: Variant) -> [u8; VARIANT_BYTES] {
    let code = match variant {
        Variant::Original => 0,
        Variant::Thumbnail => 1,
        Variant::Small => 2,
        Variant::Large => 3,
        Variant::Page => 4,
        Variant::Text => 5,
        Variant::Slide(number) => {
            let [high, low] = number.get().to_be_bytes();
            return [6, high, low];
        }
    };
    [code, 0, 0]
}

fn variant_from(sealed: [u8; VARIANT_BYTES]) -> Option<Variant> {
    Some(match sealed {
        [0, 0, 0] => Variant::Original,
        [1, 0, 0] => Variant::Thumbnail,
        [2, 0, 0] => Variant::Small,
        [3, 0, 0] => Variant::Large,
        [4, 0, 0] => Variant::Page,
        [5, 0, 0] => Variant::Text,
        [6, high, low] => Variant::Slide(NonZeroU16::new(u16::from_be_bytes([high, low]))?),
        _ => return None,
    })
}

/// What a link is made for: it works for that version, variant and file name alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreviewLink {
    /// What it points at.
    pub target: LinkTarget,
    /// What it shows of that.
    pub variant: Variant,
    /// The last part of its path. The token holds a digest of it.
    pub filename: Filename,
    /// When it ends, in whole seconds; a fraction is cut off. See [`windowed_expiry`](crate::windowed_expiry).
    pub expires_at: DateTime<Utc>,
}

/// What a token says that was checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PreviewLinkClaims {
    /// What the link points at. Whether that still holds is the catalogue's to say.
    pub target: LinkTarget,
    /// What it shows of that.
    pub variant: Variant,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
}

/// Why a link was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// Token and file name are not a pair that this installation made.
    #[error("the link was altered")]
    Altered,
    /// It was good until a moment that is past.
    #[error("the link has expired")]
    Expired,
}

impl Seal {
    /// The token of a link: letters, digits, `-`, `_` and one dot. Equal links have equal tokens.
    #[must_use]
    pub fn link_token(&self, link: &PreviewLink) -> String {
        let payload = payload(link);
        joined(&payload, self.preview_links.mac(&[&payload]))
    }

    /// Reads a token that came with a file name (as in the path, percent-decoded).
    ///
    /// # Errors
    /// Altered before expired: nothing is said about a link that this installation did not make.
    pub fn open_link(&self, token: &str, filename: &str, now: DateTime<Utc>) -> Result<PreviewLinkClaims, LinkError> {
        let payload = verified(&self.preview_links, token).ok_or(LinkError::Altered)?;
        let (claims, name) = parse(&payload).ok_or(LinkError::Altered)?;
        if name != name_digest(filename) {
            return Err(LinkError::Altered);
        }
        if now >= claims.expires_at { Err(LinkError::Expired) } else { Ok(claims) }
    }
}

/// The payload of a token whose MAC holds over the bytes received.
fn verified(key: &MacKey, token: &str) -> Option<[u8; PAYLOAD_BYTES]> {
    let (payload, mac) = split(token)?;
    key.verifies(&[&payload], &mac).then_some(payload)
}

/// A token of a payload and the MAC over it.
fn joined(payload: &[u8], mac: [u8; MAC_BYTES]) -> String {
    let chars = |bytes: usize| (bytes * 4).div_ceil(3);
    let mut token = String::with_capacity(chars(payload.len()) + 1 + chars(MAC_BYTES));
    URL_SAFE_NO_PAD.encode_string(payload, &mut token);
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(mac, &mut token);
    token
}

/// The two parts of a token, nothing of them believed yet.
fn split<const N: usize>(token: &str) -> Option<([u8; N], [u8; MAC_BYTES])> {
    let (payload, mac) = token.split_once('.')?;
    Some((decoded(payload)?, decoded(mac)?))
}

fn decoded<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    let length = URL_SAFE_NO_PAD.decode_slice(text, &mut bytes).ok()?;
    (length == N).then_some(bytes)
}

fn payload(link: &PreviewLink) -> Vec<u8> {
    let LinkTarget { workspace, asset, version, epoch } = link.target;
    // What ended before 1970 has ended.
    let expires_at = u64::try_from(link.expires_at.timestamp()).unwrap_or(0);
    let mut payload = Vec::with_capacity(PAYLOAD_BYTES);
    payload.extend_from_slice(&[FORM, KEY_ID]);
    payload.extend_from_slice(workspace.as_uuid().as_bytes());
    payload.extend_from_slice(asset.as_uuid().as_bytes());
    payload.extend_from_slice(&version.get().to_be_bytes());
    payload.extend_from_slice(&variant_of(link.variant));
    payload.extend_from_slice(&epoch.get().to_be_bytes());
    payload.extend_from_slice(&expires_at.to_be_bytes());
    payload.extend_from_slice(&name_digest(link.filename.as_str()));
    payload
}

fn parse(payload: &[u8]) -> Option<(PreviewLinkClaims, [u8; NAME_BYTES])> {
    let mut fields = Fields(payload);
    if fields.bytes()? != [FORM, KEY_ID] {
        return None;
    }
    let workspace = fields.workspace()?;
    let asset = fields.asset()?;
    let version = VersionNumber::new(fields.u32()?).ok()?;
    let variant = variant_from(fields.bytes()?)?;
    let epoch = LinkEpoch::new(fields.u32()?);
    let expires_at = DateTime::from_timestamp_secs(i64::try_from(fields.u64()?).ok()?)?;
    let name = fields.bytes()?;
    let claims = PreviewLinkClaims { target: LinkTarget { workspace, asset, version, epoch }, variant, expires_at };
    fields.are_over().then_some((claims, name))
}

fn name_digest(filename: &str) -> [u8; NAME_BYTES] {
    let digest: [u8; 32] = Sha256::digest(filename.as_bytes()).into();
    digest.first_chunk().copied().unwrap_or_default()
}
