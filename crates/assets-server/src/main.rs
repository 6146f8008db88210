//! `assets`: the service and its command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    assets_server::main()
}
