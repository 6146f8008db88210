//! How far the service is from what the machine allows.
//!
//! ```text
//! assets-bench load --assets 100000
//! assets-bench run --assets 100000 --rows list,get --json target/bench/100000.json
//! assets-bench growth --sizes 10000,100000,1000000 --clear
//! ```
//!
//! `load` makes data of a size, `floor` is the least code that does the same work, and `run` has both do it in turns and
//! prints what the service costs in units of the floor: processor time of a request, which moves least from hour to hour. The
//! servers have the first core and the generator the last, where the system lets them be told. `growth` has the service work
//! on several sizes in turns.

mod exchange;
mod floor;
mod generator;
mod load;
mod process;
mod run;
mod service;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Whatever went wrong: nothing here goes on after a failure.
pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A count as a number to calculate with. What is beyond 2^32 is not counted here one by one.
pub(crate) fn number(count: u64) -> f64 {
    let high = u32::try_from(count >> 32).unwrap_or(u32::MAX);
    let low = u32::try_from(count & 0xffff_ffff).unwrap_or(u32::MAX);
    f64::from(high) * 4_294_967_296.0 + f64::from(low)
}

/// The service beside the floor.
#[derive(Parser)]
#[command(name = "assets-bench", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make data of a size, in a folder that is kept
    Load(load::Data),
    /// Serve the least code that does the same work
    Floor(floor::Arguments),
    /// Measure service and floor in turns
    Run(run::Arguments),
    /// Measure how the cost of the service grows with the data
    Growth(run::growth::Arguments),
}

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Load(arguments) => wait(load::load(&arguments, load::Purpose::Run)),
        Command::Floor(arguments) => floor::serve(arguments),
        Command::Run(arguments) => wait(run::run(&arguments)),
        Command::Growth(arguments) => wait(run::growth::grow(&arguments)),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            let mut line = format!("assets-bench: {failure}");
            let mut cause = failure.source();
            while let Some(error) = cause {
                line.push_str(&format!(": {error}"));
                cause = error.source();
            }
            say(&line);
            ExitCode::FAILURE
        }
    }
}

fn wait(work: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work)
}

/// Tells how far it is, on standard error.
pub(crate) fn say(line: &str) {
    use std::io::Write;
    // Nobody may be listening.
    let _gone = writeln!(std::io::stderr(), "{line}");
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_command_line_holds_together() {
        use clap::CommandFactory;
        super::Cli::command().debug_assert();
    }
}
