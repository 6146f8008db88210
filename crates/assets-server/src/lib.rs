//! The composition root: everything is wired here, and nothing is decided here.
//!
//! The binary `assets` is [`main`] and nothing else. It is a library so that the tests of the whole product can start
//! the very same program.

mod ahead;
mod audit;
mod cli;
mod command;
mod failure;
mod first_run;
mod inspector;
mod installation;
mod log;
mod mcp;
mod rota;
mod settings;
mod signing;
mod world;

use std::process::ExitCode;

use clap::Parser;

/// The whole program: reads the command line, runs the command, says why if it came to nothing.
#[must_use]
pub fn main() -> ExitCode {
    // Before there is anything that a worker could have a share in.
    if std::env::args_os().nth(1).is_some_and(|argument| argument == assets_render::WORKER_ARGUMENT) {
        return assets_render::work();
    }
    actix_web::rt::System::new().block_on(async {
        match command::run(cli::Cli::parse()).await {
            Ok(code) => code,
            Err(failure) => {
                log::complain(&failure);
                ExitCode::FAILURE
            }
        }
    })
}
