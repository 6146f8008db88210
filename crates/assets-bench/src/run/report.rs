//! What came of it: a table for people, and the same as JSON.

use serde::Serialize;

use super::{
    pair::{Round, Sample, median},
    row::Row,
    target::{Measure, Target, Verdict},
};
use crate::number;

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
    pub(crate) database: String,
    pub(crate) lines: Vec<Line>,
    pub(crate) facts: Vec<Fact>,
}

impl Line {
    pub(crate) fn new(row: &Row, rounds: Vec<Round>) -> Self {
        let ratio = median(rounds.iter().filter_map(Round::ratio));
        let of_service = |figure: fn(&Sample) -> f64| median(rounds.iter().map(|round| figure(&round.service)));
        let figure = |target: &Target| match target.measure {
            Measure::Ratio => ratio,
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

    fn is_disturbed(&self) -> bool {
        let others = self.rounds.iter().flat_map(|round| [Some(&round.service), round.floor.as_ref()]).flatten();
        others.map(|sample| sample.others_cores).fold(0.0, f64::max) > 0.2
    }

    /// As one line of the table.
    pub(crate) fn text(&self) -> String {
        let side = |samples: Vec<&Sample>| -> String {
            let middle = |figure: fn(&Sample) -> f64| median(samples.iter().map(|sample| figure(sample))).unwrap_or(0.0);
            if samples.is_empty() {
                return format!("{:>9} {:>8} {:>8} {:>8} {:>8}", "", "", "", "", "");
            }
            let (cpu, rate) = (middle(|sample| sample.cpu_micros), middle(|sample| sample.load.rate()));
            let (p50, p99) = (middle(|sample| number(sample.load.p50_micros)), middle(|sample| number(sample.load.p99_micros)));
            let kib = middle(|sample| number(sample.load.body_bytes) / number(sample.load.requests).max(1.0) / 1024.0);
            format!("{cpu:>9.1} {rate:>8.0} {:>8.2} {:>8.2} {kib:>8.1}", p50 / 1000.0, p99 / 1000.0)
        };
        let service = side(self.rounds.iter().map(|round| &round.service).collect());
        let floor = side(self.rounds.iter().filter_map(|round| round.floor.as_ref()).collect());
        let ratio = self.ratio.map_or_else(String::new, |ratio| format!("{ratio:.2}"));
        let judged: Vec<String> = self.judged.iter().map(|judged| judged.text()).collect();
        let noise = if self.is_disturbed() { " ~" } else { "" };
        format!("{:<15} {service} | {floor} | {ratio:>6}  {}{noise}", self.name, judged.join(", "))
    }
}

impl Judged {
    /// As part of a line.
    pub(crate) fn text(&self) -> String {
        let Target { measure, bar, aim } = self.target;
        let (sign, name) = match measure {
            Measure::Ratio => ("<=", format!("{:.2} x floor", self.figure)),
            Measure::P99Milliseconds => ("<=", format!("p99 {:.2} ms", self.figure)),
            Measure::Rate => (">=", format!("{:.0}/s", self.figure)),
            Measure::Value => ("<=", format!("{:.2}", self.figure)),
        };
        format!("{name} ({sign} {bar}, aim {aim}): {}", self.verdict.word())
    }
}

impl Report {
    /// What stands above the lines.
    pub(crate) fn heading() -> String {
        let side = format!("{:>9} {:>8} {:>8} {:>8} {:>8}", "CPU us", "req/s", "p50 ms", "p99 ms", "KiB");
        format!(
            "Medians of the rounds; ~ means that others used more than a fifth of a core meanwhile.\n\
             {:<15} {:<45} | {:<45} |\n{:<15} {side} | {side} | {:>6}  target",
            "", "service", "floor", "row", "ratio"
        )
    }

    /// The facts, a line each.
    pub(crate) fn facts(&self) -> String {
        let line = |fact: &Fact| {
            let judged = fact.judged.as_ref().map_or_else(String::new, |judged| {
                let Target { bar, aim, .. } = judged.target;
                format!("  (<= {bar}, aim {aim}): {}", judged.verdict.word())
            });
            format!("{:<40} {:>10.3} {}{judged}", fact.what, fact.figure, fact.unit)
        };
        self.facts.iter().map(line).collect::<Vec<_>>().join("\n")
    }
}
