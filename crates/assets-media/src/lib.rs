//! What content is: its media type by its bytes, and what can be measured of it.
//!
//! ```
//! use assets_domain::{AssetType, MediaType, ports::MediaInspector};
//! use assets_media::ByteInspector;
//!
//! let gif = b"GIF89a\x01\x00\x01\x00";
//! assert_eq!(ByteInspector.sniff(AssetType::Image, None, gif), Ok(MediaType::Gif));
//! assert!(ByteInspector.sniff(AssetType::Blog, Some(MediaType::Markdown), gif).is_err());
//! ```
//!
//! # Rules
//! - Bytes come from anybody. Nothing in them is believed: sizes are checked before they are used, reads and loops are
//!   bounded, and whatever is odd is `None`, never a panic.
//! - Nothing is decoded or unpacked: all of it is read from headers.
//! - A media type is decided by the bytes. Only among kinds of text, which bytes do not tell apart, does the sender decide.
//! - Width and height are those of what is shown: a photograph or video that says to be turned is measured turned.

mod measure;
mod signature;
mod sniff;
mod svg;

use assets_domain::{
    AssetType, MediaType,
    ports::{Breakage, Measured, MediaInspector, RandomRead, Unfit},
};
use async_trait::async_trait;

/// Knows what bytes are by looking at them, and at nothing else.
#[derive(Debug, Clone, Copy, Default)]
pub struct ByteInspector;

#[async_trait]
impl MediaInspector for ByteInspector {
    fn sniff(&self, asset_type: AssetType, declared: Option<MediaType>, head: &[u8]) -> Result<MediaType, Unfit> {
        sniff::sniff(asset_type, declared, head)
    }

    async fn measure(
        &self,
        asset_type: AssetType,
        media_type: MediaType,
        content: &dyn RandomRead,
    ) -> Result<Result<Measured, Unfit>, Breakage> {
        measure::measure(asset_type, media_type, content).await
    }
}
