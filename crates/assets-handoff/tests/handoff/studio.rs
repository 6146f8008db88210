//! The product in memory, with the office as its notary, and an archive that it made.

use std::{
    collections::BTreeSet,
    sync::{Arc, OnceLock},
};

use assets_domain::{
    AssetId, AssetType, AssetView, Call, Channel, DecisionRequest, Details, Export, Label, NamedBytes, NewAsset, NewExport, NewVersion,
    Ports, Principal, Provenance, Selection, Source, StatedTerms, Tags, Terms, Transition, VersionNumber, ports::Clock,
};
use assets_handoff::{Keys, Office, PublicKeys, SigningKey};
use assets_testkit::{TestWorld, fixtures};
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::TryStreamExt;

pub(crate) const ISSUER: &str = "https://assets.example";

pub(crate) fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed(Box::new([seed; SigningKey::SEED_BYTES]).into())
}

/// The key of the service.
pub(crate) fn ours() -> SigningKey {
    key(1)
}

/// The keys that the service publishes.
pub(crate) fn published() -> PublicKeys {
    PublicKeys::of([ours().public(), key(2).public()])
}

pub(crate) struct Studio {
    pub(crate) world: TestWorld,
    pub(crate) office: Arc<Office>,
    pub(crate) writer: Principal,
    pub(crate) ann: Principal,
    pub(crate) ben: Principal,
}

impl Studio {
    pub(crate) fn new() -> Self {
        let office = Arc::new(Office::new(format!("{ISSUER}/"), Keys::new(ours(), [key(2).public()])));
        let notary = office.clone();
        let world = TestWorld::rewired(|ports| Ports { notary, ..ports });
        Self { writer: world.agent("writer"), ann: world.person("Ann Lee"), ben: world.person("Ben"), world, office }
    }

    pub(crate) async fn approved(&self, title: &str, text: &'static str) -> AssetView {
        let draft = self.world.create(&self.writer, fixtures::new_asset(AssetType::Copy, title), text).await;
        self.world.submit_and_approve(&draft, &self.ann).await
    }

    /// An image with all that can be said of it, approved for one channel, by its bytes and with a comment.
    pub(crate) async fn limited(&self, made_from: AssetId) -> AssetView {
        let label = |text: &str| Some(text.parse::<Label>().unwrap());
        let tags = ["brand:acme", "audience:CFO & friends"].map(fixtures::tag);
        let new = NewAsset {
            asset_type: AssetType::Image,
            details: Details {
                title: "“Élan” — 春の新作".parse().unwrap(),
                description: Some("Two lines,\nwith \"quotes\"".parse().unwrap()),
                tags: Tags::collect(tags).unwrap(),
            },
            provenance: Provenance {
                campaign_id: label("spring"),
                model: label("painter-2"),
                derived_from: vec![Source { asset_id: made_from, version: VersionNumber::FIRST }],
                ..fixtures::provenance("illustrator")
            },
        };
        let draft = self.world.create(&self.writer, new, "no picture, but bytes").await;
        let call = Call::by(self.ben.clone());
        self.world.catalog.submit(&call, draft.id, NamedBytes::default(), None).await.unwrap();
        let terms = Terms::new(StatedTerms {
            valid_until: Some(self.world.clock.now() + TimeDelta::days(30)),
            channels: BTreeSet::from(["linkedin".parse().unwrap(), "email".parse().unwrap()]),
            ..StatedTerms::default()
        });
        let named = NamedBytes { version: Some(VersionNumber::FIRST), digest: None };
        let request = DecisionRequest::of(Transition::Approve, named, Some(fixtures::comment("Lovely.")));
        self.world.catalog.decide(&call, draft.id, DecisionRequest { terms: terms.unwrap(), ..request }).await.unwrap()
    }

    /// A copy whose first version was approved, superseded, and brought back.
    pub(crate) async fn brought_back(&self) -> AssetView {
        let first = self.approved("Brought back", "the first one").await;
        let content = self.world.ingest(&self.writer, AssetType::Copy, "the second one").await;
        let call = Call::by(self.writer.clone());
        self.world.catalog.add_version(&call, first.id, NewVersion::default(), content).await.unwrap();
        self.world.submit_and_approve(&first, &self.ben).await;
        let reason = Some(fixtures::comment("The first was better."));
        self.world.catalog.rollback(&Call::by(self.ann.clone()), first.id, VersionNumber::FIRST, reason, Vec::new()).await.unwrap()
    }

    pub(crate) async fn export(&self, ids: impl IntoIterator<Item = AssetId>) -> (Export, Vec<u8>) {
        let channel = Some(Channel::parse("linkedin").unwrap());
        self.export_of(NewExport { selection: Selection::Named(ids.into_iter().collect()), channel, market: None, expires_in: None }).await
    }

    pub(crate) async fn export_of(&self, new: NewExport) -> (Export, Vec<u8>) {
        let export = self.world.catalog.create_export(&self.ann, &new, None).await.unwrap();
        let archive = self.world.catalog.download(&self.ann, export.id).await.unwrap();
        let pieces: Vec<_> = self.world.catalog.read_archive(&archive, 0..export.size_bytes).await.unwrap().try_collect().await.unwrap();
        (export, pieces.concat())
    }

    /// Four files that differ in all that they can.
    pub(crate) async fn sample(&self) -> (Export, Vec<u8>) {
        let hero = self.approved("Spring launch", "one").await;
        let ids = [hero.id, self.limited(hero.id).await.id, self.brought_back().await.id, self.approved("Autumn", "four").await.id];
        self.export(ids).await
    }
}

/// An archive of four files, and when it was made. It is made once.
pub(crate) fn sample() -> (&'static [u8], DateTime<Utc>) {
    static SAMPLE: OnceLock<(Vec<u8>, DateTime<Utc>)> = OnceLock::new();
    let (archive, at) = SAMPLE.get_or_init(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (export, archive) = runtime.block_on(async { Studio::new().sample().await });
        (archive, export.created_at)
    });
    (archive, *at)
}
