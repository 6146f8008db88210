//! What is said of an asset on the way to a decision: changes that are wanted, answers, remarks.

use uuid::Uuid;

use crate::{
    Anchor, Asset, AssetId, CatalogError, ChangeRequest, ChangeText, FieldError, NamedBytes, PathItem, Principal, Refusal, Remark,
    RemarkId, Scope, Version, asset::misplaced,
};

use super::{Catalog, Remember};

/// A remark as somebody makes it.
#[derive(Debug, Clone, PartialEq)]
pub struct NewRemark {
    /// About which version; without, about the latest.
    pub about: NamedBytes,
    /// Where in its content, if it is about a place.
    pub anchor: Option<Anchor>,
    /// What is said.
    pub text: ChangeText,
}

impl Catalog {
    /// Whether the caller may make remarks. A face asks this before it reads a body.
    ///
    /// # Errors
    /// The caller can neither write nor decide.
    pub fn admit_remark(&self, by: &Principal) -> Result<(), CatalogError> {
        by.scopes.require(Scope::Write).or_else(|denied| by.scopes.require(Scope::Approve).map_err(|_| denied))?;
        Ok(())
    }

    /// Whether the caller may see what is said on the way to a decision. Publishers are not told.
    ///
    /// # Errors
    /// The caller may not read what is being worked on.
    pub fn admit_review(&self, by: &Principal) -> Result<(), CatalogError> {
        Ok(by.scopes.require(Scope::Read)?)
    }

    /// Whether there is such an asset. A face asks this before it reads a body.
    ///
    /// # Errors
    /// There is none.
    pub async fn is_there(&self, by: &Principal, id: AssetId) -> Result<(), CatalogError> {
        self.find(by.workspace, id).await.map(|_| ())
    }

    /// Everything that was ever wanted otherwise of an asset, newest first, each with what became of it.
    ///
    /// # Errors
    /// The caller may not see it; there is no such asset.
    pub async fn change_requests(&self, by: &Principal, id: AssetId) -> Result<Vec<ChangeRequest>, CatalogError> {
        self.admit_review(by)?;
        let history = self.ports.assets.history(by.workspace, id).await?.ok_or(CatalogError::NotFound)?;
        Ok(ChangeRequest::among(&history.versions, &history.decisions))
    }

    /// Says something about a version, and decides nothing.
    ///
    /// # Errors
    /// The caller may not; there is no such asset; the version does not exist; the place is not in its content; the version has
    /// other bytes than were named.
    pub async fn remark(
        &self,
        by: &Principal,
        id: AssetId,
        new: NewRemark,
        remember: Option<&Remember<Remark>>,
    ) -> Result<Remark, CatalogError> {
        self.admit_remark(by)?;
        let asset = self.find(by.workspace, id).await?;
        let version = self.remarked(&asset, new.about).await?;
        if let Some(anchor) = &new.anchor {
            anchor
                .judge(asset.parts().asset_type, &version.content)
                .map_err(|error| CatalogError::Invalid(vec![misplaced(vec![PathItem::Field("anchor")], &error)]))?;
        }
        if !new.about.agree_with(version.number, &version.content.digest) {
            let (version, digest) = (version.number, version.content.digest);
            return Err(Refusal::StaleVersion { version, digest }.into());
        }
        let remark = Remark {
            workspace: by.workspace,
            id: RemarkId::new(self.ports.ids.next()),
            asset: id,
            version: version.number,
            digest: version.content.digest,
            anchor: new.anchor,
            text: new.text,
            by: by.actor.clone(),
            at: self.ports.clock.now(),
        };
        let receipt = remember.map(|remember| remember.receipt(&remark));
        if self.ports.remarks.add(&remark, receipt.as_ref()).await? { Ok(remark) } else { Err(CatalogError::NotFound) }
    }

    async fn remarked(&self, asset: &Asset, about: NamedBytes) -> Result<Version, CatalogError> {
        match about.version {
            Some(number) if number != asset.latest().number => {
                let found = self.ports.assets.version(asset.parts().workspace, asset.id(), number).await?;
                let message = format!("there is no version {number}");
                found.ok_or_else(|| CatalogError::Invalid(vec![FieldError::of("version", "unknown_version", message)]))
            }
            _ => Ok(asset.latest().clone()),
        }
    }

    /// What was said about an asset, in the order of the ids, newest first, behind one of them.
    ///
    /// # Errors
    /// The caller may not see it; there is no such asset.
    pub async fn remarks(&self, by: &Principal, id: AssetId, after: Option<Uuid>, limit: u32) -> Result<Vec<Remark>, CatalogError> {
        self.admit_review(by)?;
        self.find(by.workspace, id).await?;
        Ok(self.ports.remarks.remarks(by.workspace, id, after.map(RemarkId::new), limit).await?)
    }
}
