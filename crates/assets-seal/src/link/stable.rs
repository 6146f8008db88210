//! Links that never expire: what `/a/{asset_id}/{token}` shows is whatever of the asset may be published when it is asked for.

use assets_domain::{AssetId, Variant, WorkspaceId};

use crate::{Seal, claims::Fields, mac::MAC_BYTES};

use super::{VARIANT_BYTES, joined, split, variant_from, variant_of};

/// The form of the payload: goes up whenever it changes.
const FORM: u8 = 1;
/// Which key signed.
const KEY_ID: u8 = 1;
const PAYLOAD_BYTES: usize = 1 + 1 + 16 + VARIANT_BYTES;

/// What a stable link shows: a variant of whichever version of the asset stands approved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StableLink {
    /// In which tenant.
    pub workspace: WorkspaceId,
    /// Which asset. It stands in the path; the token holds for it alone.
    pub asset: AssetId,
    /// What it shows of the version.
    pub variant: Variant,
}

impl Seal {
    /// The token of a stable link: letters, digits, `-`, `_` and one dot. Equal links have equal tokens.
    #[must_use]
    pub fn stable_token(&self, link: &StableLink) -> String {
        let mut payload = Vec::with_capacity(PAYLOAD_BYTES);
        payload.extend_from_slice(&[FORM, KEY_ID]);
        payload.extend_from_slice(link.workspace.as_uuid().as_bytes());
        payload.extend_from_slice(&variant_of(link.variant));
        joined(&payload, self.stable_links.mac(&[&payload, link.asset.as_uuid().as_bytes()]))
    }

    /// Reads a token that came with the id of an asset; `None` if they are not a pair that this installation made.
    #[must_use]
    pub fn open_stable(&self, asset: AssetId, token: &str) -> Option<StableLink> {
        let (payload, mac): ([u8; PAYLOAD_BYTES], [u8; MAC_BYTES]) = split(token)?;
        if !self.stable_links.verifies(&[&payload, asset.as_uuid().as_bytes()], &mac) {
            return None;
        }
        let mut fields = Fields(&payload);
        if fields.bytes()? != [FORM, KEY_ID] {
            return None;
        }
        let workspace = fields.workspace()?;
        let variant = variant_from(fields.bytes()?)?;
        fields.are_over().then_some(StableLink { workspace, asset, variant })
    }
}
