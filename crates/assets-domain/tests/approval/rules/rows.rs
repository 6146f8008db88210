//! Rule 8: a transition costs the same however long the history is.

use std::sync::{Arc, Mutex};

use assets_domain::{
    Actor, Asset, AssetId, Decision, Digest, ListPage, ListQuery, Ports, Source, Transition, Version, VersionNumber, WorkspaceId,
    ports::{AssetRepository, Breakage, Case, Commit, CommitError, Deletion, History, ListedPage, ReadyHistory},
};
use assets_testkit::TestWorld;
use async_trait::async_trait;

use crate::story::Story;

mockall::mock! {
    pub(super) Rows {}

    #[async_trait]
    impl AssetRepository for Rows {
        async fn commit(&self, commit: &Commit) -> Result<(), CommitError>;
        async fn commit_each(&self, commits: &[Commit]) -> Vec<Result<(), CommitError>>;
        async fn delete(&self, deletion: &Deletion) -> Result<(), CommitError>;
        async fn cases(&self, workspace: WorkspaceId, ids: &[AssetId], actor: &Actor) -> Result<Vec<Case>, Breakage>;
        async fn asset(&self, workspace: WorkspaceId, id: AssetId) -> Result<Option<Asset>, Breakage>;
        async fn history(&self, workspace: WorkspaceId, id: AssetId) -> Result<Option<History>, Breakage>;
        async fn ready_history(&self, workspace: WorkspaceId, id: AssetId, edition: i32) -> Result<Option<ReadyHistory>, Breakage>;
        async fn version(&self, workspace: WorkspaceId, id: AssetId, number: VersionNumber) -> Result<Option<Version>, Breakage>;
        async fn is_author(&self, workspace: WorkspaceId, id: AssetId, digest: &Digest, actor: &Actor) -> Result<bool, Breakage>;
        async fn newest_verdict(&self, workspace: WorkspaceId, id: AssetId, digest: &Digest) -> Result<Option<Decision>, Breakage>;
        async fn missing_source(&self, workspace: WorkspaceId, sources: &[Source]) -> Result<Option<usize>, Breakage>;
        async fn list(&self, workspace: WorkspaceId, query: &ListQuery) -> Result<ListPage, Breakage>;
        async fn listed(&self, workspace: WorkspaceId, query: &ListQuery, edition: i32) -> Result<ListedPage, Breakage>;
        async fn changes(&self, workspace: WorkspaceId) -> Result<u64, Breakage>;
    }
}

/// What was asked of a repository: which question, and how many rows the answer may touch.
type Calls = Arc<Mutex<Vec<(&'static str, usize)>>>;

/// Passes everything on to a repository and writes it down.
fn counting(inner: Arc<dyn AssetRepository>) -> (MockRows, Calls) {
    let calls = Calls::default();
    let mut rows = MockRows::new();
    let note = |name| {
        let (calls, inner) = (calls.clone(), inner.clone());
        move |touched: usize| {
            calls.lock().unwrap().push((name, touched));
            inner.clone()
        }
    };
    let inner = note("commit");
    rows.expect_commit().returning(move |commit| now(inner(rows_of(commit)).commit(commit)));
    let inner = note("cases");
    rows.expect_cases().returning(move |workspace, ids, actor| now(inner(ids.len()).cases(workspace, ids, actor)));
    let inner = note("asset");
    rows.expect_asset().returning(move |workspace, id| now(inner(1).asset(workspace, id)));
    let inner = note("version");
    rows.expect_version().returning(move |workspace, id, number| now(inner(1).version(workspace, id, number)));
    let inner = note("is_author");
    rows.expect_is_author().returning(move |workspace, id, digest, actor| now(inner(1).is_author(workspace, id, digest, actor)));
    let inner = note("newest_verdict");
    rows.expect_newest_verdict().returning(move |workspace, id, digest| now(inner(1).newest_verdict(workspace, id, digest)));
    (rows, calls)
}

/// The repository in memory never waits.
fn now<T>(answer: impl Future<Output = T>) -> T {
    let mut answer = std::pin::pin!(answer);
    match answer.as_mut().poll(&mut std::task::Context::from_waker(std::task::Waker::noop())) {
        std::task::Poll::Ready(answer) => answer,
        std::task::Poll::Pending => panic!("the repository in memory waited"),
    }
}

/// The asset, its event, and what else the change brings.
fn rows_of(commit: &Commit) -> usize {
    let change = &commit.change;
    2 + change.restated().len() + change.added_version().iter().len() + change.decision().iter().len()
}

/// What each transition costs when the asset has so many versions before.
async fn costs(versions: usize) -> Vec<(&'static str, Vec<(&'static str, usize)>)> {
    let calls = Arc::new(Mutex::new(Calls::default()));
    let world = TestWorld::rewired(|ports| {
        let (rows, counted) = counting(ports.assets.clone());
        *calls.lock().unwrap() = counted;
        Ports { assets: Arc::new(rows), ..ports }
    });
    let calls = calls.lock().unwrap().clone();
    let story = Story::of(world).await;
    for _ in 1..versions {
        story.submits_and_approves().await;
        story.adds(&story.maker, "one more").await.unwrap();
    }
    let mut costs = Vec::new();
    let mut spent = |name| costs.push((name, std::mem::take(&mut *calls.lock().unwrap())));
    spent("all before");
    use Transition as T;
    let story = &story;
    for transition in
        [T::Submit, T::Withdraw, T::Submit, T::Approve, T::RequestChanges, T::Submit, T::Approve, T::Revoke, T::Archive, T::Restore]
    {
        story.asks(&story.ann, transition).await.unwrap();
        spent(transition.as_str());
    }
    story.rolls_back(&story.ann, 1).await.unwrap();
    spent("rollback");
    costs.remove(0);
    costs
}

#[tokio::test]
async fn rule_8_every_transition_costs_the_same_however_long_the_history_is() {
    let (short, long) = (costs(2).await, costs(200).await);
    assert_eq!(short, long);
    for (name, calls) in long {
        let touched: usize = calls.iter().map(|(_, touched)| touched).sum();
        assert!(touched <= 12, "{name} touches {touched} rows: {calls:?}");
    }
}
