//! The proof that bytes which go out are the bytes that came in.
//!
//! Whatever is delivered whole is compared with what it is known by, and its last piece is withheld until all of it agrees.
//! What is compared depends on what is known of the file:
//!
//! - SHA-256, and the rest of the fingerprint, where nothing is known. It finds every change, by chance or on purpose.
//! - CRC-32 and the size, where this process has compared the SHA-256 of the very same file within [`MAX_AGE`], and the store
//!   says that the file did not change since. CRC-32 finds every damage of up to 32 bits in a row, and misses one in four
//!   billion of all others. What it cannot find is a forgery made for it. For that, somebody has to change the disk below the
//!   file system, or keep the file mapped into the memory of a process of the service's own user: other changes show in the
//!   stamp. Once [`MAX_AGE`] is over, such a forgery is found, too.

use std::{
    collections::HashMap,
    io, mem,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::{TryStreamExt, stream};

use crate::{
    Digest, Fingerprinter,
    ports::{Blob, BlobKey, Breakage, ByteStream, Opened, Stamp},
};

/// For how long a file that was proven is not hashed again.
const MAX_AGE: TimeDelta = TimeDelta::hours(1);
/// For how long a file must have been at rest before its stamp can be relied on: the clock of a file system goes in ticks, and
/// two changes within one leave the same stamp.
const AT_REST: TimeDelta = TimeDelta::seconds(2);
/// How many proven files are remembered before the older ones begin to be forgotten. All of them take 3 MiB at most.
const GENERATION: usize = 4096;

/// The files whose SHA-256 was compared of late. What is forgotten is hashed once more, nothing else.
#[derive(Debug, Default)]
pub(super) struct Proven(Mutex<Generations>);

/// Files are remembered in the younger generation; when it is full, it becomes the older one, and that is forgotten.
#[derive(Debug, Default)]
struct Generations {
    younger: HashMap<BlobKey, Proof>,
    older: HashMap<BlobKey, Proof>,
}

#[derive(Debug)]
struct Proof {
    stamp: Stamp,
    digest: Digest,
    at: DateTime<Utc>,
}

impl Proven {
    fn holds(&self, blob: &Blob, stamp: &Stamp, now: DateTime<Utc>) -> bool {
        let generations = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let proof = generations.younger.get(&blob.key).or_else(|| generations.older.get(&blob.key));
        let is_young = |at: DateTime<Utc>| (at..at + MAX_AGE).contains(&now);
        proof.is_some_and(|proof| proof.stamp == *stamp && proof.digest == blob.fingerprint.digest && is_young(proof.at))
    }

    fn remember(&self, key: BlobKey, proof: Proof) {
        let mut generations = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if generations.younger.len() >= GENERATION {
            generations.older = mem::take(&mut generations.younger);
        }
        generations.younger.insert(key, proof);
    }
}

/// What is compared.
enum Comparison {
    /// The fingerprint. If it agrees, the file is remembered under its stamp, if it has one to rely on.
    Fingerprint { passed: Box<Fingerprinter>, stamp: Option<Stamp> },
    /// CRC-32 and size of a file that was proven.
    Checksum { passed: crc32fast::Hasher, size_bytes: u64 },
}

impl Comparison {
    fn take_in(&mut self, piece: &[u8]) {
        match self {
            Self::Fingerprint { passed, .. } => passed.update(piece),
            Self::Checksum { passed, size_bytes } => {
                passed.update(piece);
                *size_bytes = size_bytes.saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX));
            }
        }
    }
}

/// Bytes on their way out.
struct Proving {
    bytes: ByteStream,
    comparison: Comparison,
    withheld: Option<Bytes>,
    blob: Blob,
    proven: Arc<Proven>,
    begun_at: DateTime<Utc>,
}

/// The bytes of a file that was opened, the last piece of them only if they are those of the blob.
pub(super) fn proving(opened: Opened, blob: &Blob, proven: Arc<Proven>, now: DateTime<Utc>) -> ByteStream {
    let Opened { stamp, bytes } = opened;
    let comparison = match stamp {
        Some(stamp) if proven.holds(blob, &stamp, now) => Comparison::Checksum { passed: crc32fast::Hasher::new(), size_bytes: 0 },
        stamp => Comparison::Fingerprint { passed: Box::default(), stamp: stamp.filter(|stamp| stamp.changed_at + AT_REST <= now) },
    };
    let proving = Proving { bytes, comparison, withheld: None, blob: blob.clone(), proven, begun_at: now };
    Box::pin(stream::try_unfold(Some(proving), async |proving| match proving {
        Some(proving) => proving.next().await,
        None => Ok(None),
    }))
}

impl Proving {
    /// The next piece, with what remains to be proven; after the last one, nothing does.
    async fn next(mut self) -> io::Result<Option<(Bytes, Option<Self>)>> {
        while let Some(piece) = self.bytes.try_next().await? {
            // Nothing is no last piece that could be withheld.
            if piece.is_empty() {
                continue;
            }
            self.comparison.take_in(&piece);
            if let Some(earlier) = self.withheld.replace(piece) {
                return Ok(Some((earlier, Some(self))));
            }
        }
        let last = self.withheld.take();
        self.conclude().map_err(Breakage::into_cut)?;
        Ok(last.map(|last| (last, None)))
    }

    /// Whether all that passed is what it should be.
    fn conclude(self) -> Result<(), Breakage> {
        let expected = self.blob.fingerprint;
        match self.comparison {
            Comparison::Fingerprint { passed, stamp } => {
                let found = passed.finish();
                if found.digest != expected.digest {
                    return Err(damaged(format!("the store holds {} in {} bytes", found.digest, found.size_bytes)));
                }
                // A checksum that was kept wrong would refuse the right bytes later.
                if let Some(stamp) = stamp.filter(|_| found == expected) {
                    self.proven.remember(self.blob.key, Proof { stamp, digest: found.digest, at: self.begun_at });
                }
                Ok(())
            }
            Comparison::Checksum { passed, size_bytes } => {
                let crc32 = passed.finalize();
                if crc32 == expected.crc32 && size_bytes == expected.size_bytes {
                    return Ok(());
                }
                Err(damaged(format!("the store holds {size_bytes} bytes with the checksum {crc32:08x}, not {:08x}", expected.crc32)))
            }
        }
    }
}

fn damaged(why: String) -> Breakage {
    Breakage::Damaged(why.into())
}
