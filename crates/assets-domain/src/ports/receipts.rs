use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::WorkspaceId;

use super::Breakage;

/// Which request: a digest over the caller's key, method, path and `Idempotency-Key`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ReceiptId([u8; 32]);

impl ReceiptId {
    /// Takes a digest.
    #[must_use]
    pub const fn new(digest: [u8; 32]) -> Self {
        Self(digest)
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// An answer that is kept for a repetition of its request. What it looks like is the face's business.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// To which request.
    pub id: ReceiptId,
    /// The answer.
    pub answer: Vec<u8>,
}

/// What is known of a request that begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begun {
    /// It is new, and now under way.
    Fresh,
    /// The same request is under way elsewhere.
    Running,
    /// It was answered: this is the answer.
    Answered(Vec<u8>),
    /// Its id was used for another body.
    Mismatch,
}

/// Where the answers to requests with an `Idempotency-Key` are kept, for 24 hours.
#[async_trait]
pub trait Receipts: Send + Sync {
    /// Begins a request, unless it is known. A request that began before `stale_before` and was never answered is
    /// taken for dead and begins anew; an answer from before `forget_before` is forgotten.
    async fn begin(
        &self,
        workspace: WorkspaceId,
        id: ReceiptId,
        body: [u8; 32],
        now: DateTime<Utc>,
        stale_before: DateTime<Utc>,
        forget_before: DateTime<Utc>,
    ) -> Result<Begun, Breakage>;

    /// Keeps an answer that no commit kept. One that a commit kept stays as it is.
    async fn answer(&self, workspace: WorkspaceId, receipt: &Receipt) -> Result<(), Breakage>;

    /// Forgets a request that came to nothing, unless it was answered.
    async fn abandon(&self, workspace: WorkspaceId, id: ReceiptId) -> Result<(), Breakage>;

    /// Removes every request that began before a moment, answered or not. Answers how many.
    async fn sweep(&self, before: DateTime<Utc>) -> Result<u64, Breakage>;
}
