//! One upload, from the first byte to the last: limited, and gathered into chunks.

use std::mem;

use assets_domain::ports::{Breakage, ByteStream, StoredBlob, WriteError};
use bytes::{Bytes, BytesMut};
use futures_util::TryStreamExt;
use tokio::task;

use crate::{
    OpenDalBlobs,
    budget::{Budget, Share},
    draft::{Destination, Draft},
};

/// Bytes on their way into a draft.
pub(crate) struct Upload {
    draft: Draft,
    chunk_bytes: usize,
    gathered: BytesMut,
    arrived_bytes: u64,
    budget: Budget,
    is_large: bool,
    /// Of a large upload, until the draft has it.
    share: Option<Share>,
}

impl Upload {
    pub(crate) async fn begin(store: &OpenDalBlobs, destination: Destination) -> Result<Self, Breakage> {
        Ok(Self {
            draft: Draft::begin(store, destination).await?,
            chunk_bytes: store.medium.chunk_bytes(),
            gathered: BytesMut::new(),
            arrived_bytes: 0,
            budget: store.budget.clone(),
            is_large: false,
            share: None,
        })
    }

    /// Takes in all the bytes.
    pub(crate) async fn receive(&mut self, mut bytes: ByteStream, limit_bytes: u64) -> Result<(), WriteError> {
        while let Some(piece) = bytes.try_next().await.map_err(WriteError::Source)? {
            self.arrived_bytes = self.arrived_bytes.saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX));
            if self.arrived_bytes > limit_bytes {
                return Err(WriteError::TooLarge { limit_bytes });
            }
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
                self.share = Some(self.budget.share().await?);
                self.is_large = true;
            }
            if self.is_large {
                self.gathered.reserve(room);
            }
            self.gathered.extend_from_slice(&fitting);
            if self.gathered.len() >= self.chunk_bytes {
                self.gathered = self.draft.write(mem::take(&mut self.gathered), self.share.take()).await?;
            }
        }
        Ok(())
    }

    /// Makes the bytes durable and readable. Bytes that may not lie at their destination never are.
    pub(crate) async fn finish(self) -> Result<StoredBlob, Breakage> {
        self.draft.finish(self.gathered, self.share).await
    }

    /// Takes back what was written.
    pub(crate) async fn abandon(self) {
        self.draft.abandon().await;
    }
}
