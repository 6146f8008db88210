use std::sync::Arc;

use assets_domain::{
    AssetType, AssetView, Auditor, Call, Catalog, Housekeeper, Incoming, Ingested, Keyring, NamedBytes, NewAsset, Policy, Ports, Principal,
    WebhookPorts, Webhooks, WorkspaceId,
    ports::{Clock, Ids, Workspace},
};
use bytes::Bytes;

use crate::{
    FixedClock, InMemoryAssets, InMemoryBlobs, NoForesight, PlainCourier, PlainInspector, PlainNotary, PlainPresenter, PlainRenderer,
    PlainVault, PlainWording, SequentialIds, TestMint, fixtures,
};

/// The whole product in memory: the use cases over every in-memory port, with one workspace in it.
///
/// Time goes on by a millisecond each time somebody looks at the clock, and ids rise, so that everything that happens has
/// its own moment and every run is the same.
pub struct TestWorld {
    /// The use cases on assets.
    pub catalog: Catalog,
    /// Tenants and keys.
    pub keyring: Keyring,
    /// The audit.
    pub auditor: Auditor,
    /// Who is told of events.
    pub webhooks: Webhooks,
    /// What was sent to them.
    pub courier: Arc<PlainCourier>,
    /// Sweeping and checking.
    pub housekeeper: Housekeeper,
    /// What a database would keep.
    pub assets: Arc<InMemoryAssets>,
    /// What a disk would keep.
    pub blobs: Arc<InMemoryBlobs>,
    /// What time it is.
    pub clock: Arc<FixedClock>,
    /// Where ids come from.
    pub ids: Arc<SequentialIds>,
    /// The tenant that is there from the start, called `acme`.
    pub workspace: WorkspaceId,
    ports: Ports,
}

impl Default for TestWorld {
    fn default() -> Self {
        Self::new()
    }
}

impl TestWorld {
    /// A world with nothing in it but a workspace whose policy is the usual one.
    #[must_use]
    pub fn new() -> Self {
        let clock = Arc::new(FixedClock::stepping());
        let ids = Arc::new(SequentialIds::default());
        let assets = Arc::new(InMemoryAssets::default());
        let blobs = Arc::new(InMemoryBlobs::new(clock.clone()));
        let ports = Ports {
            assets: assets.clone(),
            ledger: assets.clone(),
            blobs: blobs.clone(),
            uploads: assets.clone(),
            media: Arc::new(PlainInspector),
            presenter: Arc::new(PlainPresenter),
            renderer: Arc::new(PlainRenderer::default()),
            renditions: assets.clone(),
            foresight: Arc::new(NoForesight),
            exports: assets.clone(),
            releases: assets.clone(),
            recalls: assets.clone(),
            usages: assets.clone(),
            remarks: assets.clone(),
            events: assets.clone(),
            notary: Arc::new(PlainNotary),
            clock: clock.clone(),
            ids: ids.clone(),
        };
        let courier = Arc::new(PlainCourier::default());
        let webhooks = Webhooks::new(WebhookPorts {
            webhooks: assets.clone(),
            events: assets.clone(),
            courier: courier.clone(),
            vault: Arc::new(PlainVault::default()),
            wording: Arc::new(PlainWording),
            clock: clock.clone(),
            ids: ids.clone(),
        });
        let world = Self {
            webhooks,
            courier,
            catalog: Catalog::new(ports.clone()),
            keyring: Keyring::new(assets.clone(), Arc::new(TestMint::default()), clock.clone(), ids.clone()),
            auditor: Auditor::new(assets.clone(), Arc::new(PlainNotary), clock.clone()),
            housekeeper: Housekeeper::new(assets.clone(), blobs.clone(), assets.clone(), assets.clone(), assets.clone(), clock.clone()),
            workspace: WorkspaceId::new(ids.next()),
            ports,
            assets,
            blobs,
            clock,
            ids,
        };
        world.set_policy(Policy::default());
        world
    }

    /// A world whose catalogue works over other ports, see [`TestWorld::catalog_over`].
    #[must_use]
    pub fn rewired(rewire: impl FnOnce(Ports) -> Ports) -> Self {
        let world = Self::new();
        Self { catalog: world.catalog_over(rewire), ..world }
    }

    /// Another catalogue of the same world in which some ports are others, e.g. [failing ones](crate::FailingAssets) around
    /// those given.
    #[must_use]
    pub fn catalog_over(&self, rewire: impl FnOnce(Ports) -> Ports) -> Catalog {
        Catalog::new(rewire(self.ports.clone()))
    }

    /// Gives the workspace another policy.
    pub fn set_policy(&self, policy: Policy) {
        let name = "acme".parse().expect("the name of a workspace");
        self.assets.put_workspace(Workspace { id: self.workspace, name, policy, created_at: self.clock.now() });
    }

    /// An agent of the workspace, see [`fixtures::agent`].
    #[must_use]
    pub fn agent(&self, name: &str) -> Principal {
        fixtures::agent(self.workspace, name)
    }

    /// A person of the workspace, see [`fixtures::person`].
    #[must_use]
    pub fn person(&self, name: &str) -> Principal {
        fixtures::person(self.workspace, name)
    }

    /// A publisher of the workspace, see [`fixtures::service`].
    #[must_use]
    pub fn service(&self, name: &str) -> Principal {
        fixtures::service(self.workspace, name)
    }

    /// Takes in bytes for an asset of a type.
    ///
    /// # Panics
    /// The catalogue refuses them.
    pub async fn ingest(&self, by: &Principal, asset_type: AssetType, bytes: impl Into<Bytes>) -> Ingested {
        let incoming = Incoming::text(bytes, None, None);
        self.catalog.ingest(by, asset_type, incoming).await.expect("the content fits")
    }

    /// Creates an asset.
    ///
    /// # Panics
    /// The catalogue refuses it.
    pub async fn create(&self, by: &Principal, new: NewAsset, bytes: impl Into<Bytes>) -> AssetView {
        let content = self.ingest(by, new.asset_type, bytes).await;
        self.catalog.create(&Call::by(by.clone()), new, content).await.expect("the asset is created")
    }

    /// Creates a copy with a text.
    ///
    /// # Panics
    /// The catalogue refuses it.
    pub async fn create_copy(&self, by: &Principal, text: &'static str) -> AssetView {
        self.create(by, fixtures::new_asset(AssetType::Copy, "Spring launch"), text).await
    }

    /// Submits the latest version of an asset and approves it.
    ///
    /// # Panics
    /// The catalogue refuses it.
    pub async fn submit_and_approve(&self, asset: &AssetView, reviewer: &Principal) -> AssetView {
        let call = Call::by(reviewer.clone());
        self.catalog.submit(&call, asset.id, NamedBytes::default(), None).await.expect("the draft is submitted");
        self.catalog.approve(&call, asset.id, NamedBytes::default(), None).await.expect("the version is approved")
    }
}
