use std::{
    ops::Range,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
};

use assets_domain::{
    Actor, Asset, AssetId, Decision, Digest, ListPage, ListQuery, Source, Version, VersionNumber, WorkspaceId,
    ports::{
        AssetRepository, BlobKey, BlobStore, Breakage, ByteStream, Case, Commit, CommitError, Deletion, History, LinkTerms, ListedPage,
        Opened, ReadyHistory, StoredBlob, StoredObject, WriteError,
    },
};
use async_trait::async_trait;
use futures_util::Stream;

/// What is to go wrong. Whatever does fails with [`Breakage::Unavailable`], before anything is done.
#[derive(Debug, Default)]
pub struct Faults {
    calls_to_fail: AtomicU32,
    writes_fail: AtomicBool,
}

impl Faults {
    /// Fails so many of the next calls, whatever they are.
    pub fn fail_next(&self, calls: u32) {
        self.calls_to_fail.store(calls, Ordering::SeqCst);
    }

    /// Fails every call that writes, or no longer does.
    pub fn fail_writes(&self, fail: bool) {
        self.writes_fail.store(fail, Ordering::SeqCst);
    }

    fn on_read(&self) -> Result<(), Breakage> {
        let left = self.calls_to_fail.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        if left.is_ok() { Err(unavailable()) } else { Ok(()) }
    }

    fn on_write(&self) -> Result<(), Breakage> {
        self.on_read()?;
        if self.writes_fail.load(Ordering::SeqCst) { Err(unavailable()) } else { Ok(()) }
    }
}

fn unavailable() -> Breakage {
    Breakage::Unavailable("the test wants it so".into())
}

/// A repository that fails when it is told to.
pub struct FailingAssets {
    inner: Arc<dyn AssetRepository>,
    /// What is to go wrong.
    pub faults: Faults,
}

impl FailingAssets {
    /// Wraps a repository. Nothing fails yet.
    #[must_use]
    pub fn new(inner: Arc<dyn AssetRepository>) -> Self {
        Self { inner, faults: Faults::default() }
    }
}

#[async_trait]
impl AssetRepository for FailingAssets {
    async fn commit(&self, commit: &Commit) -> Result<(), CommitError> {
        self.faults.on_write()?;
        self.inner.commit(commit).await
    }

    async fn commit_each(&self, commits: &[Commit]) -> Vec<Result<(), CommitError>> {
        let mut outcomes = Vec::with_capacity(commits.len());
        for commit in commits {
            outcomes.push(self.commit(commit).await);
        }
        outcomes
    }

    async fn delete(&self, deletion: &Deletion) -> Result<(), CommitError> {
        self.faults.on_write()?;
        self.inner.delete(deletion).await
    }

    async fn cases(&self, workspace: WorkspaceId, ids: &[AssetId], actor: &Actor) -> Result<Vec<Case>, Breakage> {
        self.faults.on_read()?;
        self.inner.cases(workspace, ids, actor).await
    }

    async fn asset(&self, workspace: WorkspaceId, id: AssetId) -> Result<Option<Asset>, Breakage> {
        self.faults.on_read()?;
        self.inner.asset(workspace, id).await
    }

    async fn history(&self, workspace: WorkspaceId, id: AssetId) -> Result<Option<History>, Breakage> {
        self.faults.on_read()?;
        self.inner.history(workspace, id).await
    }

    async fn ready_history(&self, workspace: WorkspaceId, id: AssetId, edition: i32) -> Result<Option<ReadyHistory>, Breakage> {
        self.faults.on_read()?;
        self.inner.ready_history(workspace, id, edition).await
    }

    async fn version(&self, workspace: WorkspaceId, id: AssetId, number: VersionNumber) -> Result<Option<Version>, Breakage> {
        self.faults.on_read()?;
        self.inner.version(workspace, id, number).await
    }

    async fn is_author(&self, workspace: WorkspaceId, id: AssetId, digest: &Digest, actor: &Actor) -> Result<bool, Breakage> {
        self.faults.on_read()?;
        self.inner.is_author(workspace, id, digest, actor).await
    }

    async fn newest_verdict(&self, workspace: WorkspaceId, id: AssetId, digest: &Digest) -> Result<Option<Decision>, Breakage> {
        self.faults.on_read()?;
        self.inner.newest_verdict(workspace, id, digest).await
    }

    async fn missing_source(&self, workspace: WorkspaceId, sources: &[Source]) -> Result<Option<usize>, Breakage> {
        self.faults.on_read()?;
        self.inner.missing_source(workspace, sources).await
    }

    async fn list(&self, workspace: WorkspaceId, query: &ListQuery) -> Result<ListPage, Breakage> {
        self.faults.on_read()?;
        self.inner.list(workspace, query).await
    }

    async fn listed(&self, workspace: WorkspaceId, query: &ListQuery, edition: i32) -> Result<ListedPage, Breakage> {
        self.faults.on_read()?;
        self.inner.listed(workspace, query, edition).await
    }

    async fn changes(&self, workspace: WorkspaceId) -> Result<u64, Breakage> {
        self.faults.on_read()?;
        self.inner.changes(workspace).await
    }
}

/// A store that fails when it is told to. To remove a file is to write.
pub struct FailingBlobs {
    inner: Arc<dyn BlobStore>,
    /// What is to go wrong.
    pub faults: Faults,
}

impl FailingBlobs {
    /// Wraps a store. Nothing fails yet.
    #[must_use]
    pub fn new(inner: Arc<dyn BlobStore>) -> Self {
        Self { inner, faults: Faults::default() }
    }
}

#[async_trait]
impl BlobStore for FailingBlobs {
    async fn write(&self, workspace: WorkspaceId, bytes: ByteStream, limit_bytes: u64) -> Result<StoredBlob, WriteError> {
        self.faults.on_write()?;
        self.inner.write(workspace, bytes, limit_bytes).await
    }

    async fn read(&self, key: &BlobKey, range: Range<u64>) -> Result<ByteStream, Breakage> {
        self.faults.on_read()?;
        self.inner.read(key, range).await
    }

    async fn open(&self, key: &BlobKey, range: Range<u64>) -> Result<Opened, Breakage> {
        self.faults.on_read()?;
        self.inner.open(key, range).await
    }

    async fn size_bytes(&self, key: &BlobKey) -> Result<Option<u64>, Breakage> {
        self.faults.on_read()?;
        self.inner.size_bytes(key).await
    }

    async fn delete(&self, key: &BlobKey) -> Result<(), Breakage> {
        self.faults.on_write()?;
        self.inner.delete(key).await
    }

    async fn list(&self) -> Result<Pin<Box<dyn Stream<Item = Result<StoredObject, Breakage>> + Send>>, Breakage> {
        self.faults.on_read()?;
        self.inner.list().await
    }

    async fn check(&self) -> Result<(), Breakage> {
        self.faults.on_read()?;
        self.inner.check().await
    }

    async fn link(&self, key: &BlobKey, terms: &LinkTerms) -> Result<Option<String>, Breakage> {
        self.faults.on_read()?;
        self.inner.link(key, terms).await
    }
}
