//! A store of one's own: an adapter for the port `BlobStore`, the whole product on top of it, and the suite that says whether it fits.
//!
//! ```text
//! cargo run --package assets-testkit --example own_store      # the story
//! cargo test --package assets-testkit --example own_store     # the suite
//! ```
//!
//! This one keeps each file in a folder of a disk. Yours may keep them wherever you like: what a store has to promise stands at
//! the trait, and each promise is a clause of the suite.

#![expect(clippy::expect_used, clippy::print_stdout, reason = "an example that cannot go on stops and says why")]

use std::{
    io::{self, ErrorKind, SeekFrom},
    ops::Range,
    path::{Path, PathBuf},
    pin::Pin,
    sync::Arc,
};

use assets_domain::{
    AssetType, Call, CatalogError, Fingerprinter, NamedBytes, NewExport, Ports, Selection, WorkspaceId,
    ports::{BlobKey, BlobStore, Breakage, ByteStream, StoredBlob, StoredObject, WriteError},
};
use assets_testkit::{TestWorld, fixtures};
use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{Stream, TryStreamExt, stream};
use tokio::{
    fs::{self, File},
    io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt},
};

/// How much is read at a time.
const PIECE_BYTES: usize = 64 << 10;
/// How the name of a file ends that is not finished.
const UNFINISHED: &str = "part";

/// Files in one folder, each under a name that chance made.
struct Folder(PathBuf);

impl Folder {
    /// A name that is not there yet, nor will ever be given to another.
    fn new_key(workspace: WorkspaceId) -> BlobKey {
        let mut chance = [0; 16];
        getrandom::fill(&mut chance).expect("the operating system has randomness");
        BlobKey::new(format!("{workspace}-{:032x}", u128::from_be_bytes(chance)))
    }

    fn path(&self, key: &BlobKey) -> PathBuf {
        self.0.join(key.as_str())
    }

    /// Writes all there is, and nothing is called finished before the disk has it.
    async fn fill(&self, draft: &Path, mut bytes: ByteStream, limit_bytes: u64) -> Result<Fingerprinter, WriteError> {
        let mut file = File::create_new(draft).await.map_err(broken)?;
        let mut passed = Fingerprinter::default();
        while let Some(piece) = bytes.try_next().await.map_err(WriteError::Source)? {
            passed.update(&piece);
            if passed.size_bytes() > limit_bytes {
                return Err(WriteError::TooLarge { limit_bytes });
            }
            file.write_all(&piece).await.map_err(broken)?;
        }
        file.sync_all().await.map_err(broken)?;
        Ok(passed)
    }
}

#[async_trait]
impl BlobStore for Folder {
    async fn write(&self, workspace: WorkspaceId, bytes: ByteStream, limit_bytes: u64) -> Result<StoredBlob, WriteError> {
        let key = Self::new_key(workspace);
        let draft = self.path(&key).with_extension(UNFINISHED);
        match self.fill(&draft, bytes, limit_bytes).await {
            Ok(passed) => {
                fs::rename(&draft, self.path(&key)).await.map_err(broken)?;
                // The name is in the folder once the folder is on the disk.
                File::open(&self.0).await.map_err(broken)?.sync_all().await.map_err(broken)?;
                Ok(StoredBlob { key, fingerprint: passed.finish() })
            }
            Err(error) => {
                // What cannot be removed now is swept later, as what a crash leaves is.
                let _swept = fs::remove_file(&draft).await;
                Err(error)
            }
        }
    }

    async fn read(&self, key: &BlobKey, range: Range<u64>) -> Result<ByteStream, Breakage> {
        if range.is_empty() {
            return Ok(Box::pin(stream::empty()));
        }
        let mut file = File::open(self.path(key)).await.map_err(broken)?;
        if file.metadata().await.map_err(broken)?.len() < range.end {
            return Err(Breakage::Damaged(format!("{} ends before {}", key.as_str(), range.end).into()));
        }
        file.seek(SeekFrom::Start(range.start)).await.map_err(broken)?;
        let file = file.take(range.end.saturating_sub(range.start));
        Ok(Box::pin(stream::try_unfold(file, async |mut file| {
            let mut piece = vec![0; PIECE_BYTES];
            let read = file.read(&mut piece).await?;
            piece.truncate(read);
            io::Result::Ok((read > 0).then_some((Bytes::from(piece), file)))
        })))
    }

    async fn size_bytes(&self, key: &BlobKey) -> Result<Option<u64>, Breakage> {
        match fs::metadata(self.path(key)).await {
            Ok(metadata) => Ok(Some(metadata.len())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(broken(error)),
        }
    }

    async fn delete(&self, key: &BlobKey) -> Result<(), Breakage> {
        match fs::remove_file(self.path(key)).await {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(broken(error)),
            _ => Ok(()),
        }
    }

    async fn list(&self) -> Result<Pin<Box<dyn Stream<Item = Result<StoredObject, Breakage>> + Send>>, Breakage> {
        let entries = fs::read_dir(&self.0).await.map_err(broken)?;
        Ok(Box::pin(stream::try_unfold(entries, async |mut entries| {
            let Some(entry) = entries.next_entry().await.map_err(broken)? else { return Ok(None) };
            let metadata = entry.metadata().await.map_err(broken)?;
            let object = StoredObject {
                key: BlobKey::new(entry.file_name().to_string_lossy()),
                size_bytes: metadata.len(),
                modified_at: metadata.modified().map_err(broken)?.into(),
                is_temporary: entry.path().extension().is_some_and(|extension| extension == UNFINISHED),
            };
            Ok(Some((object, entries)))
        })))
    }

    async fn check(&self) -> Result<(), Breakage> {
        fs::metadata(&self.0).await.map(drop).map_err(broken)
    }
}

/// What went wrong, in the words of the ports: a missing file is damage, since a row says that it is there.
fn broken(error: io::Error) -> Breakage {
    match error.kind() {
        ErrorKind::NotFound => Breakage::Damaged(Box::new(error)),
        ErrorKind::StorageFull => Breakage::Full(Box::new(error)),
        _ => Breakage::Failed(Box::new(error)),
    }
}

/// An agent writes, Ann approves, a shop takes what is approved: over the store of one's own.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), CatalogError> {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Arc::new(Folder(folder.path().to_owned()));
    let world = TestWorld::rewired(|ports| Ports { blobs: store, ..ports });
    let (writer, ann, shop) = (world.agent("writer"), world.person("ann"), world.service("shop"));

    let text = world.catalog.ingest(&writer, AssetType::Copy, assets_domain::Incoming::text("Spring is here", None, None)).await?;
    let copy = world.catalog.create(&Call::by(writer.clone()), fixtures::new_asset(AssetType::Copy, "Spring launch"), text).await?;
    world.catalog.submit(&Call::by(writer), copy.id, NamedBytes::default(), None).await?;
    world.catalog.approve(&Call::by(ann), copy.id, NamedBytes::default(), None).await?;

    let approved = world.catalog.approved_content(&shop, copy.id).await?;
    let pieces: Vec<Bytes> = world.catalog.deliver(&approved).await?.try_collect().await.map_err(Breakage::from_cut)?;
    println!("the shop publishes: {}", String::from_utf8_lossy(&pieces.concat()));

    let wanted = NewExport { selection: Selection::Named(vec![copy.id]), channel: None, market: None, expires_in: None };
    let export = world.catalog.create_export(&shop, &wanted, None).await?;
    println!("or takes all of it at once: {} files in {} bytes", export.count, export.size_bytes);
    Ok(())
}

#[cfg(test)]
mod fits {
    use super::*;

    async fn store() -> assets_testkit::Store {
        let folder = tempfile::tempdir().expect("a folder");
        assets_testkit::Store { blobs: Arc::new(Folder(folder.path().to_owned())), guard: Box::new(folder) }
    }

    assets_testkit::blob_store_suite!(store());
}
