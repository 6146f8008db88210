//! Bytes on their way into the store, before anybody can read them.

mod file;
mod object;

use assets_domain::{
    Digest, WorkspaceId,
    ports::{Breakage, StoredBlob},
};
use bytes::BytesMut;

use crate::{
    budget::Share,
    place::{Place, Random},
    store::{Medium, OpenDalBlobs},
};

pub(crate) use self::{file::FileDraft, object::ObjectDraft};

/// What is written but not finished, which takes each medium its own way. One that is dropped is taken back.
pub(crate) enum Draft {
    /// A temporary file, which is synced and then gets its name.
    File(FileDraft),
    /// An object under its own key, which is there when it is closed, and not before.
    Object(ObjectDraft),
}

impl Draft {
    /// Begins one. Nothing of it is readable.
    pub(crate) async fn begin(store: &OpenDalBlobs, destination: Destination) -> Result<Self, Breakage> {
        match &store.medium {
            Medium::Disk(disk) => Ok(Self::File(FileDraft::begin(disk, destination))),
            Medium::Bucket => Ok(Self::Object(ObjectDraft::begin(&store.operator, destination).await?)),
        }
    }

    /// Adds a chunk of the size that the medium asks for. Gives back memory in which the next one may gather. A share of the
    /// memory for uploads is kept as long as there are bytes in memory, which may be longer than anybody waits.
    pub(crate) async fn write(&mut self, chunk: BytesMut, share: Option<Share>) -> Result<BytesMut, Breakage> {
        match self {
            Self::File(draft) => draft.write(chunk, share).await,
            Self::Object(draft) => draft.write(chunk, share).await,
        }
    }

    /// Adds the rest and makes all of it durable and readable. If nobody waits for the outcome any more, it is taken back.
    pub(crate) async fn finish(self, rest: BytesMut, share: Option<Share>) -> Result<StoredBlob, Breakage> {
        match self {
            Self::File(draft) => draft.finish(rest, share).await,
            Self::Object(draft) => draft.finish(rest, share).await,
        }
    }

    /// Takes back what was written.
    pub(crate) async fn abandon(self) {
        match self {
            Self::File(draft) => draft.abandon().await,
            Self::Object(draft) => draft.abandon().await,
        }
    }
}

/// Where finished bytes are to lie.
#[derive(Debug, Clone)]
pub(crate) enum Destination {
    /// At a new place of a workspace.
    New(WorkspaceId),
    /// At the place that they had elsewhere.
    Same(Place),
}

impl Destination {
    /// The place of a file, whose digest is known by now.
    fn of_file(self, digest: Digest) -> Result<Place, Breakage> {
        match self {
            Self::New(workspace) => Ok(Place::Kept { workspace, digest, random: random()? }),
            Self::Same(place) => Ok(place),
        }
    }

    /// The place of an object, chosen before its first byte.
    fn of_object(self) -> Result<Place, Breakage> {
        match self {
            Self::New(workspace) => Ok(Place::Streamed { workspace, random: random()? }),
            Self::Same(place) => Ok(place),
        }
    }

    /// Whether bytes with such a digest may lie there.
    fn admits(&self, arrived: Digest) -> Result<(), Breakage> {
        let is_fitting = match self {
            Self::New(_) | Self::Same(Place::Streamed { .. }) => true,
            Self::Same(Place::Kept { digest, .. }) => *digest == arrived,
            Self::Same(Place::Temporary { .. }) => false,
        };
        if is_fitting { Ok(()) } else { Err(Breakage::Damaged("the bytes are not those that the key was made for".into())) }
    }
}

fn random() -> Result<Random, Breakage> {
    Random::draw().map_err(|error| Breakage::Failed(Box::new(error)))
}
