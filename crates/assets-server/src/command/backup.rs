//! `assets backup`: a consistent copy of a live installation, in the layout of a data directory.
//!
//! The database is copied first, as of one moment; every file that its rows name was durable before, and is never
//! written to again, so copying the files afterwards catches them all.

use std::{path::Path, process::ExitCode};

use assets_domain::{
    Digest, WorkspaceId,
    ports::{Blob, BlobLedger, BlobStore},
};
use assets_opendal::OpenDalBlobs;
use assets_seaorm::{Database, DatabaseOptions};
use secrecy::ExposeSecret;

use crate::{
    failure::Failure,
    installation::{BLOBS_FOLDER, DATABASE_FILE, Installation, SIGNING_KEY_FILE},
    log,
    settings::Settings,
};

const BATCH: u32 = 500;

pub(super) async fn backup(settings: Settings, directory: &Path) -> Result<ExitCode, Failure> {
    let installation = Installation::open(settings).await?;
    prepare(directory)?;
    let copy = directory.join(DATABASE_FILE);
    installation.database.backup_into(&copy).await?;
    let rows = Database::open(DatabaseOptions::new(format!("sqlite:{}", copy.display()))).await?;
    let copies = OpenDalBlobs::disk(&directory.join(BLOBS_FOLDER))?;
    let (mut files, mut bytes) = (0_u64, 0_u64);
    let mut after: Option<(WorkspaceId, Digest)> = None;
    loop {
        let blobs = rows.blobs(after, BATCH).await?;
        let Some(last) = blobs.last() else { break };
        after = Some((last.workspace, last.fingerprint.digest));
        for blob in &blobs {
            copy_blob(&installation, blob, &copies).await?;
            files += 1;
            bytes += blob.fingerprint.size_bytes;
        }
    }
    let key = directory.join(SIGNING_KEY_FILE);
    crate::installation::write_private(&key, installation.secret.to_hex().expose_secret()).map_err(|error| Failure::file(&key, error))?;
    log::say(format!("{files} files of {bytes} bytes and the database copied to {}", directory.display()));
    Ok(ExitCode::SUCCESS)
}

fn prepare(directory: &Path) -> Result<(), Failure> {
    let failed = |error| Failure::file(directory, error);
    std::fs::create_dir_all(directory.join(BLOBS_FOLDER)).map_err(failed)?;
    let strangers = std::fs::read_dir(directory).map_err(failed)?.filter_map(Result::ok).any(|entry| entry.file_name() != BLOBS_FOLDER);
    if strangers {
        return Err(Failure::Refused(format!("{} is not empty; name a new directory", directory.display())));
    }
    Ok(())
}

/// Reads a file whole and writes it again; its digest is checked on the way.
async fn copy_blob(installation: &Installation, blob: &Blob, copies: &OpenDalBlobs) -> Result<(), Failure> {
    let bytes = installation.blobs.read(&blob.key, 0..blob.fingerprint.size_bytes).await?;
    match copies.adopt(&blob.key, bytes).await {
        Ok(_) => Ok(()),
        Err(error) => Err(Failure::Refused(format!("{} cannot be copied: {error}", blob.key.as_str()))),
    }
}
