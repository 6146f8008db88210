//! What an installation stands on: its database, its store, and the settings that name them.

use std::{
    fmt::Write,
    hash::{BuildHasher, Hasher, RandomState},
    path::{Path, PathBuf},
};

use assets_domain::Digest;
use tempfile::TempDir;

use crate::{bucket::Bucket, postgres::OwnDatabase, store::Store};

/// The database and the store of one installation, which any number of processes may share; gone when nobody does.
///
/// `ASSETS_TEST_ON` says on what the tests run: unset on SQLite and disk, `postgres` on PostgreSQL and disk, and
/// `postgres+s3` on PostgreSQL and an S3-compatible store. The servers are named by `ASSETS_TEST_POSTGRES`, the URL of a
/// database of an ordinary role that may make others, and `ASSETS_TEST_S3`, a store URL, with the usual `AWS_*` beside it.
#[derive(Debug)]
pub struct Foundation {
    // Dropped before the folder.
    database: Option<OwnDatabase>,
    store: Store,
    settings: Vec<(String, String)>,
    data: PathBuf,
    #[expect(dead_code, reason = "what is in it goes with it")]
    folder: TempDir,
}

impl Foundation {
    /// What this run of the tests is to stand on.
    #[must_use]
    pub fn of_this_run() -> Self {
        match variable("ASSETS_TEST_ON").as_deref() {
            None | Some("") => Self::embedded(),
            Some("postgres") => Self::postgres(),
            Some("postgres+s3") => Self::postgres_and_s3(),
            Some(other) => panic!("ASSETS_TEST_ON must be postgres or postgres+s3, not {other}"),
        }
    }

    /// SQLite and disk, in a new data directory.
    #[must_use]
    pub fn embedded() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        Self { database: None, store: Store::Disk(data.join("blobs")), settings: Vec::new(), data, folder }
    }

    /// SQLite and disk, in a data directory that is there already.
    #[must_use]
    pub fn over(data: &Path) -> Self {
        Self { store: Store::Disk(data.join("blobs")), data: data.to_owned(), ..Self::embedded() }
    }

    /// PostgreSQL and disk.
    #[must_use]
    pub fn postgres() -> Self {
        Self::postgres_at(&needed("ASSETS_TEST_POSTGRES", "the URL of a database: just with-postgres COMMAND"))
    }

    /// A new database on this server, and disk.
    #[must_use]
    pub fn postgres_at(server: &str) -> Self {
        let database = OwnDatabase::create(server, &format!("assets_{}", random_name()));
        let settings = vec![("ASSETS_DATABASE_URL".to_owned(), database.url().to_owned()), ("ASSETS_SIGNING_KEY".to_owned(), random_hex())];
        Self { database: Some(database), settings, ..Self::embedded() }
    }

    /// PostgreSQL and S3.
    #[must_use]
    pub fn postgres_and_s3() -> Self {
        Self::postgres().on_s3(&s3_url())
    }

    /// The same database with a place of its own in a bucket instead of a folder.
    #[must_use]
    pub fn on_s3(mut self, store: &str) -> Self {
        let bucket =
            Bucket::within(store, &format!("test-{}", random_name()), &access("AWS_ACCESS_KEY_ID"), &access("AWS_SECRET_ACCESS_KEY"));
        self.settings.push(("ASSETS_STORE_URL".to_owned(), bucket.url()));
        self.settings.extend(bucket.credentials().map(|(name, value)| (name.to_owned(), value.to_owned())));
        self.store = Store::Bucket(bucket);
        self
    }

    /// What the service is told of it, by the names of the environment.
    pub fn settings(&self) -> impl Iterator<Item = (&str, &str)> {
        self.settings.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The data directory. On PostgreSQL and S3 nothing is in it.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// The content, seen past the service.
    pub(crate) const fn store(&self) -> &Store {
        &self.store
    }

    /// The URL of the database.
    pub(crate) fn database_url(&self) -> String {
        match &self.database {
            Some(database) => database.url().to_owned(),
            None => format!("sqlite:{}", self.data.join("assets.sqlite").display()),
        }
    }
}

/// The store that is named for tests.
#[must_use]
pub fn s3_url() -> String {
    needed("ASSETS_TEST_S3", "a store URL, s3://bucket?endpoint=…&region=…: just with-s3 COMMAND")
}

fn access(name: &str) -> String {
    needed(name, "set beside ASSETS_TEST_S3")
}

fn needed(name: &str, what: &str) -> String {
    variable(name).unwrap_or_else(|| panic!("{name} is not set; it must be {what}"))
}

fn variable(name: &str) -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "on what the tests run depends on the machine")]
    std::env::var(name).ok()
}

/// 64 hex digits that nobody else has.
fn random_hex() -> String {
    let mut drawn = String::new();
    for _ in 0..4 {
        write!(drawn, "{:x}", RandomState::new().build_hasher().finish()).unwrap();
    }
    Digest::of(format!("{drawn} {}", std::process::id()).as_bytes()).to_hex()
}

fn random_name() -> String {
    random_hex().chars().take(16).collect()
}
