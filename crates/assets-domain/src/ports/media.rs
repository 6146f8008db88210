use std::ops::Range;

use async_trait::async_trait;
use bytes::Bytes;

use crate::{AssetType, Facts, MediaType, SearchText};

use super::Breakage;

/// Why content does not fit its asset.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// The bytes are of a kind that this type of asset does not take.
    #[error("the bytes are {found}, which an asset of type {} cannot hold", asset_type.as_str())]
    Type {
        /// What the asset is.
        asset_type: AssetType,
        /// What the bytes are, in words: a media type or e.g. "not recognised".
        found: String,
    },
    /// The bytes are not what they are said to be.
    #[error("the bytes are {found}, not {} as declared", declared.as_str())]
    Declared {
        /// What they are said to be.
        declared: MediaType,
        /// What they are, in words.
        found: String,
    },
    /// The bytes are of the right kind, but malformed: text that is not UTF-8, JSON without variants.
    #[error("{0}")]
    Malformed(String),
}

/// What was found in content.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Measured {
    /// What could be measured.
    pub facts: Facts,
    /// The text of copy and blogs, folded for search; empty for all else.
    pub text: SearchText,
}

/// Reads pieces of content from anywhere in it.
#[async_trait]
pub trait RandomRead: Send + Sync {
    /// The bytes of a range, fewer at the end of the content.
    async fn read(&self, range: Range<u64>) -> Result<Bytes, Breakage>;

    /// How many bytes there are.
    fn size_bytes(&self) -> u64;
}

/// Knows what bytes are.
#[async_trait]
pub trait MediaInspector: Send + Sync {
    /// Decides what content is from its first bytes (`HEAD_BYTES` of them, or all there is), before the rest arrives.
    ///
    /// # Errors
    /// It does not fit the type of the asset, or is not what it is declared to be.
    fn sniff(&self, asset_type: AssetType, declared: Option<MediaType>, head: &[u8]) -> Result<MediaType, Unfit>;

    /// Measures content that is stored. What cannot be measured is `None`.
    ///
    /// # Errors
    /// The inner error says that the content is malformed in a way that only the whole of it shows.
    async fn measure(
        &self,
        asset_type: AssetType,
        media_type: MediaType,
        content: &dyn RandomRead,
    ) -> Result<Result<Measured, Unfit>, Breakage>;
}

impl dyn MediaInspector {
    /// How many of the first bytes [`MediaInspector::sniff`] is shown.
    pub const HEAD_BYTES: usize = 64 * 1024;
}
