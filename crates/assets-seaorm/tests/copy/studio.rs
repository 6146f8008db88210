//! An installation to copy from or to: rows in a real database, bytes in memory.

use std::{ops::Range, pin::Pin, sync::Arc, time::Duration};

use assets_domain::{
    Asset, AssetId, AssetType, Call, Catalog, Channel, DetailsPatch, Digest, Filter, Grantor, Housekeeper, Incoming, KeyKind, KeyName,
    KeyRecord, Keyring, ListQuery, NamedBytes, NewExport, NewKey, NewRemark, NewVersion, Policy, Ports, Scope, SearchTerms, Selection,
    Sort, View, WorkspaceId,
    ports::{
        AssetRepository, Beginning, Begun, BlobKey, BlobLedger, BlobStore, Breakage, ByteStream, Clock, History, Ids, KeyRepository,
        Receipt, ReceiptId, Receipts, Releases, Remarks, StoredBlob, StoredObject, Workspace, WriteError,
    },
};
use assets_seaorm::{Copier, Database, DatabaseOptions, KeptSigningKey, Site};
use assets_testkit::{
    FixedClock, InMemoryBlobs, NoForesight, PlainInspector, PlainPresenter, PlainRenderer, SequentialIds, TestMint, fixtures,
};
use async_trait::async_trait;
use futures_util::Stream;
use sea_orm::{ConnectOptions, ConnectionTrait, DbBackend, QueryResult, Statement};
use tempfile::TempDir;

use crate::{Engine, server};

/// Its bytes, its keys and its assets.
pub(crate) struct Studio {
    pub(crate) blobs: Arc<InMemoryBlobs>,
    pub(crate) keyring: Keyring,
    pub(crate) workspace: WorkspaceId,
    url: String,
    database: Database,
    catalog: Catalog,
    clock: Arc<FixedClock>,
    _folder: TempDir,
}

impl Studio {
    /// Without even a schema.
    pub(crate) async fn bare(engine: Engine) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = match engine {
            Engine::Sqlite => format!("sqlite:{}", folder.path().join("assets.db").display()),
            Engine::Postgres => server::empty_database().await,
        };
        let database = Database::open(DatabaseOptions::new(&url)).await.unwrap();
        let (clock, ids) = (Arc::new(FixedClock::stepping()), Arc::new(SequentialIds::default()));
        let (rows, blobs) = (Arc::new(database.clone()), Arc::new(InMemoryBlobs::new(clock.clone())));
        let workspace = WorkspaceId::new(ids.next());
        let ports = Ports {
            assets: rows.clone(),
            ledger: rows.clone(),
            blobs: blobs.clone(),
            uploads: rows.clone(),
            exports: rows.clone(),
            releases: rows.clone(),
            recalls: rows.clone(),
            usages: rows.clone(),
            remarks: rows.clone(),
            events: rows.clone(),
            notary: Arc::new(assets_testkit::PlainNotary),
            presenter: Arc::new(PlainPresenter),
            renderer: Arc::new(PlainRenderer::default()),
            renditions: rows.clone(),
            foresight: Arc::new(NoForesight),
            media: Arc::new(PlainInspector),
            clock: clock.clone(),
            ids: ids.clone(),
        };
        let keyring = Keyring::new(rows, Arc::new(TestMint::default()), clock.clone(), ids);
        Self { blobs, keyring, workspace, url, database, catalog: Catalog::new(ports), clock, _folder: folder }
    }

    /// With a schema and nothing in it.
    pub(crate) async fn empty(engine: Engine) -> Self {
        let studio = Self::bare(engine).await;
        studio.database.migrate().await.unwrap();
        studio
    }

    /// With a workspace and nothing in it.
    pub(crate) async fn empty_tenant(engine: Engine) -> Self {
        let studio = Self::empty(engine).await;
        let name = "acme".parse().unwrap();
        let policy = Policy { allow_self_approval: true, ..Policy::default() };
        let workspace = Workspace { id: studio.workspace, name, policy, created_at: studio.clock.now() };
        assert!(studio.database.add_workspace(&workspace).await.unwrap());
        studio
    }

    /// With 8 assets in every status, 3 of them drafts, one that is gone, and two keys, one of them revoked.
    pub(crate) async fn filled(engine: Engine) -> Self {
        let studio = Self::empty_tenant(engine).await;
        for text in ["first draft", "second draft, of schön words", "third draft"] {
            studio.create(text).await;
        }
        let pending = studio.create("pending").await;
        studio.catalog.submit(&studio.robot(), pending, NamedBytes::default(), None).await.unwrap();
        let approved = studio.create("approved").await;
        studio.approve(approved).await;
        studio.remark(approved, "why not blue?").await;
        studio.add_version(approved, "approved before, and now a draft").await;
        let revoked = studio.create("revoked").await;
        studio.approve(revoked).await;
        studio.hand_out(revoked).await;
        studio.revoke(revoked).await;
        let archived = studio.create("first draft").await;
        studio.catalog.archive(&studio.ann(), archived, NamedBytes::default(), None).await.unwrap();
        let model = studio.database.asset(studio.workspace, approved).await.unwrap().unwrap();
        let full = fixtures::full_asset(&model);
        let content = studio.catalog.ingest(&studio.robot().by, full.asset_type, Incoming::text("an image", None, None)).await.unwrap();
        let full = studio.catalog.create(&studio.robot(), full, content).await.unwrap().id;
        studio.approve(full).await;
        studio.hand_out(full).await;
        let key = KeptSigningKey { number: 1, public: [7; 32], sealed: vec![1, 2, 3], signs_from: studio.clock.now() };
        assert!(studio.database.add_signing_key(&key).await.unwrap());
        let gone = studio.create("gone before").await;
        studio.delete(gone).await;
        for name in ["live", "revoked"] {
            let new = NewKey {
                name: KeyName::parse(name).unwrap(),
                kind: KeyKind::Person,
                scopes: [Scope::Read, Scope::Approve].into_iter().collect(),
                expires_at: (name == "live").then(|| studio.clock.now() + chrono::TimeDelta::days(300)),
            };
            let made = studio.keyring.create(Grantor::Operator(studio.workspace), new).await.unwrap();
            if name == "revoked" {
                studio.keyring.revoke_anywhere(&made.record.actor.key_prefix).await.unwrap();
            }
        }
        studio
    }

    /// Says something about the latest version.
    pub(crate) async fn remark(&self, asset: AssetId, text: &str) {
        let new = NewRemark { about: NamedBytes::default(), anchor: None, text: fixtures::said(text) };
        self.catalog.remark(&self.ann().by, asset, new, None).await.unwrap();
    }

    async fn hand_out(&self, asset: AssetId) {
        let channel = Channel::parse("email").unwrap();
        self.catalog.release(&self.ann().by, asset, &channel, None, None).await.unwrap();
        let selection = Selection::Named(vec![asset]);
        let export = NewExport { selection, channel: Some(channel), market: None, expires_in: None };
        self.catalog.create_export(&self.ann().by, &export, None).await.unwrap();
    }

    fn robot(&self) -> Call {
        Call::by(fixtures::agent(self.workspace, "robot"))
    }

    fn ann(&self) -> Call {
        Call::by(fixtures::person(self.workspace, "ann"))
    }

    pub(crate) async fn create(&self, text: &str) -> AssetId {
        let content = self.catalog.ingest(&self.robot().by, AssetType::Copy, Incoming::text(text.to_owned(), None, None)).await.unwrap();
        self.catalog.create(&self.robot(), fixtures::new_asset(AssetType::Copy, "Spring"), content).await.unwrap().id
    }

    pub(crate) async fn add_version(&self, asset: AssetId, text: &str) {
        let content = self.catalog.ingest(&self.robot().by, AssetType::Copy, Incoming::text(text.to_owned(), None, None)).await.unwrap();
        self.catalog.add_version(&self.robot(), asset, NewVersion::default(), content).await.unwrap();
    }

    pub(crate) async fn approve(&self, asset: AssetId) {
        self.catalog.submit(&self.robot(), asset, NamedBytes::default(), None).await.unwrap();
        self.catalog.approve(&self.ann(), asset, NamedBytes::default(), None).await.unwrap();
    }

    pub(crate) async fn revoke(&self, asset: AssetId) {
        self.catalog.revoke(&self.ann(), asset, NamedBytes::default(), fixtures::comment("no longer")).await.unwrap();
    }

    pub(crate) async fn retitle(&self, asset: AssetId, title: &str) {
        let patch = DetailsPatch { title: Some(title.parse().unwrap()), ..DetailsPatch::default() };
        self.catalog.update(&self.robot(), asset, patch).await.unwrap();
    }

    pub(crate) async fn delete(&self, asset: AssetId) {
        self.catalog.delete(&self.robot(), asset).await.unwrap();
    }

    /// Puts other bytes in the place of these, or none.
    pub(crate) async fn damage(&self, bytes: &[u8], with: Option<&[u8]>) {
        let blob = self.database.blob(self.workspace, &Digest::of(bytes)).await.unwrap().unwrap();
        match with {
            Some(with) => self.blobs.plant(&blob.key, with.to_vec()),
            None => self.blobs.delete(&blob.key).await.unwrap(),
        }
    }

    /// The drafts that were never approved, oldest first.
    pub(crate) async fn ids_of_drafts(&self) -> Vec<AssetId> {
        let mut all = self.listed(View::Working, Filter::default()).await;
        all.retain(|asset| asset.status() == assets_domain::Status::Draft && !asset.parts().ever_approved);
        all.into_iter().rev().map(|asset| asset.id()).collect()
    }

    pub(crate) async fn history(&self, asset: AssetId) -> Option<History> {
        self.database.history(self.workspace, asset).await.unwrap()
    }

    /// What is found by words.
    pub(crate) async fn found(&self, words: &str) -> Vec<AssetId> {
        let filter = Filter { terms: SearchTerms::parse(words).unwrap(), ..Filter::default() };
        self.listed(View::Working, filter).await.into_iter().map(|asset| asset.id()).collect()
    }

    async fn listed(&self, view: View, filter: Filter) -> Vec<Asset> {
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let query = ListQuery { view, filter: filter.clone(), sort: Sort::CreatedAt, limit: 200, after, with_total: false };
            let page = self.database.list(self.workspace, &query).await.unwrap();
            all.extend(page.items);
            after = page.next;
            if after.is_none() {
                return all;
            }
        }
    }

    pub(crate) fn housekeeper(&self) -> Housekeeper {
        let rows = Arc::new(self.database.clone());
        Housekeeper::new(rows.clone(), self.blobs.clone(), rows.clone(), rows.clone(), rows, self.clock.clone())
    }

    fn site(&self) -> Site {
        Site { database: self.database.clone(), blobs: self.blobs.clone() }
    }

    /// Copies from here to there.
    pub(crate) fn copier(&self, to: &Self) -> Copier {
        Copier::new(self.site(), to.site(), self.clock.clone())
    }

    /// The same, with a pause before each file.
    pub(crate) fn copier_through(&self, to: &Self, pause: Duration) -> Copier {
        let slow = Site { blobs: Arc::new(Slow { store: self.blobs.clone(), pause }), ..self.site() };
        Copier::new(slow, to.site(), self.clock.clone())
    }

    /// Everything that anybody can ask for, in words.
    pub(crate) async fn portrait(&self) -> Vec<String> {
        let mut portrait = vec![format!("{:?}", self.database.workspaces().await.unwrap())];
        portrait.push(format!("{:?}", self.database.keys(self.workspace).await.unwrap().iter().map(key_in_words).collect::<Vec<_>>()));
        for view in [View::Working, View::Published] {
            portrait.extend(self.listed(view, Filter::default()).await.iter().map(|asset| format!("{view:?} {asset:?}")));
            for words in ["draft", "schon", "spr", "elan", "approved"] {
                let filter = Filter { terms: SearchTerms::parse(words).unwrap(), ..Filter::default() };
                let found: Vec<_> = self.listed(view, filter).await.iter().map(Asset::id).collect();
                portrait.push(format!("{view:?} {words}: {found:?}"));
            }
            let tagged = Filter { tags: [fixtures::tag("brand:acme")].into(), ..Filter::default() };
            portrait.push(format!("{view:?} tagged: {:?}", self.listed(view, tagged).await.len()));
        }
        for asset in self.listed(View::Working, Filter::default()).await {
            let history = self.history(asset.id()).await.unwrap();
            for version in &history.versions {
                let digest = version.content.digest;
                let blob = self.database.blob(self.workspace, &digest).await.unwrap().unwrap();
                let robot = self.robot().by.actor;
                let by_robot = self.database.is_author(self.workspace, asset.id(), &digest, &robot).await.unwrap();
                let verdict = self.database.newest_verdict(self.workspace, asset.id(), &digest).await.unwrap();
                portrait.push(format!("{:?} by robot: {by_robot}, {verdict:?}", blob.fingerprint));
            }
            portrait.push(format!("{history:?}"));
            portrait.push(format!("{:?}", self.database.remarks(self.workspace, asset.id(), None, 10).await.unwrap()));
            portrait.push(format!("{:?}", self.database.handovers(self.workspace, asset.id(), None, 10).await.unwrap()));
        }
        portrait.push(format!("{:?}", self.database.signing_keys().await.unwrap()));
        portrait.push(format!("{:?}", self.attestations().await));
        portrait.extend(self.events().await);
        portrait
    }

    /// What is kept beside each approval, in any order.
    async fn attestations(&self) -> std::collections::BTreeSet<String> {
        let sql = "SELECT attestation FROM decisions WHERE attestation IS NOT NULL";
        self.asked(sql, |row| row.try_get_by_index(0).unwrap()).await.into_iter().collect()
    }

    async fn events(&self) -> Vec<String> {
        let sql =
            "SELECT e.sequence, w.event_sequence, e.body FROM events e JOIN workspaces w ON w.id = e.workspace_id ORDER BY e.sequence";
        self.asked(sql, |row| {
            let (number, last): (i64, i64) = (row.try_get_by_index(0).unwrap(), row.try_get_by_index(1).unwrap());
            format!("event {number} of {last}: {}", row.try_get_by_index::<String>(2).unwrap())
        })
        .await
    }

    async fn asked(&self, sql: &str, in_words: impl Fn(&QueryResult) -> String) -> Vec<String> {
        let mut options = ConnectOptions::new(&self.url);
        options.max_connections(1).sqlx_logging(false);
        let connection = sea_orm::Database::connect(options).await.unwrap();
        if connection.get_database_backend() == DbBackend::Postgres {
            connection.execute_unprepared("SET assets.workspace = '*'").await.unwrap();
        }
        let rows = connection.query_all_raw(Statement::from_string(connection.get_database_backend(), sql)).await.unwrap();
        let told = rows.iter().map(in_words).collect();
        connection.close().await.unwrap();
        told
    }

    /// Keeps an answer to a request.
    pub(crate) async fn answer(&self, request: ReceiptId, answer: &[u8]) {
        assert_eq!(self.repeat(request).await, Begun::Fresh);
        let receipt = Receipt { id: request, answer: answer.to_vec() };
        self.database.answer(self.workspace, &receipt).await.unwrap();
    }

    /// Makes a request, or repeats it.
    pub(crate) async fn repeat(&self, request: ReceiptId) -> Begun {
        let now = self.clock.now();
        let long_ago = now - chrono::TimeDelta::hours(24);
        let beginning =
            Beginning { workspace: self.workspace, id: request, body: [7; 32], now, stale_before: long_ago, forget_before: long_ago };
        self.database.begin(beginning).await.unwrap()
    }
}

/// A key as it is kept, its MAC included.
fn key_in_words(key: &KeyRecord) -> String {
    let (actor, scopes, mac) = (&key.actor, &key.scopes, &key.mac);
    format!("{actor:?} {scopes:?} {mac:?} {:?} {:?} {:?}", key.created_at, key.expires_at, key.revoked_at)
}

/// A store that takes its time.
struct Slow {
    store: Arc<InMemoryBlobs>,
    pause: Duration,
}

#[async_trait]
impl BlobStore for Slow {
    async fn write(&self, workspace: WorkspaceId, bytes: ByteStream, limit_bytes: u64) -> Result<StoredBlob, WriteError> {
        self.store.write(workspace, bytes, limit_bytes).await
    }

    async fn read(&self, key: &BlobKey, range: Range<u64>) -> Result<ByteStream, Breakage> {
        tokio::time::sleep(self.pause).await;
        self.store.read(key, range).await
    }

    async fn size_bytes(&self, key: &BlobKey) -> Result<Option<u64>, Breakage> {
        self.store.size_bytes(key).await
    }

    async fn delete(&self, key: &BlobKey) -> Result<(), Breakage> {
        self.store.delete(key).await
    }

    async fn list(&self) -> Result<Pin<Box<dyn Stream<Item = Result<StoredObject, Breakage>> + Send>>, Breakage> {
        self.store.list().await
    }

    async fn check(&self) -> Result<(), Breakage> {
        self.store.check().await
    }
}
