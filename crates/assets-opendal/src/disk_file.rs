//! A file on a local disk that is read: piece by piece, each where blocking is allowed, and the first one together with the
//! opening.
//!
//! OpenDAL would do each of these by itself: ask for the file, open it, read, copy.

use std::{
    fs::{File, Metadata},
    io,
    ops::Range,
    path::PathBuf,
};

use assets_domain::ports::{Breakage, Opened, Stamp};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use rustix::{buffer::spare_capacity, io::pread};
use tokio::task;

use crate::breakage::broken_disk;

/// How much is read at once: it stays in the cache of a core until it is sent.
const PIECE_BYTES: u64 = 256 << 10;

/// An open file, and what of it is still to be read.
struct DiskFile {
    file: File,
    left: Range<u64>,
}

/// Opens a file and reads the first piece of a range, which is not empty.
///
/// # Errors
/// It is not there, or ends before the range does: it is damaged.
pub(crate) async fn open(path: PathBuf, range: Range<u64>) -> Result<Opened, Breakage> {
    let (stamp, first, file) = blocking(move || DiskFile::open(path, range)).await?;
    let rest = stream::try_unfold(file, async |file| {
        if file.left.is_empty() {
            return Ok(None);
        }
        blocking(move || file.piece()).await.map(Some).map_err(Breakage::into_cut)
    });
    Ok(Opened { stamp, bytes: Box::pin(stream::iter([Ok(first)]).chain(rest)) })
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, Breakage> + Send + 'static) -> Result<T, Breakage> {
    task::spawn_blocking(work).await.map_err(|panicked| Breakage::Failed(Box::new(panicked)))?
}

impl DiskFile {
    fn open(path: PathBuf, range: Range<u64>) -> Result<(Option<Stamp>, Bytes, Self), Breakage> {
        let file = File::open(path).map_err(unread)?;
        let metadata = file.metadata().map_err(unread)?;
        if metadata.len() < range.end {
            return Err(Breakage::Damaged(format!("the file has {} bytes, not {}", metadata.len(), range.end).into()));
        }
        let (first, rest) = Self { file, left: range }.piece()?;
        Ok((stamp(&metadata), first, rest))
    }

    /// Reads the next piece, and gives back the file with what is left of it.
    fn piece(mut self) -> Result<(Bytes, Self), Breakage> {
        let end = self.left.start.saturating_add(PIECE_BYTES).min(self.left.end);
        let wanted = usize::try_from(end.saturating_sub(self.left.start)).unwrap_or(usize::MAX);
        let mut piece = Vec::with_capacity(wanted);
        while piece.len() < wanted {
            let read = match pread(&self.file, spare_capacity(&mut piece), self.left.start) {
                Ok(0) => return Err(Breakage::Damaged(format!("the file ends at byte {}", self.left.start).into())),
                Ok(read) => read,
                Err(rustix::io::Errno::INTR) => continue,
                Err(error) => return Err(broken_disk(error.into())),
            };
            self.left.start = self.left.start.saturating_add(u64::try_from(read).unwrap_or(u64::MAX));
        }
        Ok((Bytes::from(piece), self))
    }
}

/// An error while reading something that was acknowledged: that it is missing is damage.
fn unread(error: io::Error) -> Breakage {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Breakage::Damaged(Box::new(error)),
        _ => broken_disk(error),
    }
}

/// Which file it is, and how it is: whoever changes it through the file system, even back, leaves another time of change.
#[cfg(unix)]
fn stamp(metadata: &Metadata) -> Option<Stamp> {
    use std::os::unix::fs::MetadataExt;

    let numbers = [metadata.dev(), metadata.ino(), metadata.size()];
    let times = [metadata.mtime(), metadata.mtime_nsec(), metadata.ctime(), metadata.ctime_nsec()];
    let marks = numbers.iter().map(|number| number.to_ne_bytes()).chain(times.iter().map(|time| time.to_ne_bytes()));
    let changed_at = chrono::DateTime::from_timestamp(metadata.ctime(), u32::try_from(metadata.ctime_nsec()).ok()?)?;
    Some(Stamp { marks: marks.flatten().collect(), changed_at })
}

/// Elsewhere nothing tells for certain that a file did not change.
#[cfg(not(unix))]
const fn stamp(_: &Metadata) -> Option<Stamp> {
    None
}
