//! How the cost of a request grows with the data: the service on several sizes, in turns.

use std::path::Path;

use clap::Args;

use super::{
    Pace,
    desk::{postmaster, put_off_the_sweep},
    pair::{MORE_ROUNDS, Sample, median, sample},
    prepare, print,
    report::Judged,
    row::{Row, Workshop},
    target::{Measure, Target},
};
use crate::{
    Failure,
    load::{self, Data, Manifest, Place, Purpose, postgres::connect, read},
    number,
    process::Server,
    service::Installation,
};

/// What to compare.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    place: Place,
    /// Numbers of assets, the least first.
    #[arg(long, value_delimiter = ',', default_values_t = [10_000, 100_000, 1_000_000])]
    sizes: Vec<u64>,
    #[command(flatten)]
    pace: Pace,
    /// Remove the data afterwards.
    #[arg(long)]
    clear: bool,
}

/// The service at work on one size.
struct Stage {
    manifest: Manifest,
    server: Server,
    disk_bytes: u64,
}

/// Loads every size, measures, and prints the growth of every row from the least to the most.
///
/// # Errors
/// A size cannot be loaded; a server answers something else than was expected.
pub(crate) async fn grow(arguments: &Arguments) -> Result<(), Failure> {
    let sizes: Vec<Data> = arguments.sizes.iter().map(|assets| Data { assets: *assets, place: arguments.place.clone() }).collect();
    for data in &sizes {
        load::load(data, Purpose::Growth).await?;
    }
    prepare()?;
    let mut stages = Vec::new();
    for data in &sizes {
        stages.push(Stage::open(data).await?);
    }
    let done = measure(arguments.pace, &stages, arguments.place.database.is_none()).await;
    drop(stages);
    if arguments.clear {
        for data in &sizes {
            clear(data).await?;
        }
    }
    done
}

impl Stage {
    async fn open(data: &Data) -> Result<Self, Failure> {
        let (folder, url) = (data.folder(Purpose::Growth), data.database_url(Purpose::Growth));
        let (mut process, mut disk_bytes) = (None, 0);
        if let Some(url) = &url {
            let client = connect(url).await?;
            process = Some(postmaster(&client).await?);
            let size: i64 = client.query_one("SELECT pg_database_size(current_database())", &[]).await?.try_get(0)?;
            disk_bytes += u64::try_from(size)?;
        }
        let installation = Installation::new(&data.place.binary, &folder.join("data"), url);
        installation.command(&["migrate"])?;
        put_off_the_sweep(&installation).await?;
        disk_bytes += bytes_below(&folder)?;
        let server = installation.serve(process).await?;
        Ok(Self { manifest: read(&folder.join("manifest.json"))?, server, disk_bytes })
    }

    async fn rows(&self, is_sqlite: bool) -> Result<Vec<Row>, Failure> {
        let mut workshop = Workshop::new(&self.manifest, self.server.address, is_sqlite).await?;
        let mut rows = workshop.lists();
        rows.push(workshop.deep().await?);
        rows.extend(workshop.searches());
        rows.extend(workshop.histories().into_iter().take(1));
        rows.extend(workshop.transitions().into_iter().take(1));
        Ok(rows)
    }
}

async fn measure(pace: Pace, stages: &[Stage], is_sqlite: bool) -> Result<(), Failure> {
    let mut rows = Vec::new();
    for stage in stages {
        rows.push(stage.rows(is_sqlite).await?.into_iter());
        print(&format!("{:>9} assets: {:.2} GB on disk", stage.manifest.assets, number(stage.disk_bytes) / 1e9));
    }
    print("Processor time of a request in us and its p99 in ms, for each number of assets; growth from the least to the most.");
    loop {
        let row: Vec<Row> = rows.iter_mut().filter_map(Iterator::next).collect();
        let Some(first) = row.first() else { return Ok(()) };
        let (name, p99) = (first.name, first.targets.iter().find(|target| target.measure == Measure::P99Milliseconds).copied());
        print(&line(name, p99, &rounds(pace, stages, &row).await?));
    }
}

/// Rounds of one row, each with every size in turn. One in which others used the machine is repeated, a few times.
async fn rounds(pace: Pace, stages: &[Stage], row: &[Row]) -> Result<Vec<Vec<Sample>>, Failure> {
    for (stage, row) in stages.iter().zip(row) {
        sample(&stage.server, &row.service, pace.seconds() / 5).await?;
    }
    let (mut rounds, mut more) = (Vec::new(), MORE_ROUNDS);
    while rounds.len() < pace.rounds() {
        let mut round = Vec::new();
        for (stage, row) in stages.iter().zip(row) {
            round.push(sample(&stage.server, &row.service, pace.seconds()).await?);
        }
        if more == 0 || round.iter().all(Sample::is_quiet) {
            rounds.push(round);
        } else {
            more -= 1;
        }
    }
    Ok(rounds)
}

fn line(name: &str, p99: Option<Target>, rounds: &[Vec<Sample>]) -> String {
    let of_size = |size: usize, figure: fn(&Sample) -> f64| median(rounds.iter().filter_map(|round| Some(figure(round.get(size)?))));
    let milliseconds: fn(&Sample) -> f64 = |sample| number(sample.load.p99_micros) / 1000.0;
    let sizes = rounds.first().map_or(0, Vec::len);
    let each = (0..sizes).map(|size| {
        let (cpu, p99) = (of_size(size, |sample| sample.cpu_micros), of_size(size, milliseconds));
        format!("{:>10.1}{:>8.2}", cpu.unwrap_or(0.0), p99.unwrap_or(0.0))
    });
    let growth = median(rounds.iter().filter_map(|round| Some(round.last()?.cpu_micros / round.first()?.cpu_micros)));
    let judged = target(name).zip(growth).map(|(target, growth)| Judged::new(growth, target).text());
    let of_most = p99.zip(of_size(sizes.saturating_sub(1), milliseconds)).map(|(target, figure)| Judged::new(figure, target).text());
    let noise = if rounds.iter().flatten().all(Sample::is_quiet) { " " } else { "~" };
    let judged: Vec<String> = judged.into_iter().chain(of_most).collect();
    format!("{name:<23}{noise}{}  {}", each.collect::<String>(), judged.join(", "))
}

fn target(row: &str) -> Option<Target> {
    match row {
        "get-3" => Some(Target::value(1.4, 1.2)),
        row if ["list", "search", "transition"].iter().any(|kind| row.starts_with(kind)) => Some(Target::value(1.15, 1.05)),
        _ => None,
    }
}

async fn clear(data: &Data) -> Result<(), Failure> {
    if let Some(server) = &data.place.database {
        let name = data.database_name(Purpose::Growth);
        connect(server).await?.batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await?;
    }
    Ok(std::fs::remove_dir_all(data.folder(Purpose::Growth))?)
}

/// What the files below a folder hold.
fn bytes_below(folder: &Path) -> Result<u64, Failure> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        bytes += if entry.file_type()?.is_dir() { bytes_below(&entry.path())? } else { entry.metadata()?.len() };
    }
    Ok(bytes)
}
