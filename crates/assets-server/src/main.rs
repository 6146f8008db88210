//! `assets`: the service and its command line. Everything is wired here, and nothing is decided here.

mod cli;
mod command;
mod first_run;
mod installation;
mod log;
mod settings;
mod world;

use std::process::ExitCode;

use clap::Parser;

#[actix_web::main]
async fn main() -> ExitCode {
    match command::run(cli::Cli::parse()).await {
        Ok(code) => code,
        Err(failure) => {
            log::complain(&failure);
            ExitCode::FAILURE
        }
    }
}
