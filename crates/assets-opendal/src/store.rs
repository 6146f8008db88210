use std::{io, ops::Range, path::Path, pin::Pin};

use assets_domain::{
    WorkspaceId,
    ports::{BlobKey, BlobStore, Breakage, ByteStream, LinkTerms, Opened, StoredBlob, StoredObject, WriteError},
};
use async_trait::async_trait;
use chrono::DateTime;
use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use opendal::{Entry, ErrorKind, Operator, services::Fs};

use crate::{
    breakage::{broken, broken_disk, broken_read},
    budget::Budget,
    disk_file,
    draft::Destination,
    durable::{Disk, Root},
    location::Location,
    place::{Place, TEMPORARY_FOLDER},
    s3,
    upload::Upload,
};

/// Content in a folder on disk, or in a bucket.
#[derive(Clone)]
pub struct OpenDalBlobs {
    pub(crate) operator: Operator,
    pub(crate) medium: Medium,
    pub(crate) budget: Budget,
}

/// What content lies on.
#[derive(Debug, Clone)]
pub(crate) enum Medium {
    Disk(Disk),
    Bucket,
}

impl Medium {
    /// How much is gathered before it is written: on a disk, what the cache of a core holds. In a bucket, no part but the last may be smaller than 5 MiB; as there are
    /// 10,000 at most, content may have 48 GiB.
    pub(crate) const fn chunk_bytes(&self) -> usize {
        match self {
            Self::Disk(_) => 512 << 10,
            Self::Bucket => 5 << 20,
        }
    }
}

impl OpenDalBlobs {
    /// Content at a location: see [`disk`](Self::disk) for a folder. A bucket must be there; it is not asked yet.
    ///
    /// # Errors
    /// The folder cannot be made or written to; the bucket cannot be asked, as its region is not known.
    pub fn open(location: &Location) -> Result<Self, Breakage> {
        match location {
            Location::Disk(root) => Self::disk(root),
            Location::S3(bucket) => Ok(Self::on(Medium::Bucket, s3::operator(bucket)?)),
        }
    }

    /// Content in this folder, which is made if it is not there. It must be on a local disk.
    ///
    /// # Errors
    /// The folder cannot be made or written to.
    pub fn disk(root: &Path) -> Result<Self, Breakage> {
        let root = Root::create(root, TEMPORARY_FOLDER).map_err(broken_disk)?;
        let path = root.path().to_str().ok_or_else(|| broken_disk(io::Error::other("the path of the folder is not UTF-8")))?;
        let operator = Operator::new(Fs::default().root(path)).map_err(broken)?;
        Ok(Self::on(Medium::Disk(Disk::new(root)), operator))
    }

    fn on(medium: Medium, operator: Operator) -> Self {
        Self { operator, budget: Budget::for_chunks_of(medium.chunk_bytes()), medium }
    }

    /// Takes over bytes of another store under the key that they have there, for a copy of a whole installation. What lies
    /// under this key is replaced. Not every key names a digest: whoever knows which it should be compares it.
    ///
    /// # Errors
    /// The key is not one of a store like this; the bytes are not those that it was made for; see [`BlobStore::write`].
    pub async fn adopt(&self, key: &BlobKey, bytes: ByteStream) -> Result<StoredBlob, WriteError> {
        self.upload(Destination::Same(finished(key)?), bytes, u64::MAX).await
    }

    async fn upload(&self, destination: Destination, bytes: ByteStream, limit_bytes: u64) -> Result<StoredBlob, WriteError> {
        let mut upload = Upload::begin(self, destination).await?;
        match upload.receive(bytes, limit_bytes).await {
            Ok(()) => Ok(upload.finish().await?),
            Err(refused) => {
                upload.abandon().await;
                Err(refused)
            }
        }
    }

    /// Opens an object: one request that streams.
    async fn open_object(&self, place: Place, range: Range<u64>) -> Result<ByteStream, Breakage> {
        let end = range.end;
        let opened = async {
            let mut pieces = self.operator.reader_with(&place.path()).await?.into_stream(range).await?;
            let first = pieces.try_next().await?;
            Ok((first, pieces))
        };
        let (first, pieces) = match opened.await {
            Ok(opened) => opened,
            Err(error) => return Err(self.why_unread(&place, end, error).await),
        };
        let store = self.clone();
        let pieces = pieces.map_ok(|piece| piece.to_bytes()).or_else(move |error| {
            let (store, place) = (store.clone(), place.clone());
            async move { Err(store.why_unread(&place, end, error).await.into_cut()) }
        });
        Ok(Box::pin(stream::iter(first.map(|piece| Ok(piece.to_bytes()))).chain(pieces)))
    }

    /// Why a range cannot be read: if the file ends before it does, it has lost its end.
    async fn why_unread(&self, place: &Place, end: u64, error: opendal::Error) -> Breakage {
        match broken_read(error) {
            Breakage::Failed(source) => match self.size_of(place).await {
                Ok(Some(size_bytes)) if size_bytes < end => Breakage::Damaged(source),
                _ => Breakage::Failed(source),
            },
            known => known,
        }
    }

    async fn size_of(&self, place: &Place) -> Result<Option<u64>, Breakage> {
        match self.operator.stat(&place.path()).await {
            Ok(file) => Ok(Some(file.content_length())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(broken(error)),
        }
    }
}

#[async_trait]
impl BlobStore for OpenDalBlobs {
    async fn write(&self, workspace: WorkspaceId, bytes: ByteStream, limit_bytes: u64) -> Result<StoredBlob, WriteError> {
        self.upload(Destination::New(workspace), bytes, limit_bytes).await
    }

    async fn read(&self, key: &BlobKey, range: Range<u64>) -> Result<ByteStream, Breakage> {
        Ok(self.open(key, range).await?.bytes)
    }

    /// A disk has stamps. A bucket has none: what it says of an object is the word of another machine.
    async fn open(&self, key: &BlobKey, range: Range<u64>) -> Result<Opened, Breakage> {
        let place = finished(key)?;
        if range.is_empty() {
            return Ok(Opened { stamp: None, bytes: Box::pin(stream::empty()) });
        }
        match &self.medium {
            Medium::Disk(disk) => disk_file::open(disk.root.join(&place.path()), range).await,
            Medium::Bucket => Ok(Opened { stamp: None, bytes: self.open_object(place, range).await? }),
        }
    }

    async fn size_bytes(&self, key: &BlobKey) -> Result<Option<u64>, Breakage> {
        match finished(key) {
            Ok(place) => self.size_of(&place).await,
            // Whatever it is, it is not there.
            Err(_) => Ok(None),
        }
    }

    async fn delete(&self, key: &BlobKey) -> Result<(), Breakage> {
        match Place::parse(key.as_str()) {
            Some(place) => self.operator.delete(&place.path()).await.map_err(broken),
            // Whatever it is, it is not there.
            None => Ok(()),
        }
    }

    async fn list(&self) -> Result<Pin<Box<dyn Stream<Item = Result<StoredObject, Breakage>> + Send>>, Breakage> {
        let entries = self.operator.lister_with("").recursive(true).await.map_err(broken)?;
        Ok(Box::pin(entries.map_err(broken).try_filter_map(async |entry| Ok(stored_object(&entry)))))
    }

    /// On a disk, asks for the folder of unfinished uploads, which is made at the start: if the volume is gone, so is the
    /// folder. Of a bucket, asks for the first name in it, which tells that it is there and that the credentials are good.
    /// Nothing is written, since a store that is full still answers.
    async fn check(&self) -> Result<(), Breakage> {
        match self.medium {
            Medium::Disk(_) => self.operator.stat(&format!("{TEMPORARY_FOLDER}/")).await.map(drop).map_err(broken),
            Medium::Bucket => {
                let mut entries = self.operator.lister_with("").limit(1).await.map_err(broken)?;
                entries.try_next().await.map(drop).map_err(broken)
            }
        }
    }

    async fn link(&self, key: &BlobKey, terms: &LinkTerms) -> Result<Option<String>, Breakage> {
        let place = finished(key)?;
        if matches!(self.medium, Medium::Disk(_)) {
            return Ok(None);
        }
        let link = self
            .operator
            .presign_read_with(&place.path(), terms.expires_in.min(LinkTerms::MAX_LIFE))
            .override_content_type(&terms.media_type)
            .override_content_disposition(&terms.disposition)
            .await;
        Ok(Some(link.map_err(broken)?.uri().to_string()))
    }
}

/// The place of a file that may be read.
fn finished(key: &BlobKey) -> Result<Place, Breakage> {
    let place = Place::parse(key.as_str()).filter(|place| !place.is_temporary());
    place.ok_or_else(|| Breakage::Damaged("the key is not one of this store".into()))
}

/// What the store made; `None` for folders and for whatever else lies there.
fn stored_object(entry: &Entry) -> Option<StoredObject> {
    let place = Place::parse(entry.path())?;
    let written = entry.metadata().last_modified()?.into_inner().as_microsecond();
    Some(StoredObject {
        key: place.key(),
        size_bytes: entry.metadata().content_length(),
        modified_at: DateTime::from_timestamp_micros(written)?,
        is_temporary: place.is_temporary(),
    })
}
