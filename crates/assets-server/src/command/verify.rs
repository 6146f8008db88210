//! `assets verify`: checks an exported archive, with nothing but the file and, if given, the keys.

use std::{
    fs::{self, File},
    path::Path,
    process::ExitCode,
};

use assets_handoff::PublicKeys;

use crate::{failure::Failure, log};

pub(super) fn verify(file: &Path, keys: Option<&Path>) -> Result<ExitCode, Failure> {
    let keys = keys.map(published).transpose()?;
    let archive = File::open(file).map_err(|error| Failure::file(file, error))?;
    let report = assets_handoff::verify(archive, keys.as_ref()).map_err(|error| Failure::file(file, error))?;
    log::say(report.to_string().trim_end());
    Ok(if report.is_sound() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn published(file: &Path) -> Result<PublicKeys, Failure> {
    let text = fs::read_to_string(file).map_err(|error| Failure::file(file, error))?;
    PublicKeys::parse(&text).map_err(|error| Failure::Refused(format!("{}: {error}", file.display())))
}
