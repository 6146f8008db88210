//! The program as it ships, built beside its tests so that they can start it.

use std::process::ExitCode;

fn main() -> ExitCode {
    assets_server::main()
}
