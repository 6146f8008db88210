//! `assets copy`: a live installation is taken to another database and another store, and brought up to date there by
//! every further run.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant},
};

use assets_opendal::Location;
use assets_seal::Secret;
use assets_seaorm::{Copier, CopyProgress, CopyReport, Database, DatabaseOptions, Site};
use secrecy::ExposeSecret;

use crate::{
    cli::CopyArguments,
    failure::Failure,
    installation::{SIGNING_KEY_FILE, keep_secret, make_private, open_store, read_secret},
    log,
    settings::{BLOBS_FOLDER, DATABASE_FILE, Settings},
    world::SystemClock,
};

/// How often it is said how far the copy has come.
const SAY_EVERY: Duration = Duration::from_secs(5);

/// Where an installation is, or will be.
struct Side {
    database: DatabaseOptions,
    store: Location,
    data_dir: Option<PathBuf>,
}

/// Copies everything that is whole. What is not is named and left out, and the command fails at the end.
pub(super) async fn copy(settings: Settings, arguments: CopyArguments) -> Result<ExitCode, Failure> {
    let to = Side::named("to", arguments.to_database_url, arguments.to_store_url, arguments.to_data_dir)?;
    let to = to.ok_or_else(|| Failure::Refused("--to-database-url and --to-store-url, or --to-data-dir, must be given".to_owned()))?;
    let named = Side::named("from", arguments.from_database_url, arguments.from_store_url, arguments.from_data_dir)?;
    // The secret that is set is that of the usual installation; one that is named has its own, if it has a data directory.
    let (from, set, otherwise) = match named {
        None => (Side::usual(&settings), settings.signing_key, None),
        Some(from) => (from, None, settings.signing_key),
    };
    apart(&from, &to)?;
    let source = from.open_source().await?;
    let secret = match set {
        Some(secret) => Some(secret),
        None => from.kept_secret()?.or(otherwise),
    };
    let destination = to.open_destination().await?;
    let kept = to.keep(secret.as_ref())?;

    let copier = Copier::new(source, destination, Arc::new(SystemClock::start()));
    let watch = actix_web::rt::spawn(say_how_far(copier.progress()));
    let copied = copier.copy().await;
    watch.abort();
    let report = copied?;
    say(&report);
    log::say(advice(&from, &to, kept));
    Ok(if report.faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

impl Side {
    /// The side that flags name, whatever else is set; `None` if they name none.
    fn named(
        which: &str,
        database_url: Option<String>,
        store_url: Option<String>,
        data_dir: Option<PathBuf>,
    ) -> Result<Option<Self>, Failure> {
        if database_url.is_none() && store_url.is_none() && data_dir.is_none() {
            return Ok(None);
        }
        let missing = |what| Failure::Refused(format!("--{which}-{what} must be given where there is no --{which}-data-dir"));
        let database_url = match (database_url, &data_dir) {
            (Some(url), _) => url,
            (None, Some(folder)) => format!("sqlite:{}", folder.join(DATABASE_FILE).display()),
            (None, None) => return Err(missing("database-url")),
        };
        let store = match (store_url, &data_dir) {
            (Some(url), _) => Location::parse(&url).map_err(|error| Failure::Refused(format!("--{which}-store-url: {error}")))?,
            (None, Some(folder)) => Location::Disk(folder.join(BLOBS_FOLDER)),
            (None, None) => return Err(missing("store-url")),
        };
        Ok(Some(Self { database: DatabaseOptions::new(database_url), store, data_dir }))
    }

    /// The installation that every other command would work on.
    fn usual(settings: &Settings) -> Self {
        Self { database: settings.database(), store: settings.store(), data_dir: Some(settings.data_dir.clone()) }
    }

    /// Opens what must be there already, and makes nothing.
    async fn open_source(&self) -> Result<Site, Failure> {
        let folder = match &self.store {
            Location::Disk(folder) => Some(folder.clone()),
            Location::S3(_) => None,
        };
        if let Some(missing) = self.database.file().into_iter().chain(folder).find(|path| !path.exists()) {
            return Err(Failure::Refused(format!("there is no installation to copy: {} does not exist", missing.display())));
        }
        let database = Database::open(self.database.clone()).await?;
        Ok(Site { database, blobs: Arc::new(open_store(&self.store).await?) })
    }

    /// Opens what may be new, and brings its schema up to date.
    async fn open_destination(&self) -> Result<Site, Failure> {
        if let Some(folder) = &self.data_dir {
            make_private(folder)?;
        }
        if let Some(folder) = self.database.file().as_deref().and_then(Path::parent).filter(|folder| !folder.as_os_str().is_empty()) {
            make_private(folder)?;
        }
        let database = Database::open(self.database.clone()).await?;
        database.migrate().await?;
        Ok(Site { database, blobs: Arc::new(open_store(&self.store).await?) })
    }

    fn kept_secret(&self) -> Result<Option<Secret>, Failure> {
        self.secret_file().map_or(Ok(None), |file| read_secret(&file))
    }

    fn secret_file(&self) -> Option<PathBuf> {
        self.data_dir.as_ref().map(|folder| folder.join(SIGNING_KEY_FILE))
    }

    /// Keeps the secret of the source in the data directory, since its keys and links are good under no other. Answers
    /// whether it is there.
    fn keep(&self, secret: Option<&Secret>) -> Result<bool, Failure> {
        let Some(file) = self.secret_file() else { return Ok(false) };
        let Some(secret) = secret else {
            return Err(Failure::Refused("ASSETS_SIGNING_KEY: must be that of the source, whose keys are good under no other".to_owned()));
        };
        let kept = match read_secret(&file)? {
            Some(kept) => kept,
            None => keep_secret(&file, secret)?,
        };
        if kept.to_hex().expose_secret() == secret.to_hex().expose_secret() {
            return Ok(true);
        }
        let name = file.display();
        Err(Failure::Refused(format!("{name} is another signing key than the source's, whose keys are good under no other")))
    }
}

/// Two installations with one database are one; with one store, each would sweep what belongs to the other.
fn apart(from: &Side, to: &Side) -> Result<(), Failure> {
    let settled = |path: PathBuf| path.canonicalize().unwrap_or(path);
    let database = |side: &Side| side.database.file().map(settled).ok_or_else(|| side.database.url.clone());
    // One bucket has many addresses, so that its name alone is compared.
    let store = |side: &Side| match &side.store {
        Location::Disk(folder) => Ok(settled(folder.clone())),
        Location::S3(bucket) => Err((bucket.bucket.clone(), bucket.prefix.clone())),
    };
    let shared = match (database(from) == database(to), store(from) == store(to)) {
        (true, _) => "database",
        (false, true) => "store (if these are two buckets of one name, give the destination a prefix)",
        (false, false) => return Ok(()),
    };
    Err(Failure::Refused(format!("source and destination have the same {shared}")))
}

async fn say_how_far(progress: Arc<CopyProgress>) {
    let began = Instant::now();
    loop {
        actix_web::rt::time::sleep(SAY_EVERY).await;
        let (files, bytes) = progress.carried();
        let bytes_per_second = bytes / began.elapsed().as_secs().max(1);
        tracing::info!(assets = progress.assets(), of = progress.expected(), files, bytes, bytes_per_second, "copying");
    }
}

fn say(report: &CopyReport) {
    for fault in &report.faults {
        log::say(format!("not copied: asset {} of the workspace \"{}\": {}", fault.asset, fault.workspace, fault.why));
    }
    let CopyReport { copied, up_to_date, deleted, files, bytes, events, keys, faults } = report;
    log::say(format!(
        "{copied} assets copied, {up_to_date} were up to date, {deleted} deleted; {files} files of {bytes} bytes and {events} events \
         copied, {keys} keys compared; {} faults",
        faults.len()
    ));
}

/// What whoever runs it does next. Neither passwords nor the signing key are printed.
fn advice(from: &Side, to: &Side, secret_is_kept: bool) -> String {
    let mut lines = vec!["next: stop the service on the source, run this once more, then start the service on the copy with".to_owned()];
    match &to.data_dir {
        Some(folder) => lines.push(format!("  ASSETS_DATA_DIR={}", folder.display())),
        None => lines.push("  ASSETS_DATABASE_URL and ASSETS_STORE_URL as in --to-database-url and --to-store-url".to_owned()),
    }
    if to.data_dir.is_some() && to.database.file().is_none() {
        lines.push("  ASSETS_DATABASE_URL as in --to-database-url".to_owned());
    }
    if let (Some(_), Location::S3(_)) = (&to.data_dir, &to.store) {
        lines.push("  ASSETS_STORE_URL as in --to-store-url".to_owned());
    }
    if !secret_is_kept || to.database.file().is_none() {
        let file = from.secret_file().filter(|file| file.exists());
        let what = file.map_or_else(|| "as it is set for the source".to_owned(), |file| format!("as it stands in {}", file.display()));
        lines.push(format!("  ASSETS_SIGNING_KEY {what}"));
    }
    lines.join("\n")
}
