//! The log: one line of JSON each, on standard error, so that standard output is free for what commands print.

use std::io::{IsTerminal, Write};

use tracing_subscriber::EnvFilter;

use crate::failure::Failure;

/// Begins to log.
pub(crate) fn start(filter: EnvFilter) {
    tracing_subscriber::fmt().json().flatten_event(true).with_target(false).with_writer(std::io::stderr).with_env_filter(filter).init();
}

/// Prints a line for people on standard output.
pub(crate) fn say(line: impl std::fmt::Display) {
    // A reader that went away (`assets … | head`) is nothing to fail for.
    let _gone = writeln!(std::io::stdout(), "{line}");
}

/// Prints why a command came to nothing, with its causes, in one line.
pub(crate) fn complain(failure: &Failure) {
    let mut line = failure.to_string();
    let mut cause = std::error::Error::source(failure);
    while let Some(error) = cause {
        line.push_str(": ");
        line.push_str(&error.to_string());
        cause = error.source();
    }
    let name = if std::io::stderr().is_terminal() { "\u{1b}[1massets\u{1b}[0m" } else { "assets" };
    let _gone = writeln!(std::io::stderr(), "{name}: {line}");
}
