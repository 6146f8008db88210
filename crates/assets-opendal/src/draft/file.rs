//! A file on disk: written under a temporary name, synced, then renamed.
//!
//! What blocks runs in threads for it: each chunk is hashed and written in one go, while the next one gathers, and all that
//! ends an upload runs to its end, since a rename that is under way cannot be taken back. A small upload is one go in all.

use std::{
    fs::{self, File},
    io::{self, Write},
    mem,
};

use assets_domain::{
    Fingerprint, Fingerprinter,
    ports::{Breakage, StoredBlob},
};
use bytes::BytesMut;
use tokio::{
    runtime::Handle,
    task::{self, JoinHandle},
};

use crate::{
    breakage::broken_disk,
    budget::Share,
    durable::{Disk, Root},
    place::Place,
};

use super::{Destination, random};

/// Bytes on their way into a temporary file.
pub(crate) struct FileDraft {
    disk: Disk,
    destination: Destination,
    progress: Progress,
}

/// How far it is.
enum Progress {
    /// Nothing is being written.
    Resting(UnfinishedFile),
    /// A chunk is being written. What comes back is the file and the memory of the chunk.
    Writing(JoinHandle<Result<(UnfinishedFile, BytesMut), Breakage>>),
    /// It failed, or was taken.
    Over,
}

impl FileDraft {
    pub(super) fn begin(disk: &Disk, destination: Destination) -> Self {
        Self { disk: disk.clone(), destination, progress: Progress::Resting(UnfinishedFile::new(disk.root.clone())) }
    }

    /// Goes on without waiting for the chunk to be written, but for the one before. Gives back memory to gather in.
    pub(super) async fn write(&mut self, mut chunk: BytesMut, share: Option<Share>) -> Result<BytesMut, Breakage> {
        let (mut file, memory) = self.settled().await?;
        file.share = share.or(file.share.take());
        self.progress = Progress::Writing(task::spawn_blocking(move || {
            let (file, ()) = file.attempt(|file| file.append(&chunk))?;
            chunk.clear();
            Ok((file, chunk))
        }));
        Ok(memory)
    }

    pub(super) async fn finish(mut self, rest: BytesMut, share: Option<Share>) -> Result<StoredBlob, Breakage> {
        let (mut file, _) = self.settled().await?;
        file.share = share.or(file.share.take());
        let Self { disk: Disk { syncs, .. }, destination, .. } = self;
        let permit = syncs.acquire_owned().await.map_err(|closed| Breakage::Failed(Box::new(closed)))?;
        let finishing = task::spawn_blocking(move || {
            let _permit = permit;
            file.attempt(|file| {
                file.append(&rest)?;
                file.settle(destination)
            })
        });
        let (file, fingerprint) = finishing.await.map_err(panicked)??;
        Ok(StoredBlob { key: file.keep()?.key(), fingerprint })
    }

    /// What is being written is removed when it has been.
    pub(super) async fn abandon(mut self) {
        if let Ok((mut file, _)) = self.settled().await {
            let _swept_later = task::spawn_blocking(move || file.remove()).await;
        }
    }

    /// The file, once nothing is being written, and memory that is free.
    async fn settled(&mut self) -> Result<(UnfinishedFile, BytesMut), Breakage> {
        match mem::replace(&mut self.progress, Progress::Over) {
            Progress::Resting(file) => Ok((file, BytesMut::new())),
            Progress::Writing(writing) => writing.await.map_err(panicked)?,
            Progress::Over => Err(Breakage::Failed("the upload has ended already".into())),
        }
    }
}

fn panicked(error: task::JoinError) -> Breakage {
    Breakage::Failed(Box::new(error))
}

/// A file that is removed when it is dropped, unless it was kept. All it does blocks.
struct UnfinishedFile {
    root: Root,
    /// Nothing before the first byte: a small upload makes its file when all of it has come.
    open: Option<OpenFile>,
    passed: Box<Fingerprinter>,
    share: Option<Share>,
}

struct OpenFile {
    file: File,
    place: Place,
}

impl UnfinishedFile {
    fn new(root: Root) -> Self {
        Self { root, open: None, passed: Box::default(), share: None }
    }

    fn open(&mut self) -> Result<&mut OpenFile, Breakage> {
        let open = match self.open.take() {
            Some(open) => open,
            None => {
                let place = Place::Temporary { random: random()? };
                let file = File::create_new(self.root.join(&place.path())).map_err(broken_disk)?;
                OpenFile { file, place }
            }
        };
        Ok(self.open.insert(open))
    }

    /// Does a thing, or removes the file.
    fn attempt<T>(mut self, thing: impl FnOnce(&mut Self) -> Result<T, Breakage>) -> Result<(Self, T), Breakage> {
        match thing(&mut self) {
            Ok(done) => Ok((self, done)),
            Err(breakage) => {
                self.remove();
                Err(breakage)
            }
        }
    }

    fn append(&mut self, chunk: &[u8]) -> Result<(), Breakage> {
        self.passed.update(chunk);
        self.open()?.file.write_all(chunk).map_err(broken_disk)
    }

    /// Syncs the file, gives it its name, syncs the folders. Bytes that may not lie at their destination never do.
    fn settle(&mut self, destination: Destination) -> Result<Fingerprint, Breakage> {
        let fingerprint = mem::take(&mut self.passed).finish();
        destination.admits(fingerprint.digest)?;
        let place = destination.of_file(fingerprint.digest)?;
        let root = self.root.clone();
        let open = self.open()?;
        open.file.sync_all().map_err(broken_disk)?;
        let path = place.path();
        rename(&root, &open.place, &path)?;
        open.place = place;
        root.sync_folders_of(&path).map_err(broken_disk)?;
        Ok(fingerprint)
    }

    /// What cannot be removed now is swept later.
    fn remove(&mut self) {
        if let Some(OpenFile { place, .. }) = self.open.take() {
            let _swept_later = fs::remove_file(self.root.join(&place.path()));
        }
    }

    fn keep(mut self) -> Result<Place, Breakage> {
        let kept = self.open.take().map(|open| open.place);
        kept.ok_or_else(|| Breakage::Failed("the file was removed before it was kept".into()))
    }
}

/// Gives a file its name. Its folders are made if they are not there, but never the folder of the store: if that is gone, so
/// is the volume.
fn rename(root: &Root, from: &Place, to: &str) -> Result<(), Breakage> {
    let (from, to) = (root.join(&from.path()), root.join(to));
    match fs::rename(&from, &to) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        renamed => return renamed.map_err(broken_disk),
    }
    let mut missing: Vec<_> = to.ancestors().skip(1).take_while(|folder| *folder != root.path()).collect();
    while let Some(folder) = missing.pop() {
        match fs::create_dir(folder) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(broken_disk(error)),
            _ => {}
        }
    }
    fs::rename(from, to).map_err(|error| match error.kind() {
        // A sweep took it for a rest. It can be sent again.
        io::ErrorKind::NotFound => Breakage::Unavailable(Box::new(error)),
        _ => broken_disk(error),
    })
}

impl Drop for UnfinishedFile {
    fn drop(&mut self) {
        if let Some(open) = self.open.take() {
            let mut file = Self { root: self.root.clone(), open: Some(open), passed: Box::default(), share: None };
            match Handle::try_current() {
                Ok(runtime) => drop(runtime.spawn_blocking(move || file.remove())),
                Err(_) => file.remove(),
            }
        }
    }
}
