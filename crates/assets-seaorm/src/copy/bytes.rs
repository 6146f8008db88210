//! Content on its way from one store to the other.

use std::{collections::BTreeMap, sync::Arc};

use assets_domain::{
    WorkspaceId,
    ports::{Blob, BlobStore, Breakage, Clock, WriteError},
};
use tokio::task::JoinSet;

use crate::{Database, error::Fault, ledger, scope::Scope};
use sea_orm::ConnectionTrait;

use super::{Copier, CopyError, CopyProgress};

/// How many files are on their way at a time. Each may hold some megabytes in memory.
const FILES_AT_ONCE: usize = 4;

/// Why bytes did not arrive.
enum Lost {
    /// What the source has is not what was written. The rest can be copied.
    Damaged(String),
    /// Nothing more can be copied for now.
    Broken(CopyError),
}

/// Carries bytes, and writes their rows at once: a run that is cut off has carried them for the next.
#[derive(Clone)]
pub(super) struct Carrier {
    from: Arc<dyn BlobStore>,
    to: Arc<dyn BlobStore>,
    rows: Database,
    clock: Arc<dyn Clock>,
    progress: Arc<CopyProgress>,
}

impl Carrier {
    pub(super) fn between(copier: &Copier) -> Self {
        Self {
            from: copier.from.blobs.clone(),
            to: copier.to.blobs.clone(),
            rows: copier.to.database.clone(),
            clock: copier.clock.clone(),
            progress: copier.progress.clone(),
        }
    }

    /// Carries these blobs of the source. Answers which are damaged there, by digest, and how.
    pub(super) async fn carry(&self, blobs: Vec<Blob>) -> Result<BTreeMap<Vec<u8>, String>, CopyError> {
        let mut damaged = BTreeMap::new();
        let mut waiting = blobs.into_iter();
        let mut under_way = JoinSet::new();
        loop {
            while under_way.len() < FILES_AT_ONCE
                && let Some(blob) = waiting.next()
            {
                let carrier = self.clone();
                under_way.spawn(async move {
                    let digest = blob.fingerprint.digest.as_bytes().to_vec();
                    (digest, carrier.carry_one(&blob).await)
                });
            }
            match under_way.join_next().await {
                None => return Ok(damaged),
                Some(Ok((_, Ok(())))) => {}
                Some(Ok((digest, Err(Lost::Damaged(why))))) => drop(damaged.insert(digest, why)),
                Some(Ok((_, Err(Lost::Broken(error))))) => return Err(error),
                Some(Err(panicked)) => return Err(CopyError::writing(Fault::row(panicked))),
            }
        }
    }

    async fn carry_one(&self, blob: &Blob) -> Result<(), Lost> {
        let (key, expected) = (blob.key.as_str(), &blob.fingerprint);
        match self.from.size_bytes(&blob.key).await.map_err(broken_source)? {
            Some(size_bytes) if size_bytes == expected.size_bytes => {}
            Some(_) => return Err(Lost::Damaged(format!("{key} is longer or shorter than it was written"))),
            None => return Err(Lost::Damaged(format!("{key} is missing"))),
        }
        let bytes = match self.from.read(&blob.key, 0..expected.size_bytes).await {
            Ok(bytes) => bytes,
            Err(Breakage::Damaged(error)) => return Err(Lost::Damaged(format!("{key} cannot be read: {error}"))),
            Err(source) => return Err(broken_source(source)),
        };
        let stored = match self.to.write(blob.workspace, bytes, expected.size_bytes).await {
            Ok(stored) => stored,
            Err(WriteError::TooLarge { .. }) => return Err(Lost::Damaged(format!("{key} is longer than it was written"))),
            Err(WriteError::Source(cut)) => return Err(cut_off(key, Breakage::from_cut(cut))),
            Err(WriteError::Breakage(source)) => return Err(broken(source)),
        };
        if stored.fingerprint != *expected {
            self.to.delete(&stored.key).await.map_err(broken)?;
            return Err(Lost::Damaged(format!("{key} holds other bytes than were written")));
        }
        let row = Blob { key: stored.key, created_at: self.clock.now(), ..blob.clone() };
        if !self.note(row.workspace, &row).await.map_err(|fault| Lost::Broken(CopyError::writing(fault)))? {
            self.to.delete(&row.key).await.map_err(broken)?;
        }
        self.progress.carry(expected.size_bytes);
        Ok(())
    }

    /// Makes the bytes known at the destination. Answers whether these are the ones that it keeps.
    async fn note(&self, workspace: WorkspaceId, row: &Blob) -> Result<bool, Fault> {
        let transaction = self.rows.write(Scope::Tenant(workspace)).await?;
        ledger::hold(&transaction, &row.key).await?;
        let first = transaction.execute(&ledger::insert(row)?).await?.rows_affected() > 0;
        if !first && !ledger::is_known(&transaction, workspace, &row.fingerprint.digest).await? {
            return Err(Fault::row("content was swept at the destination before it was used"));
        }
        transaction.commit().await?;
        Ok(first)
    }
}

/// One file that cannot be read to its end is no reason to leave the others where they are; a store that is gone is.
fn cut_off(key: &str, breakage: Breakage) -> Lost {
    match breakage {
        Breakage::Unavailable(_) => broken_source(breakage),
        Breakage::Full(error) | Breakage::Damaged(error) | Breakage::Failed(error) => {
            Lost::Damaged(format!("{key} cannot be read: {error}"))
        }
    }
}

fn broken_source(source: Breakage) -> Lost {
    Lost::Broken(CopyError::Storage { side: "the source's store", source })
}

fn broken(source: Breakage) -> Lost {
    Lost::Broken(CopyError::Storage { side: "the destination's store", source })
}
