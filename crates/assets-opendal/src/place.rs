//! Where a thing lies in the store. Paths are made and read here alone.

use assets_domain::{Digest, WorkspaceId, ports::BlobKey};

/// The folder of what is not finished. No workspace is called so: their folders are UUIDs.
pub(crate) const TEMPORARY_FOLDER: &str = ".tmp";

/// The place of a file that the store made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// Finished content: `{workspace}/{aa}/{sha256}-{random}`, where `aa` begins the digest.
    Kept { workspace: WorkspaceId, digest: Digest, random: Random },
    /// Finished content whose place was chosen before its digest was known: `{workspace}/{random}`.
    Streamed { workspace: WorkspaceId, random: Random },
    /// An upload on its way: `.tmp/{random}`.
    Temporary { random: Random },
}

/// 128 random bits, so that no two files ever have one name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Random([u8; 16]);

impl Random {
    /// Draws new bits.
    pub(crate) fn draw() -> Result<Self, getrandom::Error> {
        let mut bits = [0; 16];
        getrandom::fill(&mut bits)?;
        Ok(Self(bits))
    }

    fn parse(text: &str) -> Option<Self> {
        let mut bits = [0; 16];
        hex::decode_to_slice(text, &mut bits).ok()?;
        Some(Self(bits))
    }
}

impl Place {
    /// The path below the root of the store.
    pub(crate) fn path(&self) -> String {
        match self {
            Self::Temporary { random } => format!("{TEMPORARY_FOLDER}/{}", hex::encode(random.0)),
            Self::Streamed { workspace, random } => format!("{workspace}/{}", hex::encode(random.0)),
            Self::Kept { workspace, digest, random } => {
                let digest = digest.to_hex();
                let beginning: String = digest.chars().take(2).collect();
                format!("{workspace}/{beginning}/{digest}-{}", hex::encode(random.0))
            }
        }
    }

    /// The place with such a path; `None` for whatever the store did not make.
    pub(crate) fn parse(path: &str) -> Option<Self> {
        let place = match *path.split('/').collect::<Vec<_>>().as_slice() {
            [TEMPORARY_FOLDER, random] => Self::Temporary { random: Random::parse(random)? },
            [workspace, random] => Self::Streamed { workspace: workspace.parse().ok()?, random: Random::parse(random)? },
            [workspace, _, name] => {
                let (digest, random) = name.split_once('-')?;
                Self::Kept {
                    workspace: workspace.parse().ok()?,
                    digest: Digest::parse(&format!("sha256:{digest}")).ok()?,
                    random: Random::parse(random)?,
                }
            }
            _ => return None,
        };
        // One place has one path: other spellings of the same parts are not ours.
        (place.path() == path).then_some(place)
    }

    /// The key by which others know this place.
    pub(crate) fn key(&self) -> BlobKey {
        BlobKey::new(self.path())
    }

    /// Whether the file may be unfinished.
    pub(crate) const fn is_temporary(&self) -> bool {
        matches!(self, Self::Temporary { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places() -> [Place; 3] {
        let random = Random::draw().unwrap();
        let workspace = WorkspaceId::new(uuid::Uuid::from_u128(7));
        [Place::Kept { workspace, digest: Digest::of(b"x"), random }, Place::Streamed { workspace, random }, Place::Temporary { random }]
    }

    #[test]
    fn every_place_is_read_back_from_its_path() {
        for place in places() {
            assert_eq!(Place::parse(&place.path()), Some(place));
        }
    }

    #[test]
    fn what_the_store_did_not_make_has_no_place() {
        let [kept, streamed, temporary] = places().map(|place| place.path());
        let (shouted, shortened) = (kept.to_uppercase(), streamed.trim_end_matches(|c| c != '/').to_owned());
        let elsewhere = kept.replace("/2d/", "/2e/");
        let climbing = format!("../{kept}");
        assert_ne!(elsewhere, kept);
        for path in ["", "lost+found", ".tmp/..", "a/b/c", &shouted, &shortened, &elsewhere, &climbing, &temporary.replace(".tmp", "tmp")] {
            assert_eq!(Place::parse(path), None, "{path}");
        }
    }
}
