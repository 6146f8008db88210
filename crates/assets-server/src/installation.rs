//! One installation: its database, its store and its secret, wired to the use cases.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use assets_domain::{
    Auditor, Catalog, Housekeeper, Keyring, Ports, Refusals, WebhookPorts, Webhooks, WorkspaceName,
    ports::{BlobLedger, BlobStore, Breakage, Clock, Holder, Ids, KeyRepository, Receipts, Workspace},
};
use assets_http::{Letters, Showcase};
use assets_media::ByteInspector;
use assets_opendal::{Location, OpenDalBlobs};
use assets_render::{Tools, Workshop};
use assets_seal::{Seal, Secret};
use assets_seaorm::Database;
use assets_webhooks::{Guard, HttpCourier, SystemNames};

use crate::{
    ahead::{self, ToBeMade},
    failure::Failure,
    inspector::Inspector,
    rota::Rota,
    settings::Settings,
    signing::Signing,
    world::{SystemClock, UuidIds},
};

/// Where the secret of an installation is kept below its data directory, unless it is set.
pub(crate) const SIGNING_KEY_FILE: &str = "signing.key";

/// Everything that a command works on.
pub(crate) struct Installation {
    pub(crate) database: Database,
    pub(crate) blobs: Arc<OpenDalBlobs>,
    pub(crate) catalog: Catalog,
    pub(crate) keyring: Keyring,
    pub(crate) auditor: Auditor,
    pub(crate) refusals: Arc<Refusals>,
    pub(crate) housekeeper: Housekeeper,
    pub(crate) receipts: Arc<dyn Receipts>,
    pub(crate) rota: Rota,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn Ids>,
    pub(crate) secret: Secret,
    pub(crate) to_be_made: ToBeMade,
    pub(crate) signing: Signing,
    pub(crate) webhooks: Webhooks,
    pub(crate) holder: Holder,
}

/// What an installation is wired of.
struct Parts {
    database: Database,
    blobs: Arc<OpenDalBlobs>,
    workshop: Arc<Workshop>,
    secret: Secret,
    clock: Arc<dyn Clock>,
    signing: Signing,
    max_content_bytes: u64,
    guard: Guard,
}

impl Installation {
    /// Opens an installation that is there, and brings its schema up to date.
    ///
    /// # Errors
    /// There is none; its data directory, database, secret or store cannot be used.
    pub(crate) async fn open(settings: Settings) -> Result<Self, Failure> {
        if let Some(file) = settings.database_file().filter(|file| !file.exists()) {
            let there = file.display();
            return Err(Failure::Refused(format!("there is no installation: {there} does not exist; assets serve makes one")));
        }
        let database = Database::open(settings.database()).await?;
        if !database.is_migrated().await? {
            return Err(Failure::Refused("there is no installation: the database is empty; assets serve makes one".to_owned()));
        }
        Self::over(database, settings).await
    }

    /// Opens an installation, makes what is missing of it, and brings its schema up to date.
    ///
    /// # Errors
    /// The data directory, the database, the secret or the store cannot be used.
    pub(crate) async fn open_or_make(settings: Settings) -> Result<Self, Failure> {
        // SQLite makes its file, but not the folder that it lies in.
        if settings.database_file().is_some() {
            make_private(&settings.data_dir)?;
        }
        let database = Database::open(settings.database()).await?;
        Self::over(database, settings).await
    }

    async fn over(database: Database, settings: Settings) -> Result<Self, Failure> {
        database.migrate().await?;
        if database.bypasses_tenancy().await? {
            tracing::warn!("row-level security does not hold for this role of PostgreSQL; an ordinary one should be used");
        }
        let blobs = Arc::new(open_store(&settings.store()).await?);
        let issuer = settings.issuer();
        let Settings { data_dir, signing_key, max_content_bytes, webhook_allow, webhook_ports, .. } = settings;
        let guard = Guard::new(webhook_allow, webhook_ports, Arc::new(SystemNames));
        let secret = match signing_key {
            Some(secret) => secret,
            None => {
                make_private(&data_dir)?;
                kept_secret(&data_dir.join(SIGNING_KEY_FILE), &database).await?
            }
        };
        let workshop = Arc::new(workshop()?);
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::start());
        let signing = Signing::open(database.clone(), &secret, clock.clone(), &issuer).await?;
        Ok(Self::wire(Parts { database, blobs, workshop, secret, clock, signing, max_content_bytes, guard }))
    }

    fn wire(parts: Parts) -> Self {
        let Parts { database, blobs, workshop, secret, clock, signing, max_content_bytes, guard } = parts;
        let rows = Arc::new(database.clone());
        let ids: Arc<dyn Ids> = Arc::new(UuidIds);
        let store: Arc<dyn BlobStore> = blobs.clone();
        let ledger: Arc<dyn BlobLedger> = rows.clone();
        let receipts: Arc<dyn Receipts> = rows.clone();
        let (ahead, to_be_made) = ahead::list();
        let ports = Ports {
            assets: rows.clone(),
            ledger: ledger.clone(),
            blobs: store.clone(),
            uploads: rows.clone(),
            media: Arc::new(Inspector { bytes: ByteInspector, workshop: workshop.clone() }),
            presenter: Arc::new(Showcase),
            renderer: workshop,
            renditions: rows.clone(),
            foresight: Arc::new(ahead),
            exports: rows.clone(),
            releases: rows.clone(),
            recalls: rows.clone(),
            usages: rows.clone(),
            remarks: rows.clone(),
            events: rows.clone(),
            notary: signing.office(),
            clock: clock.clone(),
            ids: ids.clone(),
        };
        let seal = Arc::new(Seal::new(&secret));
        let courier = HttpCourier::new(guard, seal.clone());
        let webhooks = Webhooks::new(WebhookPorts {
            webhooks: rows.clone(),
            events: rows.clone(),
            courier: Arc::new(courier),
            vault: seal.clone(),
            wording: Arc::new(Letters),
            clock: clock.clone(),
            ids: ids.clone(),
        });
        let holder = Holder::new(ids.next());
        Self {
            database,
            blobs,
            catalog: Catalog::new(ports).with_max_content_bytes(max_content_bytes),
            keyring: Keyring::new(rows.clone(), seal, clock.clone(), ids.clone()),
            auditor: Auditor::new(rows.clone(), signing.office(), clock.clone()),
            refusals: Arc::default(),
            rota: Rota::new(rows.clone(), clock.clone(), holder),
            housekeeper: Housekeeper::new(ledger, store, receipts.clone(), rows.clone(), rows, clock.clone()),
            receipts,
            clock,
            ids,
            secret,
            to_be_made,
            signing,
            webhooks,
            holder,
        }
    }

    /// The tenant with a name.
    ///
    /// # Errors
    /// There is none.
    pub(crate) async fn workspace(&self, name: &WorkspaceName) -> Result<Workspace, Failure> {
        let workspaces = self.keyring.workspaces().await?;
        workspaces
            .into_iter()
            .find(|workspace| workspace.name == *name)
            .ok_or_else(|| Failure::Refused(format!("there is no workspace \"{name}\"; make it with: assets workspace create {name}")))
    }
}

/// Where what is shown of content is made: by this program, started anew for each piece of work.
fn workshop() -> Result<Workshop, Failure> {
    // By this name it is the very program that runs, also when another has taken its place on the disk.
    let program = match cfg!(target_os = "linux") {
        true => PathBuf::from("/proc/self/exe"),
        false => std::env::current_exe().map_err(|error| Failure::Refused(format!("the program cannot find itself: {error}")))?,
    };
    #[expect(clippy::disallowed_methods, reason = "where programs are found is the environment's to say, and is read once")]
    let path = std::env::var("PATH").unwrap_or_default();
    let workshop = Workshop::new(program, std::env::temp_dir(), Tools::find(&path));
    workshop.clear();
    Ok(workshop)
}

/// Opens a store. One that does not answer may do so later; one that refuses is a wrong setting.
pub(crate) async fn open_store(location: &Location) -> Result<OpenDalBlobs, Failure> {
    if let Location::Disk(folder) = location {
        make_private(folder)?;
    }
    let blobs = OpenDalBlobs::open(location)?;
    match blobs.check().await {
        Err(Breakage::Failed(refused)) => Err(Failure::Store(refused)),
        Err(breakage) => {
            tracing::warn!(error = %breakage, "the store does not answer yet");
            Ok(blobs)
        }
        Ok(()) => Ok(blobs),
    }
}

/// A folder that only its owner can look into: what is in it is not approved yet. One that is there stays as it is.
pub(crate) fn make_private(folder: &Path) -> Result<(), Failure> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(|error| Failure::file(folder, error))
}

/// The secret that is kept in the data directory; it is made at the first start, readable by the owner alone. A database
/// whose keys were made under a secret that is gone is not opened under a new one: none of them would be good any more.
async fn kept_secret(file: &Path, database: &Database) -> Result<Secret, Failure> {
    if let Some(secret) = read_secret(file)? {
        return Ok(secret);
    }
    let workspaces = KeyRepository::workspaces(database).await?;
    for workspace in workspaces {
        if !database.keys(workspace.id).await?.is_empty() {
            let name = file.display();
            return Err(Failure::Refused(format!("ASSETS_SIGNING_KEY: {name} is missing, and keys were made under it; put it back")));
        }
    }
    keep_secret(file, &Secret::random())
}

pub(crate) fn read_secret(file: &Path) -> Result<Option<Secret>, Failure> {
    let rule = || Failure::Refused(format!("ASSETS_SIGNING_KEY: {} must hold 64 hex digits", file.display()));
    match std::fs::read_to_string(file) {
        Ok(digits) => Ok(Some(Secret::from_hex(digits.trim()).map_err(|_| rule())?)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::file(file, error)),
    }
}

/// Written whole under another name and then linked: two processes that start at once agree on one secret.
pub(crate) fn keep_secret(file: &Path, secret: &Secret) -> Result<Secret, Failure> {
    use secrecy::ExposeSecret;
    let draft = PathBuf::from(format!("{}.{}", file.display(), std::process::id()));
    let failed = |error| Failure::file(file, error);
    write_private(&draft, secret.to_hex().expose_secret()).map_err(failed)?;
    let linked = std::fs::hard_link(&draft, file);
    std::fs::remove_file(&draft).map_err(failed)?;
    match linked {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => return Err(failed(error)),
        _ => {}
    }
    if let Some(folder) = file.parent() {
        std::fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)?;
    }
    read_secret(file)?.ok_or_else(|| Failure::Refused(format!("{} came and went; start again", file.display())))
}

pub(crate) fn write_private(file: &Path, text: &str) -> std::io::Result<()> {
    use std::{io::Write, os::unix::fs::OpenOptionsExt};
    let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(file)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}
