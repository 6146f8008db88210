use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{
    Call, Download, Error, Handover, Listing, MomentQuery, PageQuery, Release, ReleaseInput, SigningKeys, Version,
    operation::{GET_APPROVED_CONTENT, GET_APPROVED_VERSION, GET_APPROVED_VERSION_AT, GET_SIGNING_KEYS, LIST_RELEASES, RELEASE_ASSET},
};

group! {
    /// What publishers read: the approved version and nothing else.
    Publishing
}

impl Publishing<'_> {
    /// The version whose approval stands.
    ///
    /// # Errors
    /// It is refused, e.g. as `not_approved`, or the service is not reached.
    pub async fn approved(&self, asset: Uuid) -> Result<Version, Error> {
        self.0.get(&GET_APPROVED_VERSION, &[&asset.to_string()]).await
    }

    /// The version whose approval stood at a moment; [`Versions::content`](crate::Versions::content) has its bytes.
    ///
    /// # Errors
    /// It is refused, e.g. as `not_approved`, or the service is not reached.
    pub async fn approved_at(&self, asset: Uuid, at: DateTime<Utc>) -> Result<Version, Error> {
        self.0.query(&GET_APPROVED_VERSION_AT, &[&asset.to_string()], &MomentQuery { at: Some(at) }).await
    }

    /// Its bytes.
    ///
    /// # Errors
    /// It is refused, e.g. as `not_approved`, or the service is not reached.
    pub async fn approved_content(&self, asset: Uuid) -> Result<Download, Error> {
        self.0.download(&GET_APPROVED_CONTENT, &[&asset.to_string()]).await
    }

    /// Has it handed out for a channel: its digest, a link to the bytes and a signed ticket.
    pub fn release(&self, asset: Uuid, purpose: &ReleaseInput) -> Call<Release> {
        Call::of(self.0, &RELEASE_ASSET, &[&asset.to_string()], purpose)
    }

    /// Who was handed which bytes of an asset, page by page as it is read.
    #[must_use]
    pub fn releases(&self, asset: Uuid, page: &PageQuery) -> Listing<Handover> {
        Listing::of(self.0, LIST_RELEASES, vec![asset.to_string()], page)
    }

    /// The keys by which the service signs.
    ///
    /// # Errors
    /// The service is not reached.
    pub async fn signing_keys(&self) -> Result<SigningKeys, Error> {
        self.0.get(&GET_SIGNING_KEYS, &[]).await
    }
}
