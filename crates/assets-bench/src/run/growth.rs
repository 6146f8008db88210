//! How the cost of a request grows with the data: two runs of the service, side by side.

use std::path::PathBuf;

use clap::Args;
use serde_json::Value;

use super::{pair::median, print, report::Judged, target::Target};
use crate::{Failure, load::read};

/// What to compare.
#[derive(Args)]
pub(crate) struct Arguments {
    /// What a run on less data wrote with --json.
    less: PathBuf,
    /// What a run on more data wrote with --json.
    more: PathBuf,
}

/// Prints the growth of every row that both runs have.
///
/// # Errors
/// A file is not what a run writes.
pub(crate) fn compare(arguments: &Arguments) -> Result<(), Failure> {
    let (less, more): (Value, Value) = (read(&arguments.less)?, read(&arguments.more)?);
    let assets = |report: &Value| report.get("assets").and_then(Value::as_u64).unwrap_or_default();
    print(&format!("Processor time of a request on {} assets / on {}", assets(&more), assets(&less)));
    for line in lines(&less) {
        let name = line.get("name").and_then(Value::as_str).unwrap_or_default();
        let same = lines(&more).iter().find(|other| other.get("name").and_then(Value::as_str) == Some(name));
        let (Some(before), Some(after)) = (cpu_micros(line), same.and_then(cpu_micros)) else { continue };
        let judged = target(name).map_or_else(String::new, |target| Judged::new(after / before, target).text());
        print(&format!("{name:<15} {before:>9.1} us {after:>9.1} us {:>6.2}  {judged}", after / before));
    }
    Ok(())
}

fn target(row: &str) -> Option<Target> {
    match row {
        "get-3" => Some(Target::value(1.4, 1.2)),
        row if ["list", "search", "transition"].iter().any(|kind| row.starts_with(kind)) => Some(Target::value(1.15, 1.05)),
        _ => None,
    }
}

fn lines(report: &Value) -> &[Value] {
    report.get("lines").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn cpu_micros(line: &Value) -> Option<f64> {
    let rounds = line.get("rounds")?.as_array()?;
    median(rounds.iter().filter_map(|round| round.pointer("/service/cpu_micros")?.as_f64()))
}
