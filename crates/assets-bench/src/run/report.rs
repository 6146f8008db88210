//! What came of it: a table for people, and the same as JSON.

use serde::Serialize;

use super::{
    pair::{Round, Sample, median},
    row::Row,
    target::{Measure, Target, Verdict},
};
use crate::number;

/// How wide one server's part of a line is.
const SIDE_WIDTH: usize = 72;

/// One row with all its rounds.
#[derive(Debug, Serialize)]
pub(crate) struct Line {
    pub(crate) name: String,
    pub(crate) work: String,
    pub(crate) ratio: Option<f64>,
    pub(crate) judged: Vec<Judged>,
    pub(crate) rounds: Vec<Round>,
}

/// A figure beside what it should be.
#[derive(Debug, Serialize)]
pub(crate) struct Judged {
    pub(crate) figure: f64,
    pub(crate) target: Target,
    pub(crate) verdict: Verdict,
}

impl Judged {
    pub(crate) fn new(figure: f64, target: Target) -> Self {
        Self { figure, target, verdict: target.judge(figure) }
    }
}

/// Something that was measured once.
#[derive(Debug, Serialize)]
pub(crate) struct Fact {
    pub(crate) what: String,
    pub(crate) figure: f64,
    pub(crate) unit: &'static str,
    pub(crate) judged: Option<Judged>,
}

impl Fact {
    pub(crate) fn new(what: impl Into<String>, figure: f64, unit: &'static str, target: Option<Target>) -> Self {
        Self { what: what.into(), figure, unit, judged: target.map(|target| Judged::new(figure, target)) }
    }
}

/// The whole run.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) assets: u64,
    /// Where rows and content are.
    pub(crate) foundation: String,
    /// What the service is compared with.
    pub(crate) floor: String,
    pub(crate) lines: Vec<Line>,
    pub(crate) facts: Vec<Fact>,
}

impl Line {
    pub(crate) fn new(row: &Row, rounds: Vec<Round>) -> Self {
        let ratio = median(rounds.iter().filter_map(Round::ratio));
        let per_byte = median(rounds.iter().filter_map(Round::ratio_per_byte));
        let of_service = |figure: fn(&Sample) -> f64| median(rounds.iter().map(|round| figure(&round.service)));
        let figure = |target: &Target| match target.measure {
            Measure::Ratio => ratio,
            Measure::RatioPerByte => per_byte,
            Measure::P99Milliseconds => of_service(|sample| number(sample.load.p99_micros) / 1000.0),
            Measure::Rate => of_service(|sample| sample.load.rate()),
            Measure::Value => None,
        };
        let judged = row.targets.iter().filter_map(|target| Some(Judged::new(figure(target)?, *target))).collect();
        Self { name: row.name.to_owned(), work: row.work.to_owned(), ratio, judged, rounds }
    }

    /// Processor time of the service for one request, in microseconds.
    pub(crate) fn cpu_micros(&self) -> Option<f64> {
        median(self.rounds.iter().map(|round| round.service.cpu_micros))
    }

    /// How long one request takes of the time that all of a connection take, in seconds.
    pub(crate) fn seconds(&self) -> Option<f64> {
        median(self.rounds.iter().map(|round| 1.0 / round.service.load.rate().max(1e-9)))
    }

    /// As one line of the table.
    pub(crate) fn text(&self) -> String {
        let service = side(&self.rounds.iter().map(|round| &round.service).collect::<Vec<_>>());
        let floor = side(&self.rounds.iter().filter_map(|round| round.floor.as_ref()).collect::<Vec<_>>());
        let ratio = self.ratio.map_or_else(String::new, |ratio| format!("{ratio:.2}"));
        let judged: Vec<String> = self.judged.iter().map(Judged::text).collect();
        let noise = if self.rounds.iter().all(Round::is_quiet) { " " } else { "~" };
        format!("{:<23}{noise}{service} | {floor} | {ratio:>6}  {}", self.name, judged.join(", "))
    }
}

/// One server's figures, the median of each.
fn side(samples: &[&Sample]) -> String {
    let middle = |figure: fn(&Sample) -> f64| median(samples.iter().map(|sample| figure(sample))).unwrap_or(0.0);
    let Some(flushes) = median(samples.iter().map(|sample| sample.flushes.unwrap_or(0.0))) else { return " ".repeat(SIDE_WIDTH) };
    let (p50, p99) = (middle(|sample| number(sample.load.p50_micros)), middle(|sample| number(sample.load.p99_micros)));
    let p999 = middle(|sample| number(sample.load.p999_micros));
    let times = [p50, p99, p999].map(|micros| format!("{:>8.2}", micros / 1000.0)).concat();
    format!(
        "{:>9.1}{:>8.0}{times}{:>9.1}{:>7.1}{:>8.1}{:>7.2}",
        middle(|sample| sample.cpu_micros),
        middle(|sample| sample.load.rate()),
        middle(Sample::body_bytes) / 1024.0,
        middle(|sample| sample.calls),
        middle(|sample| sample.written_bytes) / 1024.0,
        flushes,
    )
}

impl Judged {
    /// As part of a line.
    pub(crate) fn text(&self) -> String {
        let Target { bar, aim, .. } = self.target;
        format!("{} ({} {bar}, aim {aim}): {}", self.figure(), self.sign(), self.verdict.word())
    }

    const fn sign(&self) -> &'static str {
        if matches!(self.target.measure, Measure::Rate) { ">=" } else { "<=" }
    }

    fn figure(&self) -> String {
        match self.target.measure {
            Measure::Ratio => format!("{:.2} x floor", self.figure),
            Measure::RatioPerByte => format!("{:.2} x floor per byte", self.figure),
            Measure::P99Milliseconds => format!("p99 {:.2} ms", self.figure),
            Measure::Rate => format!("{:.0}/s", self.figure),
            Measure::Value => format!("{:.2}", self.figure),
        }
    }

    /// As a row of a table in Markdown; the figure is named by its unit, if it has one of its own.
    fn row(&self, work: &str, unit: &str) -> String {
        let (Target { bar, aim, .. }, sign) = (self.target, self.sign());
        let figure = if unit.is_empty() { self.figure() } else { format!("{:.2} {unit}", self.figure) };
        format!("| {work} | {sign} {bar} | {sign} {aim} | {figure} | {} |", self.verdict.word())
    }
}

impl Report {
    pub(crate) fn new(assets: u64, is_sqlite: bool, is_elsewhere: bool) -> Self {
        let (database, driver) = if is_sqlite { ("SQLite", "rusqlite") } else { ("PostgreSQL", "tokio-postgres") };
        let store = if is_elsewhere { "a store of its own" } else { "a disk" };
        Self {
            assets,
            foundation: format!("{database} and {store}"),
            floor: format!("actix-web, {driver}, kept statements, plain columns, serde_json, files on a disk"),
            lines: Vec::new(),
            facts: Vec::new(),
        }
    }

    /// What stands above the lines.
    pub(crate) fn heading(&self) -> String {
        let columns = ["CPU us", "req/s", "p50 ms", "p99 ms", "p99.9", "KiB", "calls", "KiB out", "syncs"];
        let widths = [9, 8, 8, 8, 8, 9, 7, 8, 7];
        let side: String = columns.iter().zip(widths).map(|(column, width)| format!("{column:>width$}")).collect();
        format!(
            "{} assets on {}. Floor: {}.\n\
             A request each, medians of the rounds: processor time with the database's, answers a second, times, length of the answer, \
             calls that read or wrote files, what they wrote, syncs of the disk. ~: others used over a fifth of a core meanwhile.\n\
             {:<24}{:<SIDE_WIDTH$} | floor\n{:<24}{side} | {side} | {:>6}  target",
            self.assets, self.foundation, self.floor, "", "service", "row", "ratio"
        )
    }

    /// The facts, a line each.
    pub(crate) fn facts(&self) -> String {
        let line = |fact: &Fact| {
            let judged = fact.judged.as_ref().map_or_else(String::new, |judged| {
                let Target { bar, aim, .. } = judged.target;
                format!("  (<= {bar}, aim {aim}): {}", judged.verdict.word())
            });
            format!("{:<45} {:>10.3} {}{judged}", fact.what, fact.figure, fact.unit)
        };
        self.facts.iter().map(line).collect::<Vec<_>>().join("\n")
    }

    /// Every target with what was reached, as a table in Markdown.
    pub(crate) fn markdown(&self) -> String {
        let lines = self.lines.iter().flat_map(|line| line.judged.iter().map(|judged| judged.row(&line.work, "")));
        let facts = self.facts.iter().filter_map(|fact| Some(fact.judged.as_ref()?.row(&fact.what, fact.unit)));
        let head = [
            format!("{} assets on {}; floor: {}.\n", self.assets, self.foundation, self.floor),
            "| work | bar | aim | result | |".to_owned(),
            "|---|---|---|---|---|".to_owned(),
        ];
        head.into_iter().chain(lines).chain(facts).collect::<Vec<_>>().join("\n")
    }
}
