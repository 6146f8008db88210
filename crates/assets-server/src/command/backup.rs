//! `assets backup`: a consistent copy of a live installation, in the layout of a data directory.
//!
//! The database is copied first, as of one moment; every file that its rows name was durable before, and is never
//! written to again, so copying the files afterwards catches them all. What was made to show content is left out.

use std::{path::Path, process::ExitCode};

use assets_domain::{
    Digest, WorkspaceId,
    ports::{Blob, BlobLedger, BlobStore, Exports, Uploads},
};
use assets_opendal::OpenDalBlobs;
use assets_seaorm::{Database, DatabaseOptions};
use chrono::{DateTime, Utc};
use secrecy::ExposeSecret;

use crate::{
    failure::Failure,
    installation::{Installation, SIGNING_KEY_FILE, make_private, write_private},
    log,
    settings::{BLOBS_FOLDER, DATABASE_FILE, Settings},
};

const BATCH: u32 = 500;

/// Copies everything that can be read. A file that is damaged is named and left out, and the command fails at the end.
pub(super) async fn backup(settings: Settings, directory: &Path) -> Result<ExitCode, Failure> {
    if settings.database_file().is_none() {
        let why = "assets backup copies SQLite; PostgreSQL is backed up by pg_dump, and after that the store: docs/operating.md says how";
        return Err(Failure::Refused(why.to_owned()));
    }
    let installation = Installation::open(settings).await?;
    prepare(directory)?;
    let key = directory.join(SIGNING_KEY_FILE);
    write_private(&key, installation.secret.to_hex().expose_secret()).map_err(|error| Failure::file(&key, error))?;
    let copy = directory.join(DATABASE_FILE);
    installation.database.backup_into(&copy).await?;
    let rows = Database::open(DatabaseOptions::new(format!("sqlite:{}", copy.display()))).await?;
    // What was made to show content can be made again.
    rows.forget_renditions().await?;
    // What is still on its way in is not content yet, and its files are not copied: whoever sends it begins anew.
    Uploads::expire(&rows, DateTime::<Utc>::MAX_UTC).await?;
    // Archives can be made again; that they were stays on record.
    Exports::expire(&rows, DateTime::<Utc>::MAX_UTC, DateTime::<Utc>::MAX_UTC, DateTime::<Utc>::MIN_UTC).await?;
    let copies = OpenDalBlobs::disk(&directory.join(BLOBS_FOLDER))?;
    let (mut files, mut bytes, mut faults) = (0_u64, 0_u64, 0_u64);
    let mut after: Option<(WorkspaceId, Digest)> = None;
    loop {
        let blobs = rows.blobs(after, BATCH).await?;
        let Some(last) = blobs.last() else { break };
        after = Some((last.workspace, last.fingerprint.digest));
        for blob in &blobs {
            match copy_blob(&installation, blob, &copies).await {
                Ok(()) => {
                    files += 1;
                    bytes += blob.fingerprint.size_bytes;
                }
                Err(why) => {
                    log::say(format!("not copied: {}: {why}", blob.key.as_str()));
                    faults += 1;
                }
            }
        }
    }
    sync(directory)?;
    log::say(format!("{files} files of {bytes} bytes and the database copied to {}, {faults} faults", directory.display()));
    Ok(if faults == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn prepare(directory: &Path) -> Result<(), Failure> {
    make_private(directory)?;
    let mut there = std::fs::read_dir(directory).map_err(|error| Failure::file(directory, error))?;
    if there.next().is_some() {
        return Err(Failure::Refused(format!("{} is not empty; name a new directory", directory.display())));
    }
    Ok(())
}

/// Makes the database and the names in the folder durable; the files of content are already.
fn sync(directory: &Path) -> Result<(), Failure> {
    for path in [&directory.join(DATABASE_FILE), directory] {
        std::fs::File::open(path).and_then(|file| file.sync_all()).map_err(|error| Failure::file(path, error))?;
    }
    Ok(())
}

/// Reads a file whole and writes it again; its digest is checked on the way.
async fn copy_blob(installation: &Installation, blob: &Blob, copies: &OpenDalBlobs) -> Result<(), String> {
    let bytes = installation.blobs.read(&blob.key, 0..blob.fingerprint.size_bytes).await.map_err(|error| error.to_string())?;
    copies.adopt(&blob.key, bytes).await.map(drop).map_err(|error| error.to_string())
}
