//! The office: puts in writing what is approved and what leaves, and signs it.

use std::{
    fmt::Write as _,
    sync::{Arc, PoisonError, RwLock},
};

use assets_domain::{
    Checkpoint, Digest, Endorsement, Export, Release,
    ports::{Breakage, Exhibit, Notary},
};

use crate::{
    Envelope, Keys, Statement, Ticket,
    checkpoint::sign_checkpoint,
    manifest::{self, Manifest, MemberBody},
};

/// The domain's [`Notary`]: it signs with the newest key, and publishes all of them.
#[derive(Debug)]
pub struct Office {
    issuer: String,
    keys: RwLock<Arc<Keys>>,
}

impl Office {
    /// The office of a service with this public address, and its keys.
    #[must_use]
    pub fn new(issuer: impl Into<String>, keys: Keys) -> Self {
        Self { issuer: issuer.into().trim_end_matches('/').to_owned(), keys: RwLock::new(Arc::new(keys)) }
    }

    /// Goes on with other keys. What is being signed is still signed with those from before.
    pub fn replace(&self, keys: Keys) {
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys);
    }

    /// The keys that it works with.
    #[must_use]
    pub fn keys(&self) -> Arc<Keys> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn sign(&self, payload: Vec<u8>) -> String {
        Envelope::seal(payload, self.keys().newest()).to_line()
    }
}

impl Notary for Office {
    fn attest(&self, endorsement: &Endorsement<'_>) -> Result<String, Breakage> {
        Ok(self.sign(Statement::of_approval(endorsement).to_json()))
    }

    fn ticket(&self, release: &Release) -> Result<String, Breakage> {
        Ok(Ticket::of(release, &self.issuer).sign(self.keys().newest()))
    }

    fn checkpoint(&self, checkpoint: &Checkpoint) -> Result<String, Breakage> {
        Ok(sign_checkpoint(checkpoint, &self.issuer, self.keys().newest()))
    }

    fn manifest_head(&self, export: &Export) -> Result<String, Breakage> {
        Manifest::of(export).head().map_err(failed)
    }

    fn manifest_entry(&self, exhibit: &Exhibit) -> Result<String, Breakage> {
        let member = MemberBody::of(exhibit).map_err(|error| Breakage::Damaged(Box::new(error)))?;
        serde_json::to_string(&member).map_err(failed)
    }

    fn manifest_tail(&self) -> String {
        manifest::TAIL.to_owned()
    }

    fn public_keys(&self) -> Result<String, Breakage> {
        Ok(self.keys().public().to_json())
    }

    fn readme(&self, export: &Export) -> String {
        let mut text = format!(
            include_str!("readme.txt"),
            issuer = self.issuer,
            count = export.count,
            id = export.id,
            at = export.created_at.format("%F %T UTC")
        );
        for key in self.keys().public().iter() {
            // Writing to a text does not fail.
            let _ = writeln!(text, "  {}", key.kid());
        }
        text
    }

    fn seal(&self, export: &Export, sums: &Digest) -> Result<String, Breakage> {
        Ok(self.sign(Statement::of_export(export, *sums).to_json()))
    }
}

fn failed(error: serde_json::Error) -> Breakage {
    Breakage::Failed(Box::new(error))
}
