//! Content comes in piece by piece, over as many requests, processes and days as it takes, and becomes part of an asset.

use std::io;

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};

use crate::{
    AssetType, CatalogError, Content, Digest, FieldError, Filename, MediaType, PathItem, Principal, Quantity, Upload, UploadId,
    WorkspaceId,
    content::default_filename,
    ports::{Append, AppendError, Blob, BlobKey, Breakage, ByteStream, MediaInspector, NewBlob, UploadPart},
};

use super::{
    Catalog, Incoming, Ingested,
    inflow::{End, Inflow, PART_BYTES},
    ingest::{StoredReader, refused_write},
};

/// How many files are removed at a time.
const FILES_AT_ONCE: usize = 8;

/// An upload that is to begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewUpload {
    /// How many bytes it will have.
    pub length_bytes: u64,
    /// What its sender says of it, word for word.
    pub metadata: Option<String>,
    /// What it is called.
    pub filename: Option<Filename>,
    /// What it is said to be.
    pub media_type: Option<MediaType>,
}

/// What is kept of bytes that are cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// Whatever came.
    WhatCame,
    /// Nothing: they are good as a whole, or not at all.
    AllOrNothing,
}

/// What came of bytes for an upload.
#[derive(Debug)]
pub struct Appended {
    /// The upload as it is now.
    pub upload: Upload,
    /// Why there was not all that was to come.
    pub cut: Option<io::Error>,
}

/// An upload that is to be content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uploaded {
    /// Which.
    pub id: UploadId,
    /// What it is said to be, if something else than when it began.
    pub media_type: Option<MediaType>,
    /// What it is called, if something else than when it began.
    pub filename: Option<Filename>,
    /// What its digest is announced to be.
    pub announced: Option<Digest>,
}

impl Catalog {
    /// Begins an upload.
    ///
    /// # Errors
    /// The caller may not; it would have more bytes than allowed, or none; the caller has too many under way.
    pub async fn begin_upload(&self, by: &Principal, new: NewUpload) -> Result<Upload, CatalogError> {
        self.admit_create(by)?;
        if new.length_bytes > self.max_content_bytes {
            return Err(CatalogError::TooLarge { limit_bytes: self.max_content_bytes });
        }
        if new.length_bytes == 0 {
            return Err(CatalogError::Invalid(vec![FieldError::of("length", "empty", "content may not be empty")]));
        }
        let usage = self.ports.usages.usage(by.workspace).await?;
        if usage.room_to_upload_bytes().is_some_and(|room| new.length_bytes > room) {
            return Err(CatalogError::OverQuota(Quantity::Bytes));
        }
        let now = self.ports.clock.now();
        let upload = Upload {
            workspace: by.workspace,
            id: UploadId::new(self.ports.ids.next()),
            owner: by.actor.key_prefix.clone(),
            length_bytes: new.length_bytes,
            offset_bytes: 0,
            metadata: new.metadata,
            filename: new.filename,
            media_type: new.media_type,
            created_at: now,
            expires_at: now + Upload::LIFE,
            assembled: None,
        };
        let most = Upload::MOST_UNDER_WAY;
        if self.ports.uploads.begin(&upload, most).await? { Ok(upload) } else { Err(CatalogError::TooManyUploads { most }) }
    }

    /// An upload of the caller's.
    ///
    /// # Errors
    /// The caller may not; there is no such upload of this key, or none any more.
    pub async fn upload(&self, by: &Principal, id: UploadId) -> Result<Upload, CatalogError> {
        self.admit_create(by)?;
        let found = self.ports.uploads.find(by.workspace, id).await?;
        let now = self.ports.clock.now();
        found.filter(|upload| upload.owner == by.actor.key_prefix && upload.expires_at > now).ok_or(CatalogError::NotFound)
    }

    /// Takes in more of an upload, which must have as many bytes as the caller says. What is taken in is durable part by
    /// part, so that a kill costs one of them at most.
    ///
    /// # Errors
    /// The caller may not; there is no such upload; it has other bytes by now; more come than it will have, or too few where
    /// it is all or nothing. What became part of it before stays.
    pub async fn append_upload(
        &self,
        by: &Principal,
        id: UploadId,
        from_bytes: u64,
        bytes: ByteStream,
        keep: Keep,
    ) -> Result<Appended, CatalogError> {
        let mut upload = self.upload(by, id).await?;
        if upload.offset_bytes != from_bytes {
            return Err(CatalogError::UploadConflict { offset_bytes: upload.offset_bytes });
        }
        let inflow = Inflow::new(bytes, upload.length_bytes.saturating_sub(from_bytes), keep);
        let mut waiting = Vec::new();
        let written = self.take_in(&mut upload, &inflow, keep, &mut waiting).await;
        let cut = match (written, inflow.end()) {
            (Ok(()), None | Some(End::Well)) => None,
            (Ok(()), Some(End::Cut(cut))) if keep == Keep::WhatCame => Some(cut),
            (unwritten, end) => {
                self.remove_files(waiting.into_iter().map(|part: UploadPart| part.key).collect()).await;
                return Err(why_not(unwritten, end, upload.length_bytes));
            }
        };
        self.keep_parts(&mut upload, waiting).await?;
        Ok(Appended { upload, cut })
    }

    /// Ends an upload. What became content stays.
    ///
    /// # Errors
    /// The caller may not; there is no such upload.
    pub async fn end_upload(&self, by: &Principal, id: UploadId) -> Result<(), CatalogError> {
        let upload = self.upload(by, id).await?;
        let files = self.ports.uploads.end(upload.workspace, id).await?;
        self.remove_files(files).await;
        Ok(())
    }

    /// As [`Catalog::ingest`], of an upload that has all its bytes. The upload stays as it is until a commit refers to them,
    /// and can be used again after that.
    ///
    /// # Errors
    /// There is no such upload, or it is not finished; the content does not fit the type, or is not what was announced.
    pub async fn ingest_upload(&self, by: &Principal, asset_type: AssetType, uploaded: Uploaded) -> Result<Ingested, CatalogError> {
        let upload = self.finished_upload(by, uploaded.id).await?;
        let broken = match self.ingest_found(by, asset_type, &uploaded, &upload).await {
            Err(CatalogError::Breakage(broken @ (Breakage::Damaged(_) | Breakage::Failed(_)))) => broken,
            done => return done,
        };
        // Somebody may have used or ended the upload meanwhile, so that its files went while they were read.
        let now = self.finished_upload(by, uploaded.id).await?;
        if now.assembled == upload.assembled {
            return Err(broken.into());
        }
        self.ingest_found(by, asset_type, &uploaded, &now).await
    }

    /// Notes that a commit refers to the bytes of an upload, which keeps none of its own from then on. Best effort: an
    /// upload of which it is not noted is put together anew when it is used again.
    pub(super) async fn note_assembled(&self, workspace: WorkspaceId, id: UploadId, digest: &Digest) {
        let expires_at = self.ports.clock.now() + Upload::LIFE;
        if let Ok(files) = self.ports.uploads.note_assembled(workspace, id, digest, expires_at).await {
            self.remove_files(files).await;
        }
    }

    async fn take_in(&self, upload: &mut Upload, inflow: &Inflow, keep: Keep, waiting: &mut Vec<UploadPart>) -> Result<(), CatalogError> {
        let mut offset_bytes = upload.offset_bytes;
        while let Some(bytes) = inflow.next_part().await {
            let stored = self.ports.blobs.write(upload.workspace, bytes, PART_BYTES).await.map_err(refused_write)?;
            let size_bytes = stored.fingerprint.size_bytes;
            waiting.push(UploadPart { offset_bytes, size_bytes, crc32: stored.fingerprint.crc32, key: stored.key });
            offset_bytes = offset_bytes.saturating_add(size_bytes);
            if keep == Keep::WhatCame {
                self.keep_parts(upload, std::mem::take(waiting)).await?;
            }
        }
        Ok(())
    }

    /// Makes parts that are stored part of the upload.
    async fn keep_parts(&self, upload: &mut Upload, parts: Vec<UploadPart>) -> Result<(), CatalogError> {
        if parts.is_empty() {
            return Ok(());
        }
        let Upload { workspace, id, offset_bytes: from_bytes, .. } = *upload;
        let append = Append { workspace, id, from_bytes, parts, expires_at: self.ports.clock.now() + Upload::LIFE };
        let refused = match self.ports.uploads.append(&append).await {
            Ok(()) => {
                upload.offset_bytes = append.parts.iter().fold(from_bytes, |offset, part| offset.saturating_add(part.size_bytes));
                upload.expires_at = append.expires_at;
                return Ok(());
            }
            // It is not known whether rows refer to the files: the sweep finds out.
            Err(AppendError::Breakage(breakage)) => return Err(breakage.into()),
            Err(refused) => refused,
        };
        self.remove_files(append.parts.into_iter().map(|part| part.key).collect()).await;
        match (refused, self.ports.uploads.find(workspace, id).await?) {
            (AppendError::Conflict, Some(now)) => Err(CatalogError::UploadConflict { offset_bytes: now.offset_bytes }),
            (AppendError::Conflict, None) => Err(CatalogError::NotFound),
            (refused, _) => Err(Breakage::Unavailable(Box::new(refused)).into()),
        }
    }

    /// An upload that a body names. That there is none is a fault of the body.
    async fn finished_upload(&self, by: &Principal, id: UploadId) -> Result<Upload, CatalogError> {
        match self.upload(by, id).await {
            Ok(upload) if upload.is_complete() => Ok(upload),
            Ok(Upload { offset_bytes, length_bytes, .. }) => {
                Err(bad_upload("incomplete_upload", format!("the upload has {offset_bytes} of its {length_bytes} bytes; send the rest")))
            }
            Err(CatalogError::NotFound) => Err(unknown_upload()),
            Err(error) => Err(error),
        }
    }

    async fn ingest_found(
        &self,
        by: &Principal,
        asset_type: AssetType,
        uploaded: &Uploaded,
        upload: &Upload,
    ) -> Result<Ingested, CatalogError> {
        let media_type = uploaded.media_type.or(upload.media_type);
        let filename = uploaded.filename.clone().or_else(|| upload.filename.clone());
        if let Some(digest) = &upload.assembled {
            let blob = self.ports.ledger.blob(upload.workspace, digest).await?.ok_or_else(unknown_upload)?;
            if let Some(announced) = uploaded.announced.filter(|announced| announced != digest) {
                return Err(CatalogError::DigestMismatch { announced, arrived: *digest });
            }
            return self.ingest_known(asset_type, media_type, filename, blob).await;
        }
        let parts = self.ports.uploads.parts(upload.workspace, upload.id).await?;
        let incoming = Incoming { bytes: self.chained(parts), media_type, filename, announced: uploaded.announced };
        match self.ingest(by, asset_type, incoming).await {
            Ok(ingested) => Ok(Ingested { upload: Some(upload.id), ..ingested }),
            // The bytes come from the store, not from the caller.
            Err(CatalogError::Interrupted(cut)) => Err(Breakage::from_cut(cut).into()),
            Err(error) => Err(error),
        }
    }

    /// Bytes that the workspace has, as content once more.
    async fn ingest_known(
        &self,
        asset_type: AssetType,
        media_type: Option<MediaType>,
        filename: Option<Filename>,
        blob: Blob,
    ) -> Result<Ingested, CatalogError> {
        let size_bytes = blob.fingerprint.size_bytes;
        let first = u64::try_from(<dyn MediaInspector>::HEAD_BYTES).unwrap_or(u64::MAX).min(size_bytes);
        let pieces: Vec<_> = self.ports.blobs.read(&blob.key, 0..first).await?.try_collect().await.map_err(Breakage::from_cut)?;
        let head = Bytes::from(pieces.concat());
        let media_type = self.ports.media.sniff(asset_type, media_type, &head)?;
        let reader = StoredReader::over(self.ports.blobs.as_ref(), &blob).with_head(head);
        let measured = self.ports.media.measure(asset_type, media_type, &reader).await??;
        Ok(Ingested {
            content: Content {
                digest: blob.fingerprint.digest,
                size_bytes,
                media_type,
                filename: filename.unwrap_or_else(|| default_filename(asset_type, media_type)),
                facts: measured.facts,
            },
            blob: NewBlob { blob, text: measured.text },
            asset_type,
            upload: None,
            is_known: true,
        })
    }

    /// The bytes of parts, one behind the other, each compared with what was written.
    fn chained(&self, parts: Vec<UploadPart>) -> ByteStream {
        let store = self.ports.blobs.clone();
        let parts = stream::iter(parts).then(move |part| {
            let store = store.clone();
            async move {
                let bytes = store.read(&part.key, 0..part.size_bytes).await.map_err(Breakage::into_cut)?;
                Ok::<_, io::Error>(compared(bytes, part.crc32))
            }
        });
        Box::pin(parts.try_flatten())
    }

    /// Removes files that nobody knows. Best effort: what stays is swept later.
    async fn remove_files(&self, files: Vec<BlobKey>) {
        let store = &self.ports.blobs;
        stream::iter(&files).for_each_concurrent(FILES_AT_ONCE, async |key| drop(store.delete(key).await)).await;
    }
}

/// Why bytes did not become part of an upload: a store that was handed a stream that fails only says that it failed.
fn why_not(written: Result<(), CatalogError>, end: Option<End>, length_bytes: u64) -> CatalogError {
    match (written, end) {
        (Ok(()) | Err(CatalogError::Interrupted(_)), Some(End::Cut(cut))) => CatalogError::Interrupted(cut),
        (Ok(()), _) | (Err(CatalogError::Interrupted(_)), Some(End::Surplus)) => CatalogError::TooLarge { limit_bytes: length_bytes },
        (Err(error), _) => error,
    }
}

/// Bytes that end with an error if they are not those that were written.
fn compared(bytes: ByteStream, crc32: u32) -> ByteStream {
    Box::pin(stream::try_unfold((bytes, crc32fast::Hasher::new()), move |(mut bytes, mut crc)| async move {
        match bytes.try_next().await? {
            Some(piece) => {
                crc.update(&piece);
                Ok(Some((piece, (bytes, crc))))
            }
            None if crc.finalize() == crc32 => Ok(None),
            None => Err(Breakage::Damaged("a part of an upload holds other bytes than were written".into()).into_cut()),
        }
    }))
}

fn bad_upload(kind: &'static str, message: impl Into<String>) -> CatalogError {
    let path = vec![PathItem::Field("content"), PathItem::Field("upload_id")];
    CatalogError::Invalid(vec![FieldError { path, message: message.into(), kind }])
}

fn unknown_upload() -> CatalogError {
    bad_upload("unknown_upload", "this key has no such upload, or none any more")
}
