//! The composition root: everything is wired here, and nothing is decided here.
//!
//! The binary `assets` is [`main`] and nothing else. It is a library so that the tests of the whole product can start
//! the very same program.

mod cli;
mod command;
mod failure;
mod first_run;
mod installation;
mod log;
mod rota;
mod settings;
mod world;

use std::process::ExitCode;

use clap::Parser;

/// The whole program: reads the command line, runs the command, says why if it came to nothing.
#[must_use]
pub fn main() -> ExitCode {
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
