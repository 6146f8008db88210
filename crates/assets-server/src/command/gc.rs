//! `assets gc` and `assets fsck`: sweep, and check.

use std::process::ExitCode;

use assets_domain::{Finding, GcReport, Swept};
use chrono::TimeDelta;

use crate::{failure::Failure, installation::Installation, log};

pub(super) async fn gc(installation: Installation, older_than: TimeDelta) -> Result<ExitCode, Failure> {
    let GcReport { removed, retired, orphans, temporary, receipts, uploads, exports } = installation.housekeeper.gc(older_than).await?;
    let Swept { drafts, recalls } = installation.catalog.sweep().await?;
    log::say(format!(
        "{removed} files removed that were retired before; {retired} unreferenced blobs and {orphans} orphaned files retired, to be \
         removed by a later run; {temporary} rests of uploads, {uploads} unfinished or used uploads past their time, the \
         archives or records of {exports} exports, {receipts} remembered answers, {drafts} drafts past their time and {recalls} recalls that were never made \
         removed"
    ));
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn fsck(installation: Installation) -> Result<ExitCode, Failure> {
    let report = installation.housekeeper.fsck().await?;
    for (key, finding) in &report.faults {
        let words = match finding {
            Finding::Missing => "missing",
            Finding::Damaged => "damaged",
        };
        log::say(format!("{words}: {}", key.as_str()));
    }
    if report.versions_without_blob > 0 {
        log::say(format!("{} versions have no content at all", report.versions_without_blob));
    }
    log::say(format!(
        "{} blobs of {} bytes read, {} faults; {} orphaned files and {} rests of uploads, which gc will sweep",
        report.blobs,
        report.bytes,
        report.faults.len(),
        report.orphans,
        report.temporary
    ));
    Ok(if report.is_sound() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
