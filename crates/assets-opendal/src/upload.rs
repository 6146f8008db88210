//! One upload, from the first byte to the last: limited, fingerprinted, gathered into chunks.

use std::mem;

use assets_domain::{
    Fingerprinter,
    ports::{Breakage, ByteStream, StoredBlob, WriteError},
};
use bytes::{Bytes, BytesMut};
use futures_util::TryStreamExt;
use tokio::task;

use crate::{
    OpenDalBlobs,
    budget::Budget,
    draft::{Destination, Draft, Whole},
};

/// Bytes on their way into a draft.
pub(crate) struct Upload {
    draft: Draft,
    destination: Destination,
    chunk_bytes: usize,
    gathered: BytesMut,
    passed: Fingerprinter,
    budget: Budget,
    is_large: bool,
}

impl Upload {
    pub(crate) async fn begin(store: &OpenDalBlobs, destination: Destination) -> Result<Self, Breakage> {
        Ok(Self {
            draft: Draft::begin(store, destination.clone()).await?,
            destination,
            chunk_bytes: store.medium.chunk_bytes(),
            gathered: BytesMut::new(),
            passed: Fingerprinter::default(),
            budget: store.budget.clone(),
            is_large: false,
        })
    }

    /// Takes in all the bytes.
    pub(crate) async fn receive(&mut self, mut bytes: ByteStream, limit_bytes: u64) -> Result<(), WriteError> {
        while let Some(piece) = bytes.try_next().await.map_err(WriteError::Source)? {
            let more = u64::try_from(piece.len()).unwrap_or(u64::MAX);
            if self.passed.size_bytes().saturating_add(more) > limit_bytes {
                return Err(WriteError::TooLarge { limit_bytes });
            }
            self.passed.update(&piece);
            self.gather(piece).await?;
            // Bytes that are all at hand would otherwise never let others have their turn.
            task::consume_budget().await;
        }
        Ok(())
    }

    /// Copies pieces into chunks of one size. Held as they come, many tiny ones would cost far more than their bytes.
    async fn gather(&mut self, mut piece: Bytes) -> Result<(), Breakage> {
        while !piece.is_empty() {
            let room = self.chunk_bytes.saturating_sub(self.gathered.len());
            let fitting = piece.split_to(room.min(piece.len()));
            if !self.is_large && self.gathered.len().saturating_add(fitting.len()) > Budget::FREE_BYTES {
                self.draft.hold(self.budget.share().await?);
                self.is_large = true;
            }
            if self.is_large {
                self.gathered.reserve(room);
            }
            self.gathered.extend_from_slice(&fitting);
            if self.gathered.len() >= self.chunk_bytes {
                self.draft.write(mem::take(&mut self.gathered).freeze()).await?;
            }
        }
        Ok(())
    }

    /// Makes the bytes durable and readable. Bytes that may not lie at their destination never are.
    pub(crate) async fn finish(self) -> Result<StoredBlob, Breakage> {
        let Self { draft, destination, gathered, passed, .. } = self;
        let fingerprint = passed.finish();
        if !destination.admits(fingerprint.digest) {
            draft.abandon().await;
            return Err(Breakage::Damaged("the bytes are not those that the key was made for".into()));
        }
        let whole = Whole { digest: fingerprint.digest, size_bytes: fingerprint.size_bytes };
        let place = draft.finish(gathered.freeze(), whole).await?;
        Ok(StoredBlob { key: place.key(), fingerprint })
    }

    /// Takes back what was written.
    pub(crate) async fn abandon(self) {
        self.draft.abandon().await;
    }
}
