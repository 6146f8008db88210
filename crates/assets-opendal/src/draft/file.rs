//! A file on disk: written under a temporary name, synced, then renamed.

use assets_domain::ports::Breakage;
use bytes::Bytes;
use opendal::{Operator, Writer};
use tokio::{runtime::Handle, task};

use crate::{
    breakage::{broken, broken_disk, broken_rename},
    budget::Share,
    durable::{Disk, Root},
    place::Place,
};

use super::{Destination, Whole, random};

const WRITES_AT_ONCE: usize = 2;

/// Bytes on their way into a temporary file.
pub(crate) struct FileDraft {
    file: UnfinishedFile,
    writer: Writer,
    disk: Disk,
    destination: Destination,
}

impl FileDraft {
    pub(super) async fn begin(operator: &Operator, disk: &Disk, destination: Destination) -> Result<Self, Breakage> {
        let place = Place::Temporary { random: random()? };
        let writer = operator.writer_with(&place.path()).concurrent(WRITES_AT_ONCE).await.map_err(broken)?;
        let file = UnfinishedFile { operator: operator.clone(), place: Some(place), share: None };
        Ok(Self { file, writer, disk: disk.clone(), destination })
    }

    pub(super) fn hold(&mut self, share: Share) {
        self.file.share = Some(share);
    }

    pub(super) async fn write(&mut self, chunk: Bytes) -> Result<(), Breakage> {
        self.writer.write(chunk).await.map_err(broken)
    }

    /// All of it runs to its end in a thread for blocking work, since OpenDAL syncs the file in the midst of a future,
    /// and a rename that is under way cannot be taken back.
    pub(super) async fn finish(self, rest: Bytes, whole: &Whole) -> Result<Place, Breakage> {
        let Self { file, writer, disk: Disk { root, syncs }, destination } = self;
        let place = destination.of_file(whole.digest)?;
        let permit = syncs.acquire_owned().await.map_err(|closed| Breakage::Failed(Box::new(closed)))?;
        let runtime = Handle::current();
        let finishing = task::spawn_blocking(move || {
            let _permit = permit;
            runtime.block_on(settle(file, writer, rest, place, &root))
        });
        finishing.await.map_err(|panicked| Breakage::Failed(Box::new(panicked)))??.keep()
    }

    pub(super) async fn abandon(self) {
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

/// A file that is removed when it is dropped, unless it was kept.
struct UnfinishedFile {
    operator: Operator,
    place: Option<Place>,
    share: Option<Share>,
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

    fn keep(mut self) -> Result<Place, Breakage> {
        self.place.take().ok_or_else(|| Breakage::Failed("the file was removed before it was kept".into()))
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
