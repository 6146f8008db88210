//! Archives go out: from any byte on, in constant memory, a few files read ahead of whoever receives them.

use std::{io, ops::Range, sync::Arc};

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::{StreamExt, TryStreamExt, stream};

use crate::{
    CatalogError, Export, ExportId, ExportStatus, Member, Principal, WorkspaceId, Written,
    archive::Form,
    ports::{Blob, Breakage, ByteStream},
};

use super::{Catalog, proof};

/// How many members are looked up at once.
const BATCH: u32 = 200;
/// How often it is looked, while an archive goes out, whether anything in it was taken back.
const LOOK_AGAIN_AFTER: TimeDelta = TimeDelta::seconds(2);
/// How many files are opened ahead of the one that is being sent.
const AHEAD: usize = 8;

/// An archive that may be downloaded now: to be had from [`Catalog::download`] alone.
#[derive(Debug, Clone)]
pub struct Archive {
    export: Export,
}

impl Archive {
    /// What it is.
    #[must_use]
    pub const fn export(&self) -> &Export {
        &self.export
    }
}

/// What is wanted of a file in an archive.
struct Segment {
    /// Of what stands in front of it.
    opening: Bytes,
    /// Of the file itself; empty if nothing.
    range: Range<u64>,
    blob: Blob,
}

impl Catalog {
    /// The archive of an export.
    ///
    /// # Errors
    /// The caller may not read; there is no such export; some of it was taken back; its time is over.
    pub async fn download(&self, by: &Principal, id: ExportId) -> Result<Archive, CatalogError> {
        let export = self.export(by, id).await?;
        match export.status(self.ports.clock.now()) {
            ExportStatus::Ready => Ok(Archive { export }),
            ExportStatus::Recalled => Err(CatalogError::ExportRecalled),
            ExportStatus::Expired => Err(CatalogError::ExportExpired),
        }
    }

    /// A range of bytes of an archive. Files that lie in it whole are proven on their way. If anything in the archive is taken
    /// back meanwhile, or its time is over, it ends within seconds, and its last piece never comes. The first piece is at hand when this answers.
    ///
    /// # Errors
    /// Something broke; the same in the stream.
    pub async fn read_archive(&self, archive: &Archive, range: Range<u64>) -> Result<ByteStream, CatalogError> {
        let Export { workspace, id, created_at, .. } = archive.export;
        let from = self.ports.exports.member_at(workspace, id, range.start).await?.unwrap_or(0);
        let reader = Reader { catalog: self.clone(), form: Form::at(created_at), range: range.clone(), at: self.ports.clock.now() };
        let batches = {
            let (catalog, archive, range) = (self.clone(), archive.clone(), range.clone());
            stream::try_unfold(Some(from), move |from| {
                let (catalog, archive, end) = (catalog.clone(), archive.clone(), range.end);
                async move {
                    let Some(from) = from else { return Ok(None) };
                    let batch = catalog.batch(&archive.export, from, end).await.map_err(Breakage::into_cut)?;
                    Ok::<_, io::Error>(Some(batch))
                }
            })
        };
        let segments = {
            let reader = reader.clone();
            batches.map_ok(move |files| stream::iter(reader.segments(files).into_iter().map(Ok))).try_flatten()
        };
        let opened = segments.map_ok(move |segment| reader.clone().open(segment)).try_buffered(AHEAD);
        let mut pieces: ByteStream = Box::pin(opened.try_flatten());
        // Whoever asks hears at once if there is nothing to be had.
        let first = pieces.try_next().await.map_err(Breakage::from_cut)?;
        let pieces: ByteStream = Box::pin(stream::iter(first.map(Ok)).chain(pieces));
        let leaving = Leaving { pieces, withheld: None, catalog: self.clone(), place: (workspace, id), looked_at: self.ports.clock.now() };
        Ok(Box::pin(stream::try_unfold(Some(leaving), async |leaving| match leaving {
            Some(leaving) => leaving.next().await,
            None => Ok(None),
        })))
    }

    /// The next files of an archive, and from which member on there are more.
    async fn batch(&self, export: &Export, from: u32, end: u64) -> Result<(Vec<File>, Option<u32>), Breakage> {
        let members = self.ports.exports.members(export.workspace, export.id, from, BATCH).await?;
        let is_last = members.is_empty() || members.last().is_some_and(|member| member.offset >= end);
        let next = members.last().map(|member| member.place.saturating_add(1)).filter(|_| !is_last);
        let mut files: Vec<File> = members.into_iter().map(File::from).collect();
        if next.is_none() {
            let at = export.created_at;
            files.extend(export.written.iter().map(|written| File::written(export, written, at)));
        }
        Ok((files, next))
    }
}

/// Bytes on their way out, as long as nothing of the archive is taken back.
struct Leaving {
    pieces: ByteStream,
    withheld: Option<Bytes>,
    catalog: Catalog,
    place: (WorkspaceId, ExportId),
    looked_at: DateTime<Utc>,
}

impl Leaving {
    /// The next piece, with what remains; the last one comes after one more look.
    async fn next(mut self) -> io::Result<Option<(Bytes, Option<Self>)>> {
        loop {
            let piece = self.pieces.try_next().await?;
            let now = self.catalog.ports.clock.now();
            if piece.is_none() || now - self.looked_at >= LOOK_AGAIN_AFTER {
                may_go_on(&self.catalog, self.place).await.map_err(Breakage::into_cut)?;
                self.looked_at = now;
            }
            match piece {
                None => return Ok(self.withheld.take().map(|last| (last, None))),
                Some(piece) if piece.is_empty() => {}
                Some(piece) => {
                    if let Some(earlier) = self.withheld.replace(piece) {
                        return Ok(Some((earlier, Some(self))));
                    }
                }
            }
        }
    }
}

/// Whether an archive may go on leaving.
async fn may_go_on(catalog: &Catalog, (workspace, id): (WorkspaceId, ExportId)) -> Result<(), Breakage> {
    let export = catalog.ports.exports.export(workspace, id).await?;
    match export.map(|export| export.status(catalog.ports.clock.now())) {
        Some(ExportStatus::Ready) => Ok(()),
        Some(ExportStatus::Expired) => Err(Breakage::Failed(Box::new(CatalogError::ExportExpired))),
        Some(ExportStatus::Recalled) | None => Err(Breakage::Failed(Box::new(CatalogError::ExportRecalled))),
    }
}

/// A file in an archive; the directory has no name.
struct File {
    entry: Option<crate::archive::Entry>,
    offset: u64,
    blob: Blob,
}

impl From<Member> for File {
    fn from(member: Member) -> Self {
        Self { entry: Some(member.entry()), offset: member.offset, blob: member.blob }
    }
}

impl File {
    fn written(export: &Export, written: &Written, created_at: DateTime<Utc>) -> Self {
        let blob =
            Blob { workspace: export.workspace, key: written.stored.key.clone(), fingerprint: written.stored.fingerprint, created_at };
        Self { entry: written.entry(), offset: written.offset, blob }
    }
}

/// Reads what is wanted of an archive.
#[derive(Clone)]
struct Reader {
    catalog: Catalog,
    form: Form,
    range: Range<u64>,
    at: DateTime<Utc>,
}

impl Reader {
    /// What is wanted of files.
    fn segments(&self, files: Vec<File>) -> Vec<Segment> {
        let segments = files.into_iter().map(|File { entry, offset, blob }| {
            let opening = entry.map(|entry| self.form.opening(&entry)).unwrap_or_default();
            let begin = offset.saturating_add(length(&opening));
            let of_opening = self.wanted(offset, length(&opening));
            let place = |at: u64| usize::try_from(at).unwrap_or(usize::MAX);
            let opening = Bytes::from(opening).slice(place(of_opening.start)..place(of_opening.end));
            Segment { opening, range: self.wanted(begin, blob.fingerprint.size_bytes), blob }
        });
        segments.filter(|segment| !segment.opening.is_empty() || !segment.range.is_empty()).collect()
    }

    /// What is wanted of something that lies at an offset, counted from there.
    fn wanted(&self, offset: u64, length: u64) -> Range<u64> {
        let start = self.range.start.saturating_sub(offset).min(length);
        start..self.range.end.saturating_sub(offset).min(length).max(start)
    }

    async fn open(self, Segment { opening, range, blob }: Segment) -> io::Result<ByteStream> {
        let opening = stream::iter([Ok(opening)]);
        if range.is_empty() {
            return Ok(Box::pin(opening));
        }
        let Catalog { ports, proven, .. } = &self.catalog;
        let is_whole = range == (0..blob.fingerprint.size_bytes);
        let opened = if is_whole {
            ports.blobs.open(&blob.key, range).await.map(|opened| proof::proving(opened, &blob, Arc::clone(proven), self.at))
        } else {
            ports.blobs.read(&blob.key, range).await
        };
        Ok(Box::pin(opening.chain(opened.map_err(Breakage::into_cut)?)))
    }
}

fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}
