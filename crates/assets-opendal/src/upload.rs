//! One upload, from the first byte to the durable file.

use std::mem;

use assets_domain::{
    Digest, Fingerprint, Fingerprinter, WorkspaceId,
    ports::{Breakage, ByteStream, StoredBlob, WriteError},
};
use bytes::{Bytes, BytesMut};
use futures_util::TryStreamExt;
use opendal::{Operator, Writer};
use tokio::{runtime::Handle, task};

use crate::{
    OpenDalBlobs,
    breakage::{broken, broken_disk, broken_rename},
    durable::Root,
    place::{Place, Random},
};

/// How much is gathered before it is written. An upload has at most four of these in memory: one being filled, one that
/// OpenDAL holds back, and two being written.
const CHUNK_BYTES: usize = 1024 * 1024;
const WRITES_AT_ONCE: usize = 2;

/// Bytes on their way into a temporary file.
pub(crate) struct Upload<'a> {
    store: &'a OpenDalBlobs,
    file: UnfinishedFile,
    writer: Writer,
    gathered: BytesMut,
    passed: Fingerprinter,
}

impl<'a> Upload<'a> {
    pub(crate) async fn begin(store: &'a OpenDalBlobs) -> Result<Self, Breakage> {
        let place = Place::Temporary { random: random()? };
        let writer = store.operator.writer_with(&place.path()).concurrent(WRITES_AT_ONCE).await.map_err(broken)?;
        let file = UnfinishedFile { operator: store.operator.clone(), place: Some(place) };
        Ok(Self { store, file, writer, gathered: BytesMut::new(), passed: Fingerprinter::default() })
    }

    /// Takes in all the bytes.
    pub(crate) async fn receive(&mut self, mut bytes: ByteStream, limit_bytes: u64) -> Result<(), WriteError> {
        while let Some(piece) = bytes.try_next().await.map_err(WriteError::Source)? {
            let more = u64::try_from(piece.len()).unwrap_or(u64::MAX);
            if self.passed.size_bytes().saturating_add(more) > limit_bytes {
                return Err(WriteError::TooLarge { limit_bytes });
            }
            self.passed.update(&piece);
            self.gather(piece).await?;
            // Bytes that are all at hand would otherwise never let others have their turn.
            task::consume_budget().await;
        }
        Ok(())
    }

    /// Copies pieces into chunks of one size. Held as they come, many tiny ones would cost far more than their bytes.
    async fn gather(&mut self, mut piece: Bytes) -> Result<(), Breakage> {
        while !piece.is_empty() {
            let room = CHUNK_BYTES.saturating_sub(self.gathered.len());
            self.gathered.extend_from_slice(&piece.split_to(room.min(piece.len())));
            if self.gathered.len() >= CHUNK_BYTES {
                let chunk = mem::replace(&mut self.gathered, BytesMut::with_capacity(CHUNK_BYTES));
                self.writer.write(chunk.freeze()).await.map_err(broken)?;
            }
        }
        Ok(())
    }

    /// Makes the bytes durable under their own name.
    ///
    /// All of it runs to its end in a thread for blocking work, since OpenDAL syncs the file in the midst of a future,
    /// and a rename that is under way cannot be taken back. If nobody waits for the outcome any more, it is removed.
    pub(crate) async fn finish(self, workspace: WorkspaceId) -> Result<StoredBlob, Breakage> {
        self.finish_at(|digest| Ok(Place::Kept { workspace, digest, random: random()? })).await
    }

    /// The same, at a place that is chosen when the digest is known.
    pub(crate) async fn finish_at(self, place: impl FnOnce(Digest) -> Result<Place, Breakage>) -> Result<StoredBlob, Breakage> {
        let Self { store, file, writer, gathered, passed } = self;
        let fingerprint = passed.finish();
        let place = place(fingerprint.digest)?;
        let permit = store.syncs.clone().acquire_owned().await.map_err(|closed| Breakage::Failed(Box::new(closed)))?;
        let (runtime, root) = (Handle::current(), store.root.clone());
        let finishing = task::spawn_blocking(move || {
            let _permit = permit;
            runtime.block_on(settle(file, writer, gathered.freeze(), place, &root))
        });
        let file = finishing.await.map_err(|panicked| Breakage::Failed(Box::new(panicked)))??;
        file.keep(fingerprint)
    }

    /// Removes what was written.
    pub(crate) async fn abandon(self) {
        let Self { mut file, mut writer, .. } = self;
        // A disk has no way to abort: there it is enough to remove the file.
        let _where_it_can = writer.abort().await;
        file.remove().await;
    }
}

/// Writes the rest, syncs the file, gives it its name, syncs the folders.
async fn settle(mut file: UnfinishedFile, mut writer: Writer, rest: Bytes, place: Place, root: &Root) -> Result<UnfinishedFile, Breakage> {
    let settled = async {
        if !rest.is_empty() {
            writer.write(rest).await.map_err(broken)?;
        }
        writer.close().await.map_err(broken)?;
        file.rename(place).await?;
        root.sync_folders_of(&file.path()).map_err(broken_disk)
    };
    match settled.await {
        Ok(()) => Ok(file),
        Err(breakage) => {
            file.remove().await;
            Err(breakage)
        }
    }
}

fn random() -> Result<Random, Breakage> {
    Random::draw().map_err(|error| Breakage::Failed(Box::new(error)))
}

/// A file that is removed when it is dropped, unless it was kept.
struct UnfinishedFile {
    operator: Operator,
    place: Option<Place>,
}

impl UnfinishedFile {
    fn path(&self) -> String {
        self.place.as_ref().map(Place::path).unwrap_or_default()
    }

    async fn rename(&mut self, to: Place) -> Result<(), Breakage> {
        self.operator.rename(&self.path(), &to.path()).await.map_err(broken_rename)?;
        self.place = Some(to);
        Ok(())
    }

    async fn remove(&mut self) {
        if let Some(place) = self.place.take() {
            // What cannot be removed now is swept later.
            let _swept_later = self.operator.delete(&place.path()).await;
        }
    }

    fn keep(mut self, fingerprint: Fingerprint) -> Result<StoredBlob, Breakage> {
        let place = self.place.take().ok_or_else(|| Breakage::Failed("the file was removed before it was kept".into()))?;
        Ok(StoredBlob { key: place.key(), fingerprint })
    }
}

impl Drop for UnfinishedFile {
    fn drop(&mut self) {
        if let Some(place) = self.place.take()
            && let Ok(runtime) = Handle::try_current()
        {
            let operator = self.operator.clone();
            runtime.spawn(async move {
                let _swept_later = operator.delete(&place.path()).await;
            });
        }
    }
}
