//! The gate through which single assets leave: approved bytes for one purpose, on record.

use uuid::Uuid;

use crate::{
    Asset, AssetId, AssetType, CatalogError, Channel, Event, EventId, Handover, LinkTarget, Market, Principal, Purpose, Release, ReleaseId,
    Version, Withheld,
};

use super::{Catalog, Remember, export::withheld, write::MAX_ATTEMPTS};

/// Approved bytes that were handed out.
#[derive(Debug, Clone, PartialEq)]
pub struct Released {
    /// What is on record.
    pub release: Release,
    /// What kind of thing it is.
    pub asset_type: AssetType,
    /// The version.
    pub version: Version,
    /// What a link to the bytes points at.
    pub target: LinkTarget,
    /// The proof for whoever publishes them.
    pub ticket: String,
}

impl Catalog {
    /// Hands the approved version of an asset out to be published in a channel, if its approval allows it now.
    ///
    /// # Errors
    /// The caller may not read; there is no such asset; it is not released for this purpose.
    pub async fn release(
        &self,
        by: &Principal,
        id: AssetId,
        channel: &Channel,
        market: Option<&Market>,
        remember: Option<&Remember<Released>>,
    ) -> Result<Released, CatalogError> {
        let view = self.view_of(by)?;
        for _ in 0..MAX_ATTEMPTS {
            let asset = self.find(by.workspace, id).await?;
            let at = self.ports.clock.now();
            let reasons = withheld(&asset, &Purpose { at, channel: Some(channel), market });
            if reasons.iter().any(|reason| reason.seen_as(view) == Withheld::NotFound) {
                return Err(CatalogError::NotFound);
            }
            let (Some(approval), []) = (asset.standing(), reasons.as_slice()) else {
                return Err(CatalogError::NotReleased { reasons });
            };
            let latest_end = at + Release::LIFE;
            let release = Release {
                workspace: by.workspace,
                id: ReleaseId::new(self.ports.ids.next()),
                asset: id,
                version: approval.version.number,
                digest: approval.version.content.digest,
                channel: channel.clone(),
                market: market.cloned(),
                by: by.actor.clone(),
                at,
                expires_at: approval.terms.valid_until().map_or(latest_end, |until| until.min(latest_end)),
            };
            let released = self.released(&asset, release)?;
            let receipt = remember.map(|remember| remember.receipt(&released));
            let event = Event::released(EventId::new(self.ports.ids.next()), &released.release);
            if self.ports.releases.record(&released.release, asset.revision(), &event, receipt.as_ref()).await? {
                return Ok(released);
            }
        }
        Err(CatalogError::Contended)
    }

    fn released(&self, asset: &Asset, release: Release) -> Result<Released, CatalogError> {
        let approved = asset.approved_version().ok_or(CatalogError::NotApproved)?;
        let target =
            LinkTarget { workspace: release.workspace, asset: release.asset, version: release.version, epoch: asset.parts().link_epoch };
        let ticket = self.ports.notary.ticket(&release)?;
        Ok(Released { release, asset_type: asset.parts().asset_type, version: approved.into_version(), target, ticket })
    }

    /// Who was handed which bytes of an asset, newest first, behind one of them.
    ///
    /// # Errors
    /// The caller may not read all of the workspace; there is no such asset.
    pub async fn handovers(&self, by: &Principal, id: AssetId, after: Option<Uuid>, limit: u32) -> Result<Vec<Handover>, CatalogError> {
        by.scopes.require(crate::Scope::Read)?;
        self.find(by.workspace, id).await?;
        Ok(self.ports.releases.handovers(by.workspace, id, after, limit).await?)
    }

    /// The keys by which whatever was signed here can be checked, for everybody.
    ///
    /// # Errors
    /// They cannot be had.
    pub fn public_keys(&self) -> Result<String, CatalogError> {
        Ok(self.ports.notary.public_keys()?)
    }
}
