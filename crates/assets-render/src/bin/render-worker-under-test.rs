//! The worker that the tests start, and with other arguments one who tries to break out.

use std::process::ExitCode;

fn main() -> ExitCode {
    assets_render::work()
}
