//! What the content store holds, seen past the service.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use crate::bucket::Bucket;

/// Where the content of an installation lies: each file or object by its key, which begins with its workspace.
#[derive(Debug)]
pub enum Store {
    /// In this folder.
    Disk(PathBuf),
    /// In a bucket, below a prefix.
    Bucket(Bucket),
}

impl Store {
    /// The size in bytes of everything that is stored, unfinished uploads on disk included, by its key.
    pub async fn list(&self) -> BTreeMap<String, u64> {
        match self {
            Self::Disk(root) => {
                let mut files = BTreeMap::new();
                collect(root, root, &mut files);
                files
            }
            Self::Bucket(bucket) => bucket.list().await,
        }
    }

    /// The bytes under a key.
    pub async fn read(&self, key: &str) -> Vec<u8> {
        match self {
            Self::Disk(root) => std::fs::read(root.join(key)).unwrap(),
            Self::Bucket(bucket) => bucket.get(key).await,
        }
    }

    /// Puts bytes there, in place of what was.
    pub async fn put(&self, key: &str, bytes: Vec<u8>) {
        match self {
            Self::Disk(root) => {
                let file = root.join(key);
                std::fs::create_dir_all(file.parent().unwrap()).unwrap();
                std::fs::write(file, bytes).unwrap();
            }
            Self::Bucket(bucket) => bucket.put(key, bytes).await,
        }
    }

    /// Puts as many other bytes into a file, and does what can be done to hide it.
    pub async fn tamper(&self, key: &str, bytes: &[u8]) {
        match self {
            Self::Disk(root) => {
                let file = std::fs::File::options().write(true).open(root.join(key)).unwrap();
                let written_at = file.metadata().unwrap().modified().unwrap();
                std::io::Write::write_all(&mut &file, bytes).unwrap();
                file.set_modified(written_at).unwrap();
            }
            Self::Bucket(bucket) => bucket.put(key, bytes.to_vec()).await,
        }
    }

    /// Takes the bytes away.
    pub async fn remove(&self, key: &str) {
        match self {
            Self::Disk(root) => std::fs::remove_file(root.join(key)).unwrap(),
            Self::Bucket(bucket) => bucket.delete(key).await,
        }
    }

    /// Changes one bit of one byte, counted from 0.
    pub async fn flip(&self, key: &str, byte: usize) {
        let mut bytes = self.read(key).await;
        *bytes.get_mut(byte).unwrap() ^= 1;
        self.put(key, bytes).await;
    }
}

fn collect(root: &Path, folder: &Path, files: &mut BTreeMap<String, u64>) {
    // What is listed may be gone a moment later.
    for entry in std::fs::read_dir(folder).into_iter().flatten().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            collect(root, &path, files);
        } else if let Ok(metadata) = entry.metadata() {
            files.insert(path.strip_prefix(root).unwrap().to_str().unwrap().to_owned(), metadata.len());
        }
    }
}
