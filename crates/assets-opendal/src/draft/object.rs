//! An object in a bucket: uploaded in parts under its own key, and there at once when it is closed.

use std::{mem, time::Duration};

use assets_domain::{
    Fingerprinter,
    ports::{Breakage, StoredBlob},
};
use bytes::{Bytes, BytesMut};
use opendal::{ErrorKind, Operator, Writer};
use tokio::{
    runtime::Handle,
    task,
    time::{sleep, timeout},
};

use crate::{
    breakage::{broken, broken_close, is_refusal},
    budget::Share,
    place::Place,
};

use super::Destination;

/// How many parts are on their way at once.
const PARTS_AT_ONCE: usize = 2;
/// How long whoever abandons an upload waits for the store to hear of it. Then it goes on unseen.
const PATIENCE: Duration = Duration::from_secs(2);
/// After which pauses a store is told again of an upload that came to nothing: it keeps parts until it hears of it.
const PAUSES: [Duration; 4] = [Duration::from_secs(1), Duration::from_secs(10), Duration::from_secs(60), Duration::from_secs(300)];

/// Bytes on their way into an object. Up to one chunk goes in one request, when it is finished; more goes in parts.
pub(crate) struct ObjectDraft {
    destination: Destination,
    upload: Option<OpenUpload>,
    passed: Box<Fingerprinter>,
}

impl ObjectDraft {
    pub(super) async fn begin(operator: &Operator, destination: Destination) -> Result<Self, Breakage> {
        let is_new = matches!(destination, Destination::New(_));
        let place = destination.clone().of_object()?;
        let writer = operator.writer_with(&place.path()).concurrent(PARTS_AT_ONCE).await.map_err(broken)?;
        let started = Started { operator: operator.clone(), place, writer: Some(writer), is_new, may_be_there: false, share: None };
        Ok(Self { destination, upload: Some(OpenUpload(Some(started))), passed: Box::default() })
    }

    /// A task does it, which nobody can cut short: a writer that was dropped in the midst of a request could not abort.
    pub(super) async fn write(&mut self, chunk: BytesMut, share: Option<Share>) -> Result<BytesMut, Breakage> {
        self.hold(share);
        let chunk = self.hash(chunk.freeze()).await?;
        let mut upload = self.upload.take().ok_or_else(ended)?;
        let writing = task::spawn(async move {
            let written = upload.write(chunk).await;
            (upload, written)
        });
        let (upload, written) = writing.await.map_err(panicked)?;
        self.upload = Some(upload);
        // The chunk is on its way and its memory with it.
        written.map(|()| BytesMut::new())
    }

    pub(super) async fn finish(mut self, rest: BytesMut, share: Option<Share>) -> Result<StoredBlob, Breakage> {
        self.hold(share);
        let rest = self.hash(rest.freeze()).await?;
        let mut upload = self.upload.take().ok_or_else(ended)?;
        let fingerprint = self.passed.finish();
        if let Err(breakage) = self.destination.admits(fingerprint.digest) {
            upload.abandon().await;
            return Err(breakage);
        }
        let closing = task::spawn(async move {
            let closed = upload.close(rest, fingerprint.size_bytes).await;
            (upload, closed)
        });
        let (upload, closed) = closing.await.map_err(panicked)?;
        match closed {
            Ok(()) => Ok(StoredBlob { key: upload.keep()?.key(), fingerprint }),
            Err(breakage) => {
                upload.abandon().await;
                Err(breakage)
            }
        }
    }

    fn hold(&mut self, share: Option<Share>) {
        if let Some(OpenUpload(Some(started))) = &mut self.upload
            && share.is_some()
        {
            started.share = share;
        }
    }

    /// A part is too much to hash where others wait for their turn.
    async fn hash(&mut self, bytes: Bytes) -> Result<Bytes, Breakage> {
        let mut passed = mem::take(&mut self.passed);
        let hashing = task::spawn_blocking(move || {
            passed.update(&bytes);
            (passed, bytes)
        });
        let (passed, bytes) = hashing.await.map_err(panicked)?;
        self.passed = passed;
        Ok(bytes)
    }

    pub(super) async fn abandon(self) {
        if let Some(upload) = self.upload {
            upload.abandon().await;
        }
    }
}

/// An upload that is taken back when it is dropped, unless it was kept.
struct OpenUpload(Option<Started>);

/// What the store may have by now.
struct Started {
    operator: Operator,
    place: Place,
    /// Until it was closed, or aborted.
    writer: Option<Writer>,
    /// Whether nobody else writes to this place. Elsewhere an object stays that may be there: somebody may have put it
    /// there anew meanwhile, and it is whole in any case.
    is_new: bool,
    /// Whether it was asked to close: if that failed, it may have happened all the same.
    may_be_there: bool,
    /// The memory of what the writer holds.
    share: Option<Share>,
}

impl OpenUpload {
    async fn write(&mut self, chunk: Bytes) -> Result<(), Breakage> {
        let started = self.0.as_mut().ok_or_else(ended)?;
        started.writer.as_mut().ok_or_else(ended)?.write(chunk).await.map_err(broken)
    }

    /// Closes it, and asks whether it is there: no answer but that one says so beyond doubt.
    async fn close(&mut self, rest: Bytes, size_bytes: u64) -> Result<(), Breakage> {
        let started = self.0.as_mut().ok_or_else(ended)?;
        let writer = started.writer.as_mut().ok_or_else(ended)?;
        if !rest.is_empty() {
            writer.write(rest).await.map_err(broken)?;
        }
        started.may_be_there = true;
        if let Err(error) = writer.close().await {
            started.may_be_there = !is_refusal(&error);
            return Err(broken_close(error));
        }
        started.writer = None;
        let there = started.operator.stat(&started.place.path()).await.map_err(broken_close)?.content_length();
        if there == size_bytes {
            return Ok(());
        }
        Err(Breakage::Damaged(format!("the store has {there} bytes of {size_bytes}").into()))
    }

    fn keep(mut self) -> Result<Place, Breakage> {
        self.0.take().map(|started| started.place).ok_or_else(ended)
    }

    async fn abandon(mut self) {
        if let Some(started) = self.0.take() {
            let _goes_on = timeout(PATIENCE, task::spawn(started.take_back())).await;
        }
    }
}

impl Drop for OpenUpload {
    fn drop(&mut self) {
        if let Some(started) = self.0.take()
            && let Ok(runtime) = Handle::try_current()
        {
            runtime.spawn(started.take_back());
        }
    }
}

impl Started {
    /// Tells the store until it has heard, some minutes at most. An object that stays is swept later, and the parts of an
    /// upload that was never ended are for a lifecycle rule of the bucket.
    async fn take_back(mut self) {
        for pause in PAUSES {
            if self.try_to_take_back().await.is_ok() {
                return;
            }
            sleep(pause).await;
        }
        let _given_up = self.try_to_take_back().await;
    }

    async fn try_to_take_back(&mut self) -> opendal::Result<()> {
        if let Some(writer) = &mut self.writer {
            let aborted = writer.abort().await;
            // The writer holds no bytes any more, whether or not the store has heard of it.
            self.share = None;
            match aborted {
                // There is no such upload: it was closed, or it was heard of before.
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                aborted => aborted?,
            }
            self.writer = None;
        }
        if self.is_new && self.may_be_there {
            self.operator.delete(&self.place.path()).await?;
        }
        Ok(())
    }
}

fn panicked(error: task::JoinError) -> Breakage {
    Breakage::Failed(Box::new(error))
}

fn ended() -> Breakage {
    Breakage::Failed("the upload has ended already".into())
}
