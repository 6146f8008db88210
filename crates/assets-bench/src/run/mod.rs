//! Service and floor on the same work, in turns.

pub(crate) mod growth;
mod pair;
mod report;
mod row;
mod target;

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use clap::Args;

use self::{
    pair::{Pair, median},
    report::{Fact, Line, Report},
    row::{BULK, Row, Workshop},
    target::Target,
};
use crate::{
    Failure,
    exchange::Connection,
    generator,
    load::{
        Manifest, database_name, folder, link_all,
        postgres::{beside, connect},
        read, write,
    },
    number,
    process::{Launch, Server, free_address, keep_to_first_core, keep_to_last_core, parent_of},
    say,
    service::Installation,
};

/// How often a start is measured.
const STARTS: usize = 5;
/// The copy of a database of PostgreSQL that a run works on.
const DESK: &str = "bench_desk";
const MIB: f64 = 1_048_576.0;

/// What to measure.
#[derive(Args)]
pub(crate) struct Arguments {
    /// How many assets: what was loaded before.
    #[arg(long, default_value_t = 100_000)]
    assets: u64,
    /// The service.
    #[arg(long, default_value = "target/release/assets")]
    binary: PathBuf,
    /// Where data is kept.
    #[arg(long, default_value = "target/bench")]
    cache: PathBuf,
    /// The server of PostgreSQL that has the rows, postgres://…, as somebody who may make databases [SQLite]
    #[arg(long)]
    database: Option<String>,
    /// Which rows, separated by commas; a name takes all that begin with it [all]
    #[arg(long, value_delimiter = ',')]
    rows: Vec<String>,
    /// How long each side of a round takes.
    #[arg(long, default_value_t = 3.0)]
    seconds: f64,
    /// How many rounds.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Where to write all figures as JSON.
    #[arg(long)]
    json: Option<PathBuf>,
}

impl Arguments {
    fn wants(&self, name: &str) -> bool {
        self.rows.is_empty() || self.rows.iter().any(|wanted| name.starts_with(wanted.as_str()))
    }
}

/// Measures and prints.
///
/// # Errors
/// There is no data of this size; a server answers something else than was expected.
pub(crate) async fn run(arguments: &Arguments) -> Result<(), Failure> {
    let kept = folder(&arguments.cache, arguments.assets, arguments.database.as_ref());
    let manifest: Manifest = read(&kept.join("manifest.json"))?;
    keep_to_last_core()?;
    // Runs work on copies, but content that was sent before costs less than content that is new.
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?;
    generator::begin_stamps(u64::try_from(since.as_nanos())?);
    let desk = Desk::lay(arguments, &kept).await?;
    let mut report = Report {
        assets: manifest.assets,
        database: if desk.server.is_some() { "PostgreSQL" } else { "SQLite" }.to_owned(),
        lines: Vec::new(),
        facts: Vec::new(),
    };
    if arguments.wants("start") {
        report.facts.extend(desk.starts().await?);
    }
    let (service, floor) = (desk.service().await?, desk.floor().await?);
    tokio::time::sleep(Duration::from_secs(1)).await;
    let at_rest = number(service.memory()?.now_bytes) / MIB;
    let pair = Pair { floor: &floor, service: &service, seconds: Duration::from_secs_f64(arguments.seconds), rounds: arguments.rounds };
    let mut workshop =
        Workshop { manifest: &manifest, connection: Connection::open(service.address).await?, is_sqlite: desk.server.is_none() };
    let rows = workshop.rows().await?;
    print(&Report::heading());
    for row in rows.iter().filter(|row| arguments.wants(row.name)) {
        check(row, service.address).await?;
        let line = Line::new(row, pair.measure(row).await?);
        print(&line.text());
        report.lines.push(line);
    }
    report.facts.extend(derived(&report.lines));
    let peak = number(service.memory()?.peak_bytes) / MIB;
    let binary = number(std::fs::metadata(&arguments.binary)?.len()) / MIB;
    report.facts.push(Fact::new("memory at rest", at_rest, "MiB", Some(Target::value(30.0, 20.0))));
    report.facts.push(Fact::new("memory at most", peak, "MiB", Some(Target::value(64.0, 40.0))));
    report.facts.push(Fact::new("memory of the floor at most", number(floor.memory()?.peak_bytes) / MIB, "MiB", None));
    report.facts.push(Fact::new("binary", binary, "MiB", Some(Target::value(60.0, 40.0))));
    print(&report.facts());
    if let Some(file) = &arguments.json {
        write(file, &report)?;
    }
    drop((service, floor));
    desk.clear().await;
    Ok(())
}

/// Sends what changes things once and looks at what was said: a call that decides about many answers 200 whatever came of it.
async fn check(row: &Row, service: SocketAddr) -> Result<(), Failure> {
    if row.name != "bulk" {
        return Ok(());
    }
    let mut connection = Connection::open(service).await?;
    for request in row.service.groups.iter().flatten() {
        let answer = connection.exchange(request, 0, true).await?;
        let results = answer.json()?;
        let results = results.get("results").and_then(serde_json::Value::as_array).ok_or("an answer without results")?;
        let refused = results.iter().filter(|result| result.get("problem").is_some_and(|problem| !problem.is_null())).count();
        if refused > 0 || results.len() != BULK {
            return Err(format!("{refused} of {} decisions were refused", results.len()).into());
        }
    }
    Ok(())
}

/// What follows from two rows together.
fn derived(lines: &[Line]) -> Vec<Fact> {
    let cpu = |name: &str| lines.iter().find(|line| line.name == name).and_then(Line::cpu_micros);
    let mut facts = Vec::new();
    if let (Some(bulk), Some(single)) = (cpu("bulk"), cpu("transition")) {
        let singles = single * number(u64::try_from(BULK).unwrap_or(0));
        facts.push(Fact::new("500 decisions in one call / 500 calls", bulk / singles, "", Some(Target::value(0.2, 0.05))));
    }
    if let (Some(altered), Some(nothing)) = (cpu("link-altered"), cpu("healthz")) {
        facts.push(Fact::new("check of a link, with its refusal", altered - nothing, "us", Some(Target::value(30.0, 5.0))));
    }
    facts
}

/// A copy of what was loaded, which a run may change.
struct Desk {
    folder: PathBuf,
    installation: Installation,
    content: PathBuf,
    /// The server of PostgreSQL, if that has the rows.
    server: Option<Postgres>,
}

struct Postgres {
    url: String,
    postmaster: u32,
}

impl Desk {
    async fn lay(arguments: &Arguments, kept: &Path) -> Result<Self, Failure> {
        let folder = arguments.cache.join(format!("desk-{}", std::process::id()));
        let data = folder.join("data");
        link_all(&kept.join("data").join("blobs"), &data.join("blobs"))?;
        let content = folder.join("content");
        std::fs::create_dir_all(&content)?;
        by_digest(&data.join("blobs"), &content)?;
        std::fs::copy(kept.join("data/signing.key"), folder.join("data/signing.key"))?;
        let server = match &arguments.database {
            Some(url) => Some(Postgres::copy(url, &database_name(arguments.assets)).await?),
            None => {
                for file in ["data/assets.sqlite", "floor.sqlite"] {
                    std::fs::copy(kept.join(file), folder.join(file))?;
                }
                None
            }
        };
        let url = server.as_ref().map(Postgres::desk);
        let installation = Installation::new(&arguments.binary, &data, url);
        installation.command(&["migrate"])?;
        Ok(Self { folder, installation, content, server })
    }

    fn postmaster(&self) -> Option<u32> {
        self.server.as_ref().map(|server| server.postmaster)
    }

    async fn service(&self) -> Result<Server, Failure> {
        self.installation.serve(self.postmaster()).await
    }

    async fn floor(&self) -> Result<Server, Failure> {
        let (address, program) = (free_address()?, std::env::current_exe()?);
        let file = || self.folder.join("floor.sqlite").display().to_string();
        let (database, listen) = (self.server.as_ref().map_or_else(file, Postgres::desk), address.to_string());
        let content = self.content.display().to_string();
        let arguments = ["floor", "--listen", &listen, "--database", &database, "--content", &content];
        let arguments = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        let (log, database) = (self.folder.join("floor.log"), self.postmaster());
        Server::start(Launch { program: &program, arguments, environment: Vec::new(), probe: "/hello", log, address, database }).await
    }

    /// From the start of the process to its first answer, on nothing and on all that was loaded.
    async fn starts(&self) -> Result<Vec<Fact>, Failure> {
        let (mut empty, mut full, mut floor) = (Vec::new(), Vec::new(), Vec::new());
        for number in 0..STARTS {
            let nothing = self.folder.join(format!("empty-{number}"));
            std::fs::create_dir_all(&nothing)?;
            let installation = Installation { data: nothing, database_url: None, ..self.installation.clone() };
            empty.push(installation.serve(None).await?.start.as_secs_f64() * 1000.0);
            full.push(self.service().await?.start.as_secs_f64() * 1000.0);
            floor.push(self.floor().await?.start.as_secs_f64() * 1000.0);
        }
        let fact = |what, starts: Vec<f64>, target| Fact::new(what, median(starts).unwrap_or(0.0), "ms", target);
        Ok(vec![
            fact("start on nothing", empty, Some(Target::value(150.0, 50.0))),
            fact("start on what was loaded", full, Some(Target::value(150.0, 50.0))),
            fact("start of the floor", floor, None),
        ])
    }

    async fn clear(self) {
        // What stays is in the way of nothing.
        let _cleared = std::fs::remove_dir_all(&self.folder);
        if let Some(server) = self.server
            && let Ok(client) = connect(&server.url).await
        {
            let _cleared = client.batch_execute(&format!("DROP DATABASE IF EXISTS {DESK} WITH (FORCE)")).await;
        }
    }
}

impl Postgres {
    /// Copies a database, and keeps the server's processes to the first core, those that it begins from now on.
    async fn copy(url: &str, loaded: &str) -> Result<Self, Failure> {
        let client = connect(url).await?;
        client.batch_execute(&format!("DROP DATABASE IF EXISTS {DESK} WITH (FORCE)")).await?;
        client.batch_execute(&format!("CREATE DATABASE {DESK} TEMPLATE {loaded}")).await?;
        let own = client.query_one("SELECT pg_backend_pid()", &[]).await?.try_get::<_, i32>(0)?;
        let postmaster = parent_of(u32::try_from(own)?)?;
        keep_to_first_core(postmaster)?;
        Ok(Self { url: url.to_owned(), postmaster })
    }

    fn desk(&self) -> String {
        beside(&self.url, DESK)
    }
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

/// A line for people, on standard output.
fn print(line: &str) {
    use std::io::Write;
    if writeln!(std::io::stdout(), "{line}").is_err() {
        say(line);
    }
}
