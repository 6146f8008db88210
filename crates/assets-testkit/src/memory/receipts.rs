use assets_domain::{
    WorkspaceId,
    ports::{Beginning, Begun, Breakage, Receipt, ReceiptId, Receipts},
};
use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{InMemoryAssets, Tables};

/// A request that began, and its answer if it has one.
#[derive(Debug)]
pub(super) struct Request {
    body: [u8; 32],
    began_at: DateTime<Utc>,
    answer: Option<Vec<u8>>,
}

impl Tables {
    /// Keeps the answer to a request that began and has none yet.
    pub(super) fn keep_answer(&mut self, workspace: WorkspaceId, receipt: &Receipt) {
        if let Some(request) = self.requests.get_mut(&(workspace, receipt.id)) {
            request.answer.get_or_insert_with(|| receipt.answer.clone());
        }
    }
}

#[async_trait]
impl Receipts for InMemoryAssets {
    async fn begin(&self, beginning: Beginning) -> Result<Begun, Breakage> {
        let Beginning { workspace, id, body, now, stale_before, forget_before } = beginning;
        let mut tables = self.tables();
        let is_known = |request: &&Request| {
            let known_from = if request.answer.is_some() { forget_before } else { stale_before };
            request.began_at >= known_from
        };
        match tables.requests.get(&(workspace, id)).filter(is_known) {
            Some(request) if request.body != body => Ok(Begun::Mismatch),
            Some(Request { answer: Some(answer), .. }) => Ok(Begun::Answered(answer.clone())),
            Some(_) => Ok(Begun::Running),
            None => {
                tables.requests.insert((workspace, id), Request { body, began_at: now, answer: None });
                Ok(Begun::Fresh)
            }
        }
    }

    async fn answer(&self, workspace: WorkspaceId, receipt: &Receipt) -> Result<(), Breakage> {
        self.tables().keep_answer(workspace, receipt);
        Ok(())
    }

    async fn abandon(&self, workspace: WorkspaceId, id: ReceiptId) -> Result<(), Breakage> {
        let mut tables = self.tables();
        if tables.requests.get(&(workspace, id)).is_some_and(|request| request.answer.is_none()) {
            tables.requests.remove(&(workspace, id));
        }
        Ok(())
    }

    async fn sweep(&self, before: DateTime<Utc>) -> Result<u64, Breakage> {
        let mut tables = self.tables();
        let known = tables.requests.len();
        tables.requests.retain(|_, request| request.began_at >= before);
        Ok((known - tables.requests.len()).try_into().expect("fewer requests than 2^64"))
    }
}
