//! One asset in a world in memory, and everybody who does something to it.

use assets_domain::{
    AssetId, AssetView, Call, CatalogError, Comment, DecisionRequest, DetailsPatch, Digest, KeyKind, NamedBytes, NewVersion, Principal,
    Refusal, Scope, Status, Transition, Version, VersionNumber, VersionStatus, ViewedHistory,
};
use assets_testkit::{TestWorld, fixtures};

use crate::ledger::{Move, Seen};

pub(crate) type Answer = Result<AssetView, CatalogError>;

/// An asset of an agent, `maker`; the reviewers `ann` and `bob` may do everything a person may.
pub(crate) struct Story {
    pub(crate) world: TestWorld,
    pub(crate) id: AssetId,
    pub(crate) maker: Principal,
    pub(crate) ann: Principal,
    pub(crate) bob: Principal,
}

impl Story {
    /// A draft with the text `one`.
    pub(crate) async fn new() -> Self {
        Self::of(TestWorld::new()).await
    }

    /// The same in another world.
    pub(crate) async fn of(world: TestWorld) -> Self {
        let (maker, ann, bob) = (world.agent("maker"), world.person("ann"), world.person("bob"));
        let id = world.create_copy(&maker, "one").await.id;
        Self { world, id, maker, ann, bob }
    }

    /// An asset whose first version, `one`, was approved by ann.
    pub(crate) async fn approved() -> Self {
        let story = Self::new().await;
        story.submits_and_approves().await;
        story
    }

    /// Somebody of a kind, with scopes.
    pub(crate) fn somebody(&self, kind: KeyKind, name: &str, scopes: &[Scope]) -> Principal {
        fixtures::principal(self.world.workspace, kind, name, scopes.iter().copied())
    }

    pub(crate) async fn decides(&self, by: &Principal, action: Transition, named: NamedBytes) -> Answer {
        let request = DecisionRequest::of(action, named, Some(fixtures::comment("because")));
        self.world.catalog.decide(&Call::by(by.clone()), self.id, request).await
    }

    /// Asks for a transition without naming bytes.
    pub(crate) async fn asks(&self, by: &Principal, action: Transition) -> Answer {
        self.decides(by, action, NamedBytes::default()).await
    }

    pub(crate) async fn submits_and_approves(&self) -> AssetView {
        self.asks(&self.maker, Transition::Submit).await.unwrap();
        self.asks(&self.ann, Transition::Approve).await.unwrap()
    }

    pub(crate) async fn adds(&self, by: &Principal, text: &'static str) -> Answer {
        let content = self.world.ingest(by, assets_domain::AssetType::Copy, text).await;
        self.world.catalog.add_version(&Call::by(by.clone()), self.id, NewVersion::default(), content).await
    }

    pub(crate) async fn rolls_back(&self, by: &Principal, to: u32) -> Answer {
        self.world.catalog.rollback(&Call::by(by.clone()), self.id, number(to), reason(), Vec::new()).await
    }

    pub(crate) async fn updates(&self, by: &Principal, title: &str) -> Answer {
        let patch = DetailsPatch { title: Some(title.parse().unwrap()), ..DetailsPatch::default() };
        self.world.catalog.update(&Call::by(by.clone()), self.id, patch).await
    }

    pub(crate) async fn deletes(&self, by: &Principal) -> Result<(), CatalogError> {
        self.world.catalog.delete(&Call::by(by.clone()), self.id).await
    }

    pub(crate) async fn makes(&self, by: &Principal, wanted: Move, named: NamedBytes, text_of: impl Fn(Digest) -> &'static str) -> Answer {
        match wanted {
            Move::Decide(action) => self.decides(by, action, named).await,
            Move::Add(digest) => self.adds(by, text_of(digest)).await,
            Move::Rollback { to } => self.rolls_back(by, to.try_into().unwrap()).await,
            Move::Update => self.updates(by, "Another title").await,
        }
    }

    pub(crate) async fn history(&self) -> ViewedHistory {
        self.world.catalog.history(&self.ann, self.id).await.unwrap()
    }

    pub(crate) async fn asset(&self) -> AssetView {
        self.world.catalog.get(&self.ann, self.id).await.unwrap()
    }

    /// The statuses of all versions, from the first on.
    pub(crate) async fn statuses(&self) -> Vec<VersionStatus> {
        self.history().await.versions.iter().rev().map(|version| version.status).collect()
    }

    pub(crate) async fn seen(&self) -> Seen {
        let ViewedHistory { asset, mut versions, .. } = self.history().await;
        versions.reverse();
        assert!((1..).zip(&versions).all(|(place, version)| version.number.get() == place), "versions are numbered without gaps");
        Seen {
            status: asset.status,
            versions: versions.iter().map(|version| (version.content.digest, version.status)).collect(),
            approved: asset.approved.map(|version| version.number.get().try_into().unwrap()),
        }
    }
}

pub(crate) fn number(number: u32) -> VersionNumber {
    VersionNumber::new(number).unwrap()
}

pub(crate) fn reason() -> Option<Comment> {
    Some(fixtures::comment("the earlier one was better"))
}

/// The bytes of a version, named in full.
pub(crate) fn naming(version: &Version) -> NamedBytes {
    NamedBytes { version: Some(version.number), digest: Some(version.content.digest) }
}

/// The number of the version whose approval stands.
pub(crate) fn approved(asset: &AssetView) -> Option<u32> {
    asset.approved.as_ref().map(|version| version.number.get())
}

pub(crate) fn status_of(answer: Answer) -> Status {
    answer.unwrap().status
}

/// Why a move was refused for the asset as it stands.
pub(crate) fn refusal(answer: Answer) -> Refusal {
    match answer {
        Err(CatalogError::Refused(refusal)) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}
