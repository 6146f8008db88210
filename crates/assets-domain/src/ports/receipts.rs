use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};

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

/// A request that begins, and from when on an earlier one still counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Beginning {
    /// Whose.
    pub workspace: WorkspaceId,
    /// Which.
    pub id: ReceiptId,
    /// The digest of its body.
    pub body: [u8; 32],
    /// When it begins.
    pub now: DateTime<Utc>,
    /// One that began before this and was never answered is taken for dead, and begins anew.
    pub stale_before: DateTime<Utc>,
    /// An answer to one that began before this is forgotten.
    pub forget_before: DateTime<Utc>,
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

impl dyn Receipts {
    /// For how long answers are remembered.
    pub const LIFE: TimeDelta = TimeDelta::hours(24);
}

/// Where the answers to requests with an `Idempotency-Key` are kept, for [24 hours](#associatedconstant.LIFE).
#[async_trait]
pub trait Receipts: Send + Sync {
    /// Begins a request, unless it is known.
    async fn begin(&self, beginning: Beginning) -> Result<Begun, Breakage>;

    /// Keeps an answer that no commit kept. One that a commit kept stays as it is.
    async fn answer(&self, workspace: WorkspaceId, receipt: &Receipt) -> Result<(), Breakage>;

    /// Forgets a request that came to nothing, unless it was answered.
    async fn abandon(&self, workspace: WorkspaceId, id: ReceiptId) -> Result<(), Breakage>;

    /// Removes every request that began before a moment, answered or not. Answers how many.
    async fn sweep(&self, before: DateTime<Utc>) -> Result<u64, Breakage>;
}
