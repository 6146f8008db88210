//! Service and floor on the same work, in turns.

mod agreement;
mod desk;
pub(crate) mod growth;
mod link;
mod pair;
mod report;
mod row;
mod target;

use std::{path::PathBuf, time::Duration};

use clap::Args;

use self::{
    desk::Desk,
    pair::Pair,
    report::{Fact, Line, Report},
    row::{BULK, DECISIONS, UNCHANGED, Workshop},
    target::Target,
};
use crate::{
    Failure,
    exchange::Connection,
    generator,
    load::{
        self, Manifest, Purpose, read,
        studio::{LARGE_BYTES, SMALL_BYTES, publish},
        write,
    },
    number,
    process::{Server, has_taskset, keep_to_last_core},
    say,
};

const MIB: f64 = 1_048_576.0;

/// What to measure.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    data: load::Data,
    /// Another store of content for the service, s3://…; its rows of content stand beside files on a disk
    #[arg(long)]
    store: Option<String>,
    /// Which rows, separated by commas; a name takes all that begin with it; without it, all
    #[arg(long, value_delimiter = ',')]
    rows: Vec<String>,
    #[command(flatten)]
    pace: Pace,
    /// Print what was reached as a table in Markdown, too
    #[arg(long)]
    markdown: bool,
    /// Where to write all figures as JSON.
    #[arg(long)]
    json: Option<PathBuf>,
}

/// How often and how long each row is measured.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Pace {
    /// How long each side of a round takes.
    #[arg(long, default_value_t = 3.0)]
    seconds: f64,
    /// How many rounds.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// One round of a second: a look, not a measurement
    #[arg(long, conflicts_with_all = ["seconds", "rounds"])]
    quick: bool,
}

impl Pace {
    fn seconds(self) -> Duration {
        Duration::from_secs_f64(if self.quick { 1.0 } else { self.seconds })
    }

    const fn rounds(self) -> usize {
        if self.quick { 1 } else { self.rounds }
    }
}

impl Arguments {
    fn wants(&self, name: &str) -> bool {
        self.rows.is_empty() || self.rows.iter().any(|wanted| name.starts_with(wanted.as_str()))
    }
}

/// Measures and prints.
///
/// # Errors
/// There is no data of this size; service and floor do not do the same; a server answers something else than was expected.
pub(crate) async fn run(arguments: &Arguments) -> Result<(), Failure> {
    let kept = arguments.data.folder(Purpose::Run);
    let manifest: Manifest = read(&kept.join("manifest.json"))?;
    prepare()?;
    let desk = Desk::lay(arguments, &kept).await?;
    let mut report = Report::new(manifest.assets, desk.server.is_none(), arguments.store.is_some());
    if arguments.wants("start") {
        report.facts.extend(desk.starts().await?);
    }
    let (service, floor) = (desk.service().await?, desk.floor().await?);
    tokio::time::sleep(Duration::from_secs(1)).await;
    let at_rest = service.memory()?.now_bytes;
    measure(arguments, &manifest, &desk, (&service, &floor), &mut report).await?;
    report.facts.extend(derived(&report.lines));
    report.facts.extend(sizes(&service, &floor, at_rest)?);
    let binary = number(std::fs::metadata(&arguments.data.place.binary)?.len()) / MIB;
    report.facts.push(Fact::new("release binary", binary, "MiB", Some(Target::value(60.0, 40.0))));
    print(&report.facts());
    if arguments.markdown {
        print(&report.markdown());
    }
    if let Some(file) = &arguments.json {
        write(file, &report)?;
    }
    drop((service, floor));
    desk.clear().await;
    Ok(())
}

/// Leaves the servers a core of their own, and has content differ from what earlier runs sent: what a store has already
/// costs less than what is new.
fn prepare() -> Result<(), Failure> {
    if !has_taskset() {
        say("there is no taskset here: the servers share their core with the generator, and rates and times mean less");
    }
    keep_to_last_core()?;
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?;
    generator::begin_stamps(u64::try_from(since.as_nanos())?);
    Ok(())
}

/// Measures row by row, and prints each.
async fn measure(
    arguments: &Arguments,
    manifest: &Manifest,
    desk: &Desk,
    (service, floor): (&Server, &Server),
    report: &mut Report,
) -> Result<(), Failure> {
    let pair = Pair { floor, service, seconds: arguments.pace.seconds(), rounds: arguments.pace.rounds() };
    let mut workshop = Workshop::new(manifest, service.address, desk.server.is_none()).await?;
    if arguments.store.is_some() {
        // What was loaded lies on the disk.
        let tenant = manifest.tenants.first().ok_or("data without a workspace")?;
        workshop.small = publish(&mut workshop.connection, tenant, SMALL_BYTES).await?;
        workshop.large = publish(&mut workshop.connection, tenant, LARGE_BYTES).await?;
    }
    let rows = workshop.rows().await?;
    print(&report.heading());
    for row in rows.into_iter().filter(|row| arguments.wants(row.name)) {
        let row = if row.name == UNCHANGED { workshop.unchanged().await? } else { row };
        agreement::agree(&row, service.address, floor.address).await?;
        let line = Line::new(&row, pair.measure(&row).await?);
        print(&line.text());
        report.lines.push(line);
    }
    if arguments.wants("link") {
        let mut connection = Connection::open(service.address).await?;
        report.facts.push(link::measure(&mut connection, workshop.agent(), &desk.installation.data).await?);
    }
    Ok(())
}

/// What follows from two rows together: one call is compared with as many single ones by the processor time of all of them,
/// like everything else, and by the time that they take.
fn derived(lines: &[Line]) -> Vec<Fact> {
    let of = |name: &str| lines.iter().find(|line| line.name == name).and_then(|line| line.cpu_micros().zip(line.seconds()));
    let Some(((bulk_cpu, bulk_seconds), (cpu, seconds))) = of(DECISIONS).zip(of("transition")) else { return Vec::new() };
    let singles = number(u64::try_from(BULK).unwrap_or(0));
    vec![
        Fact::new("500 bulk decisions / 500 single ones, CPU", bulk_cpu / cpu / singles, "", Some(Target::value(0.2, 0.05))),
        Fact::new("500 bulk decisions / 500 single ones, time", bulk_seconds / seconds / singles, "", None),
    ]
}

fn sizes(service: &Server, floor: &Server, at_rest_bytes: u64) -> Result<Vec<Fact>, Failure> {
    let (after, of_floor) = (service.memory()?, floor.memory()?);
    let mib = |what, bytes, target| Fact::new(what, number(bytes) / MIB, "MiB", target);
    Ok(vec![
        mib("memory at rest", at_rest_bytes, Some(Target::value(30.0, 20.0))),
        mib("memory at most, over the whole load", after.peak_bytes, Some(Target::value(64.0, 40.0))),
        mib("memory after the whole load", after.now_bytes, None),
        mib("memory of the floor at most", of_floor.peak_bytes, None),
    ])
}

/// A line for people, on standard output.
fn print(line: &str) {
    use std::io::Write;
    if writeln!(std::io::stdout(), "{line}").is_err() {
        say(line);
    }
}
