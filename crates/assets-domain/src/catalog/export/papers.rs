//! The papers of an archive: what goes along with its members is written once, when they are pinned.

use std::{io, sync::Arc};

use bytes::Bytes;
use futures_util::{Stream, StreamExt, future::try_join, stream};
use sha2::Digest as _;

use crate::{
    CatalogError, Digest, ExportId, Member, WorkspaceId, Written,
    archive::{ATTESTATIONS, Form, MANIFEST, PUBLIC_KEYS, README, SEAL, SUMS},
    ports::{Breakage, ByteStream, Exhibit, Exports, Notary, StoredBlob, WriteError},
};

use super::{BATCH, Packing};

/// How many members are read at once with all that is said of them, which may be long.
const EXHIBITS: u32 = 50;

impl Packing<'_> {
    /// Writes what goes along with the members, and the directory.
    pub(super) async fn write_all(&mut self) -> Result<(), CatalogError> {
        let notary = self.catalog.ports.notary.clone();
        let head = notary.manifest_head(&self.export)?;
        let told = {
            let notary = notary.clone();
            move |exhibit: &Exhibit| notary.manifest_entry(exhibit)
        };
        let manifest = text(head).chain(self.entries(told)).chain(text(notary.manifest_tail()));
        // They go through all members, each for itself: the two that take longest go at once.
        let (manifest, attestations) = try_join(self.store(manifest), self.store(self.attestations())).await?;
        self.add(MANIFEST, manifest);
        self.add(ATTESTATIONS, attestations);
        self.write(PUBLIC_KEYS, text(notary.public_keys()?)).await?;
        self.write(README, text(notary.readme(&self.export))).await?;
        let sums = |name: &str, digest: &Digest| format!("{}  {name}\n", digest.to_hex());
        let written: String = self.export.written.iter().map(|file| sums(&file.name, &file.stored.fingerprint.digest)).collect();
        let summed = self.members(move |member| sums(&member.name, &member.blob.fingerprint.digest).into_bytes());
        let listed = self.write(SUMS, summed.chain(text(written))).await?;
        let seal = notary.seal(&self.export, &listed)?;
        self.write(SEAL, text(format!("{seal}\n"))).await?;
        let directory = self.write_directory().await?;
        let mut known = sha2::Sha256::new();
        known.update(listed.as_bytes());
        known.update(directory.as_bytes());
        self.export.digest = Digest::from_bytes(known.finalize().into());
        Ok(())
    }

    async fn write_directory(&mut self) -> Result<Digest, CatalogError> {
        let form = Form::at(self.export.created_at);
        let records = self.members(move |member| form.record(&member.entry(), member.offset));
        let own = self.export.written.iter().filter_map(|file| Some(form.record(&file.entry()?, file.offset)));
        let own: Vec<u8> = own.flatten().chain(self.layout.closing()).collect();
        let stored = self.store(records.chain(bytes(own))).await?;
        let offset = self.layout.end();
        self.export.size_bytes = offset.saturating_add(stored.fingerprint.size_bytes);
        let digest = stored.fingerprint.digest;
        self.export.written.push(Written { name: String::new(), offset, stored });
        Ok(digest)
    }

    /// Writes a file behind all others. Answers its digest.
    async fn write(&mut self, name: &str, bytes: impl Stream<Item = io::Result<Bytes>> + Send + 'static) -> Result<Digest, CatalogError> {
        let stored = self.store(bytes).await?;
        Ok(self.add(name, stored))
    }

    /// Puts a file that is written behind all others. Answers its digest.
    fn add(&mut self, name: &str, stored: StoredBlob) -> Digest {
        let mut written = Written { name: name.to_owned(), offset: 0, stored };
        if let Some(entry) = written.entry() {
            written.offset = self.layout.place(&entry);
        }
        let digest = written.stored.fingerprint.digest;
        self.export.written.push(written);
        digest
    }

    async fn store(&self, bytes: impl Stream<Item = io::Result<Bytes>> + Send + 'static) -> Result<StoredBlob, CatalogError> {
        match self.catalog.ports.blobs.write(self.export.workspace, Box::pin(bytes), u64::MAX).await {
            Ok(stored) => Ok(stored),
            Err(WriteError::Source(cut)) => Err(Breakage::from_cut(cut).into()),
            Err(WriteError::Breakage(breakage)) => Err(breakage.into()),
            Err(too_large @ WriteError::TooLarge { .. }) => Err(Breakage::Failed(Box::new(too_large)).into()),
        }
    }

    /// What is said of each member, in their order, with what stands between two of them.
    fn entries(
        &self,
        tell: impl Fn(&Exhibit) -> Result<String, Breakage> + Send + 'static,
    ) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
        self.batches(|exports, (workspace, id), from| async move { exports.exhibits(workspace, id, from, EXHIBITS).await }).map(
            move |batch| {
                let mut told = String::new();
                for exhibit in batch? {
                    if exhibit.member.place > 0 {
                        told.push_str(<dyn Notary>::MANIFEST_BETWEEN);
                    }
                    told.push_str(&tell(&exhibit).map_err(Breakage::into_cut)?);
                }
                Ok(told.into())
            },
        )
    }

    /// The approval of each member as it was signed, in their order.
    fn attestations(&self) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
        self.batches(|exports, (workspace, id), from| async move { exports.attestations(workspace, id, from, BATCH).await }).map(|batch| {
            let lines = batch?.into_iter().flatten().map(|attestation| attestation + "\n");
            Ok(lines.collect::<String>().into())
        })
    }

    /// What is made of each member, in their order.
    fn members(&self, make: impl Fn(&Member) -> Vec<u8> + Send + 'static) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
        self.batches(|exports, (workspace, id), from| async move { exports.members(workspace, id, from, BATCH).await })
            .map(move |batch| Ok(batch?.iter().flat_map(&make).collect::<Vec<u8>>().into()))
    }

    /// What is read of the pinned members, batch by batch, until there is nothing more.
    fn batches<T: Send + 'static, F: Future<Output = Result<Vec<T>, Breakage>> + Send + 'static>(
        &self,
        read: impl Fn(Arc<dyn Exports>, (WorkspaceId, ExportId), u32) -> F + Send + 'static,
    ) -> impl Stream<Item = io::Result<Vec<T>>> + Send + 'static {
        let (exports, place) = (self.catalog.ports.exports.clone(), (self.export.workspace, self.export.id));
        stream::try_unfold(0, move |from| {
            let batch = read(exports.clone(), place, from);
            async move {
                let batch = batch.await.map_err(Breakage::into_cut)?;
                let next = from.saturating_add(u32::try_from(batch.len()).unwrap_or(u32::MAX));
                Ok((!batch.is_empty()).then_some((batch, next)))
            }
        })
    }
}

fn text(text: String) -> ByteStream {
    bytes(text.into_bytes())
}

fn bytes(bytes: Vec<u8>) -> ByteStream {
    Box::pin(stream::iter([Ok(bytes.into())]))
}
