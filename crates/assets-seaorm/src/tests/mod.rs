//! What can be seen only from within: which indexes answer, how many rows a change touches, who may write.

mod footprint;
mod group;
mod plans;
mod postgres;
mod presented;
mod records;
#[path = "../../tests/support/server.rs"]
mod server;
mod upgrade;

use assets_domain::{
    Asset, AssetId, AssetType, Change, Circumstances, DecisionRequest, EventId, NamedBytes, Policy, Principal, Ruling, Transition,
    WorkspaceId, WorkspaceName,
    ports::{AssetRepository, Clock, Commit, Ids, KeyRepository, Presented, Workspace},
};
use assets_testkit::{FixedClock, PlainPresenter, SequentialIds, fixtures};
use sea_orm::{ConnectionTrait, QueryResult, Statement};
use tempfile::TempDir;

use crate::{Database, DatabaseOptions, batch::Batch, scope::Scope};

/// An empty database with one workspace, and hands to work in it.
struct Desk {
    database: Database,
    workspace: WorkspaceId,
    clock: FixedClock,
    ids: SequentialIds,
    folder: TempDir,
}

impl Desk {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self::over(format!("sqlite:{}/assets.db", folder.path().display()), folder).await
    }

    /// The same on PostgreSQL.
    async fn on_postgres() -> Self {
        Self::over(server::empty_database().await, tempfile::tempdir().unwrap()).await
    }

    async fn over(url: String, folder: TempDir) -> Self {
        let database = Database::open(DatabaseOptions::new(url)).await.unwrap();
        database.migrate().await.unwrap();
        let (clock, ids) = (FixedClock::stepping(), SequentialIds::default());
        let desk = Self { workspace: WorkspaceId::new(ids.next()), database, clock, ids, folder };
        let name = WorkspaceName::parse("acme").unwrap();
        let workspace = Workspace { id: desk.workspace, name, policy: Policy::default(), created_at: desk.clock.now() };
        assert!(desk.database.add_workspace(&workspace).await.unwrap());
        desk
    }

    async fn save(&self, change: Change, text: Option<&str>) -> Asset {
        let key = format!("file/{}", self.ids.next());
        let blob = text.map(|text| fixtures::blob(self.workspace, &key, text.as_bytes(), self.clock.now()));
        let event = change.event(EventId::new(self.ids.next()));
        let asset = change.asset().clone();
        let presented = Some(Presented::by(&PlainPresenter, &asset));
        self.database.commit(&Commit { change, event, blob, receipt: None, presented, attestation: None }).await.unwrap();
        asset
    }

    async fn create(&self, text: &str) -> Asset {
        let by = fixtures::agent(self.workspace, "writer");
        let new = fixtures::new_asset(AssetType::Copy, "Spring");
        let content = fixtures::content(AssetType::Copy, text.as_bytes());
        let change = Asset::create(AssetId::new(self.ids.next()), new, content, &by, self.clock.now());
        self.save(change, Some(text)).await
    }

    fn now_by<'a>(&self, by: &'a Principal) -> Circumstances<'a> {
        Circumstances { by, at: self.clock.now(), policy: Policy::default(), by_author: false, revoked: Vec::new() }
    }

    async fn add_version(&self, asset: Asset, text: &str) -> Asset {
        let by = fixtures::agent(self.workspace, "writer");
        let content = fixtures::content(AssetType::Copy, text.as_bytes());
        let provenance = asset.latest().provenance.clone();
        let change = asset.add_version(content, provenance, None, Vec::new(), &self.now_by(&by)).unwrap();
        self.save(change, Some(text)).await
    }

    async fn decide(&self, asset: Asset, action: Transition) -> Asset {
        let by = fixtures::person(self.workspace, "ann");
        let request = DecisionRequest::of(action, NamedBytes::default(), Some(fixtures::comment("because")));
        match asset.decide(request, &self.now_by(&by)).unwrap() {
            Ruling::Changed(change) => self.save(*change, None).await,
            Ruling::Unchanged(_) => panic!("{action:?} was to change something"),
        }
    }

    /// Runs a statement where commits are written.
    async fn write_as_a_commit(&self, sql: &str) -> Vec<QueryResult> {
        let backend = self.database.backend();
        let mut batch = Batch::new(backend, Scope::Tenant(self.workspace));
        batch.add_built(Statement::from_string(backend, sql));
        self.database.apply(batch).await.unwrap()
    }

    /// Runs a statement as the writer does.
    async fn write(&self, sql: &str) -> Result<Vec<QueryResult>, sea_orm::DbErr> {
        let transaction = self.database.write(Scope::Tenant(self.workspace)).await?;
        let rows = transaction.query_all_raw(Statement::from_string(self.database.backend(), sql)).await?;
        transaction.commit().await.map(|()| rows)
    }
}
