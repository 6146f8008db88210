//! A copy of what was loaded, and the servers that work on it.

use std::path::{Path, PathBuf};

use rusqlite::Connection;
use tokio_postgres::Client;

use super::{Arguments, pair::median, report::Fact, target::Target};
use crate::{
    Failure,
    load::{
        Purpose, link_all,
        postgres::{beside, connect},
    },
    process::{Launch, Server, free_address, keep_to_first_core, parent_of},
    service::Installation,
};

/// How often a start is measured.
const STARTS: usize = 5;
/// The copy of a database of PostgreSQL that a run works on.
const DESK: &str = "bench_desk";

/// A copy of what was loaded, which a run may change.
pub(super) struct Desk {
    folder: Folder,
    pub(super) installation: Installation,
    content: PathBuf,
    /// The server of PostgreSQL, if that has the rows.
    pub(super) server: Option<Postgres>,
}

/// A server of PostgreSQL.
pub(super) struct Postgres {
    url: String,
    postmaster: u32,
}

/// A folder that goes when nobody works in it any more.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        // What stays is in the way of nothing.
        let _cleared = std::fs::remove_dir_all(&self.0);
    }
}

impl Desk {
    /// Copies what was loaded; content never changes, and is linked.
    ///
    /// # Errors
    /// There is no room, or no database of this size.
    pub(super) async fn lay(arguments: &Arguments, kept: &Path) -> Result<Self, Failure> {
        let folder = Folder(arguments.data.place.cache.join(format!("desk-{}", std::process::id())));
        let data = folder.0.join("data");
        link_all(&kept.join("data").join("blobs"), &data.join("blobs"))?;
        let content = folder.0.join("content");
        std::fs::create_dir_all(&content)?;
        by_digest(&data.join("blobs"), &content)?;
        std::fs::copy(kept.join("data/signing.key"), folder.0.join("data/signing.key"))?;
        let server = match &arguments.data.place.database {
            Some(url) => Some(Postgres::copy(url, &arguments.data.database_name(Purpose::Run)).await?),
            None => {
                for file in ["data/assets.sqlite", "floor.sqlite"] {
                    std::fs::copy(kept.join(file), folder.0.join(file))?;
                }
                None
            }
        };
        let url = server.as_ref().map(Postgres::desk);
        let store_url = arguments.store.clone();
        let installation = Installation { store_url, ..Installation::new(&arguments.data.place.binary, &data, url) };
        installation.command(&["migrate"])?;
        put_off_the_sweep(&installation).await?;
        Ok(Self { folder, installation, content, server })
    }

    fn postmaster(&self) -> Option<u32> {
        self.server.as_ref().map(|server| server.postmaster)
    }

    pub(super) async fn service(&self) -> Result<Server, Failure> {
        self.installation.serve(self.postmaster()).await
    }

    pub(super) async fn floor(&self) -> Result<Server, Failure> {
        let (address, program) = (free_address()?, std::env::current_exe()?);
        let file = || self.folder.0.join("floor.sqlite").display().to_string();
        let (database, listen) = (self.server.as_ref().map_or_else(file, Postgres::desk), address.to_string());
        let content = self.content.display().to_string();
        let arguments = ["floor", "--listen", &listen, "--database", &database, "--content", &content];
        let arguments = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        let (log, database) = (self.folder.0.join("floor.log"), self.postmaster());
        Server::start(Launch { program: &program, arguments, environment: Vec::new(), probe: "/hello", log, address, database }).await
    }

    /// From the start of the process to its first answer, on nothing and on all that was loaded.
    pub(super) async fn starts(&self) -> Result<Vec<Fact>, Failure> {
        let (mut empty, mut full, mut floor) = (Vec::new(), Vec::new(), Vec::new());
        for number in 0..STARTS {
            let nothing = self.folder.0.join(format!("empty-{number}"));
            std::fs::create_dir_all(&nothing)?;
            let installation = Installation { data: nothing, database_url: None, store_url: None, ..self.installation.clone() };
            empty.push(installation.serve(None).await?.start.as_secs_f64() * 1000.0);
            full.push(self.service().await?.start.as_secs_f64() * 1000.0);
            floor.push(self.floor().await?.start.as_secs_f64() * 1000.0);
        }
        let fact = |what, starts: Vec<f64>, target| Fact::new(what, median(starts).unwrap_or(0.0), "ms", target);
        Ok(vec![
            fact("start to first answer, empty", empty, Some(Target::value(150.0, 50.0))),
            fact("start to first answer, full", full, Some(Target::value(150.0, 50.0))),
            fact("start to first answer, floor", floor, None),
        ])
    }

    pub(super) async fn clear(self) {
        if let Some(server) = self.server
            && let Ok(client) = connect(&server.url).await
        {
            // What stays is dropped by the next run.
            let _cleared = client.batch_execute(&format!("DROP DATABASE IF EXISTS {DESK} WITH (FORCE)")).await;
        }
    }
}

impl Postgres {
    /// Copies a database.
    async fn copy(url: &str, loaded: &str) -> Result<Self, Failure> {
        let client = connect(url).await?;
        client.batch_execute(&format!("DROP DATABASE IF EXISTS {DESK} WITH (FORCE)")).await?;
        client.batch_execute(&format!("CREATE DATABASE {DESK} TEMPLATE {loaded}")).await?;
        Ok(Self { url: url.to_owned(), postmaster: postmaster(&client).await? })
    }

    fn desk(&self) -> String {
        beside(&self.url, DESK)
    }
}

/// The process of a server of PostgreSQL, which is kept to the first core with all that it begins from now on.
///
/// # Errors
/// It is not on this machine.
pub(super) async fn postmaster(client: &Client) -> Result<u32, Failure> {
    let own = client.query_one("SELECT pg_backend_pid()", &[]).await?.try_get::<_, i32>(0)?;
    let postmaster = parent_of(u32::try_from(own)?)?;
    keep_to_first_core(postmaster)?;
    Ok(postmaster)
}

/// The sweep comes once an hour, and would fall into whichever row is measured then.
///
/// # Errors
/// There is no such work in the database.
pub(super) async fn put_off_the_sweep(installation: &Installation) -> Result<(), Failure> {
    let put_off = format!("UPDATE leases SET due_at = {} WHERE work = 'sweep'", i64::MAX);
    let changed = match &installation.database_url {
        Some(url) => connect(url).await?.execute(&put_off, &[]).await?,
        None => u64::try_from(Connection::open(installation.data.join("assets.sqlite"))?.execute(&put_off, [])?)?,
    };
    if changed == 1 { Ok(()) } else { Err("no sweep to put off".into()) }
}

/// Links every file of the store into one folder, called by the digest with which its name begins.
fn by_digest(from: &Path, to: &Path) -> Result<(), Failure> {
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            by_digest(&entry.path(), to)?;
            continue;
        }
        let name = entry.file_name();
        let Some((digest, _)) = name.to_str().and_then(|name| name.split_once('-')) else { continue };
        if !to.join(digest).exists() {
            std::fs::hard_link(entry.path(), to.join(digest))?;
        }
    }
    Ok(())
}
