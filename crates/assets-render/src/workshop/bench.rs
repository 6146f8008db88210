//! The private folder in which one job is done.

use std::{
    fs::{DirEntry, OpenOptions},
    io::{self, Read},
    os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use assets_domain::{
    Variant,
    ports::{Breakage, ByteStream, RandomRead, Rendering, Shortfall},
};
use bytes::{Bytes, BytesMut};
use futures_util::stream;
use rustix::fs::OFlags;
use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt};

use super::{Folder, Portion, broken};

/// How much is copied at once.
const COPIED_BYTES: u64 = 1 << 20;
/// How much is handed on at once.
const PIECE_BYTES: usize = 256 * 1024;

/// How the folders are called.
const PREFIX: &str = "assets-render-";
/// No job takes so long: a folder as old as this was left behind.
const ABANDONED: Duration = Duration::from_secs(60 * 60);

/// Removes the folders that killed processes left behind. Best effort: what cannot be removed now may be the next time.
pub(super) fn clear(scratch: &Path) {
    let is_abandoned = |folder: &DirEntry| {
        let age = folder.metadata().and_then(|known| known.modified()).ok().and_then(|at| at.elapsed().ok());
        folder.file_name().as_encoded_bytes().starts_with(PREFIX.as_bytes()) && age.is_some_and(|age| age > ABANDONED)
    };
    for folder in std::fs::read_dir(scratch).into_iter().flatten().flatten().filter(is_abandoned) {
        let _ = std::fs::remove_dir_all(folder.path());
    }
}

/// A folder that only the service may enter, and that goes with the last thing in it.
pub(super) struct Bench {
    folder: Folder,
}

impl Bench {
    pub(super) fn new(scratch: &Path) -> Result<Self, Breakage> {
        let private = std::fs::Permissions::from_mode(0o700);
        let folder = tempfile::Builder::new().prefix(PREFIX).permissions(private).tempdir_in(scratch).map_err(broken)?;
        Ok(Self { folder: Arc::new(folder) })
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Copies a portion of the content here. Where it stops early, so does the copy.
    pub(super) async fn lay(&self, name: &str, portion: Portion, content: &dyn RandomRead) -> Result<(), Breakage> {
        let size = content.size_bytes();
        let mut file = tokio::fs::File::create_new(self.path().join(name)).await.map_err(broken)?;
        let ranges = match portion {
            Portion::Head(bytes) => [0..bytes.min(size), 0..0],
            Portion::Ends(bytes) => [0..bytes.min(size), size.saturating_sub(bytes)..size],
        };
        for range in ranges {
            file.seek(io::SeekFrom::Start(range.start)).await.map_err(broken)?;
            let mut at = range.start;
            while at < range.end {
                let piece = content.read(at..range.end.min(at.saturating_add(COPIED_BYTES))).await?;
                if piece.is_empty() {
                    break;
                }
                file.write_all(&piece).await.map_err(broken)?;
                at = at.saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX));
            }
        }
        file.flush().await.map_err(broken)
    }

    /// Calls something in the folder otherwise.
    pub(super) fn rename(&self, name: &str, other: &str) -> Result<(), Breakage> {
        std::fs::rename(self.path().join(name), self.path().join(other)).map_err(broken)
    }

    /// Drops what is not needed any more; if it stays, it goes with the folder.
    pub(super) fn remove(&self, name: &str) {
        let _ = std::fs::remove_file(self.path().join(name));
    }

    /// Whether there is an ordinary file of such a name.
    pub(super) fn has(&self, name: &str) -> bool {
        is_ordinary(&self.path().join(name))
    }

    /// How large an ordinary file is.
    pub(super) fn size_bytes(&self, name: &str) -> u64 {
        if self.has(name) { std::fs::symlink_metadata(self.path().join(name)).map_or(0, |known| known.len()) } else { 0 }
    }

    /// Whether a variant was made.
    pub(super) fn holds(&self, variant: Variant) -> bool {
        self.has(&variant.to_string())
    }

    /// All of a small thing that was made.
    pub(super) fn read(&self, variant: Variant) -> Result<Bytes, Breakage> {
        let mut bytes = Vec::new();
        open(&self.path().join(variant.to_string())).and_then(|mut file| file.read_to_end(&mut bytes)).map_err(broken)?;
        Ok(bytes.into())
    }

    /// Hands over what was made, and cards in place of what was not.
    pub(super) fn hand_over(self, made: &[Variant], cards: &[Variant], shortfall: Option<Shortfall>) -> Vec<Rendering> {
        let made = made.iter().map(|variant| (*variant, None)).chain(cards.iter().map(|variant| (*variant, shortfall)));
        let give = |(variant, shortfall): (Variant, Option<Shortfall>)| {
            let path = self.path().join(variant.to_string());
            Rendering { variant, bytes: stream(path, Arc::clone(&self.folder)), shortfall }
        };
        made.map(give).collect()
    }
}

/// The bytes of a file that is opened when they are asked for. The folder stays until then.
fn stream(path: PathBuf, folder: Folder) -> ByteStream {
    Box::pin(stream::try_unfold((path, None, folder), |(path, file, folder)| async move {
        let mut file = match file {
            Some(file) => file,
            None => tokio::fs::File::from_std(open(&path)?),
        };
        let mut piece = BytesMut::with_capacity(PIECE_BYTES);
        let read = file.read_buf(&mut piece).await?;
        Ok((read > 0).then(|| (piece.freeze(), (path, Some(file), folder))))
    }))
}

/// A child may have left anything under the name of a file: what leads elsewhere, or never answers, is not opened.
fn open(path: &Path) -> io::Result<std::fs::File> {
    if !is_ordinary(path) {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let flags = i32::try_from((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits()).unwrap_or_default();
    OpenOptions::new().read(true).custom_flags(flags).open(path)
}

fn is_ordinary(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok_and(|known| known.is_file() && known.nlink() == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_killed_processes_left_behind_goes_after_an_hour_and_nothing_else() {
        let scratch = tempfile::tempdir().unwrap();
        let made = |name: &str, age: Duration| {
            let folder = scratch.path().join(name);
            std::fs::create_dir(&folder).unwrap();
            std::fs::write(folder.join("content"), "not approved").unwrap();
            std::fs::File::open(&folder).unwrap().set_modified(std::time::SystemTime::now() - age).unwrap();
            folder
        };
        let left = made("assets-render-old", ABANDONED * 2);
        let at_work = made("assets-render-new", Duration::ZERO);
        let foreign = made("others", ABANDONED * 2);
        clear(scratch.path());
        assert!(!left.exists() && at_work.exists() && foreign.exists());
    }
}
