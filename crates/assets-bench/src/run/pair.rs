//! Rounds: floor and service in turns, each asked the same for a few seconds.

use std::time::{Duration, Instant};

use serde::Serialize;

use super::row::Row;
use crate::{
    Failure,
    generator::{Load, Plan, drive},
    number,
    process::{Server, machine_time, own_time},
};

/// How much of a core others may use before a round is done again, and how often it is.
const OTHERS_CORES: f64 = 0.2;
pub(crate) const MORE_ROUNDS: usize = 2;

/// One server, asked one kind of work for a while.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Sample {
    pub(crate) load: Load,
    /// Processor time of the server for one request, in microseconds, with its database.
    pub(crate) cpu_micros: f64,
    /// Calls that read or wrote files, logs and pipes, for one request, with its database.
    pub(crate) calls: f64,
    /// What those wrote, in bytes, for one request.
    pub(crate) written_bytes: f64,
    /// How often the disk was told to keep what it has, for one request, if the system says.
    pub(crate) flushes: Option<f64>,
    /// How much of a core all other processes used meanwhile.
    pub(crate) others_cores: f64,
}

/// One round.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Round {
    pub(crate) floor: Option<Sample>,
    pub(crate) service: Sample,
}

impl Round {
    /// Processor time of the service for one request in units of the floor's.
    pub(crate) fn ratio(&self) -> Option<f64> {
        let floor = self.floor.as_ref()?.cpu_micros;
        (floor > 0.0).then(|| self.service.cpu_micros / floor)
    }

    /// The same for each byte of the answers.
    pub(crate) fn ratio_per_byte(&self) -> Option<f64> {
        let floor = self.floor.as_ref()?.body_bytes();
        Some(self.ratio()? * floor / self.service.body_bytes().max(1.0))
    }

    /// Whether others left the machine alone.
    pub(crate) fn is_quiet(&self) -> bool {
        [Some(&self.service), self.floor.as_ref()].into_iter().flatten().all(Sample::is_quiet)
    }
}

impl Sample {
    /// How long an answer was, in bytes.
    pub(crate) fn body_bytes(&self) -> f64 {
        number(self.load.body_bytes) / number(self.load.requests).max(1.0)
    }

    pub(crate) fn is_quiet(&self) -> bool {
        self.others_cores < OTHERS_CORES
    }
}

/// Both servers.
pub(crate) struct Pair<'a> {
    pub(crate) floor: &'a Server,
    pub(crate) service: &'a Server,
    pub(crate) seconds: Duration,
    pub(crate) rounds: usize,
}

impl Pair<'_> {
    /// Measures one row: a short warm-up, and then rounds. One in which others used the machine is repeated, a few times.
    ///
    /// # Errors
    /// A server answers something else than was expected.
    pub(crate) async fn measure(&self, row: &Row) -> Result<Vec<Round>, Failure> {
        let warm = self.seconds / 5;
        if let Some(plan) = &row.floor {
            drive(self.floor.address, plan, warm).await?;
        }
        drive(self.service.address, &row.service, warm).await?;
        let mut rounds = Vec::new();
        let mut more = MORE_ROUNDS;
        while rounds.len() < self.rounds {
            let floor = match &row.floor {
                Some(plan) => Some(sample(self.floor, plan, self.seconds).await?),
                None => None,
            };
            let round = Round { floor, service: sample(self.service, &row.service, self.seconds).await? };
            if round.is_quiet() || more == 0 {
                rounds.push(round);
            } else {
                more -= 1;
            }
        }
        Ok(rounds)
    }
}

/// Has one server do one kind of work for a while.
///
/// # Errors
/// It answers something else than was expected.
pub(crate) async fn sample(server: &Server, plan: &Plan, seconds: Duration) -> Result<Sample, Failure> {
    let (machine, own, used, asked) = (machine_time()?, own_time()?, server.processor_time()?, server.asked()?);
    let (flushed, begun) = (server.flushes()?, Instant::now());
    let load = drive(server.address, plan, seconds).await?;
    let flushes = server.flushes()?.zip(flushed).map(|(after, before)| after.saturating_sub(before));
    let used = server.processor_time()?.saturating_sub(used);
    let (machine, own) = (machine_time()?.saturating_sub(machine), own_time()?.saturating_sub(own));
    let after = server.asked()?;
    let requests = number(load.requests).max(1.0);
    Ok(Sample {
        cpu_micros: used.as_secs_f64() * 1e6 / requests,
        calls: number(after.calls.saturating_sub(asked.calls)) / requests,
        written_bytes: number(after.written_bytes.saturating_sub(asked.written_bytes)) / requests,
        flushes: flushes.map(|flushes| number(flushes) / requests),
        others_cores: machine.saturating_sub(own).saturating_sub(used).as_secs_f64() / begun.elapsed().as_secs_f64(),
        load,
    })
}

/// The middle one of some figures; the mean of the two in the middle.
pub(crate) fn median(figures: impl IntoIterator<Item = f64>) -> Option<f64> {
    let mut sorted: Vec<f64> = figures.into_iter().collect();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    let upper = *sorted.get(middle)?;
    let lower = if sorted.len().is_multiple_of(2) { *sorted.get(middle.checked_sub(1)?)? } else { upper };
    Some(f64::midpoint(lower, upper))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle() {
        assert_eq!(median([3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median([4.0, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!(median([]), None);
    }
}
