//! Service and floor on the same work, in turns.

mod desk;
pub(crate) mod growth;
mod pair;
mod report;
mod row;
mod target;

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use clap::Args;

use self::{
    desk::Desk,
    pair::Pair,
    report::{Fact, Line, Report},
    row::{BULK, Row, UNCHANGED, Workshop},
    target::Target,
};
use crate::{
    Failure,
    exchange::Connection,
    generator,
    load::{self, Manifest, read, write},
    number,
    process::keep_to_last_core,
    say,
};

const MIB: f64 = 1_048_576.0;

/// What to measure.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    data: load::Data,
    /// Which rows, separated by commas; a name takes all that begin with it; without it, all
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
    let kept = arguments.data.folder();
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
    let connection = Connection::open(service.address).await?;
    let mut workshop = Workshop { manifest: &manifest, service: service.address, connection, is_sqlite: desk.server.is_none() };
    let rows = workshop.rows().await?;
    print(&Report::heading());
    for row in rows.into_iter().filter(|row| arguments.wants(row.name)) {
        let row = if row.name == UNCHANGED { workshop.unchanged().await? } else { row };
        check(&row, service.address).await?;
        let line = Line::new(&row, pair.measure(&row).await?);
        print(&line.text());
        report.lines.push(line);
    }
    report.facts.extend(derived(&report.lines));
    let peak = number(service.memory()?.peak_bytes) / MIB;
    let binary = number(std::fs::metadata(&arguments.data.binary)?.len()) / MIB;
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

/// A line for people, on standard output.
fn print(line: &str) {
    use std::io::Write;
    if writeln!(std::io::stdout(), "{line}").is_err() {
        say(line);
    }
}
