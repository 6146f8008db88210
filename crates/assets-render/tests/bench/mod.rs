//! What the tests of the workshop share: a workshop, content in memory, and what comes of it.

#![allow(
    dead_code,
    clippy::allow_attributes,
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "tests may fail, and not every test needs all of it"
)]

use std::{collections::BTreeMap, ops::Range, path::PathBuf, sync::OnceLock};

use assets_domain::{
    AssetType, MediaType, Variant,
    ports::{Breakage, RandomRead, RenderOrder, Renderer, Shortfall},
};
use assets_render::{Tools, Workshop};
use async_trait::async_trait;
use bytes::Bytes;
use futures_util::TryStreamExt;
use image::DynamicImage;

/// Content that lies in memory, and goes on with zeros behind it.
pub(crate) struct Content {
    pub(crate) bytes: Bytes,
    pub(crate) size: u64,
}

#[async_trait]
impl RandomRead for Content {
    async fn read(&self, range: Range<u64>) -> Result<Bytes, Breakage> {
        let length = range.end.min(self.size).saturating_sub(range.start);
        let known = self.bytes.len() as u64;
        if range.start >= known {
            return Ok(vec![0; length as usize].into());
        }
        Ok(self.bytes.slice(range.start as usize..(range.start + length).min(known) as usize))
    }

    fn size_bytes(&self) -> u64 {
        self.size
    }
}

pub(crate) fn content(bytes: impl Into<Bytes>) -> Content {
    let bytes = bytes.into();
    Content { size: bytes.len() as u64, bytes }
}

fn scratch() -> PathBuf {
    static SCRATCH: OnceLock<PathBuf> = OnceLock::new();
    SCRATCH.get_or_init(|| std::env::temp_dir().canonicalize().unwrap()).clone()
}

pub(crate) fn workshop_with(tools: Tools) -> Workshop {
    Workshop::new(PathBuf::from(env!("CARGO_BIN_EXE_render-worker-under-test")), scratch(), tools)
}

pub(crate) fn workshop() -> Workshop {
    workshop_with(Tools::none())
}

pub(crate) fn tools() -> Tools {
    Tools::find("/usr/bin:/bin")
}

/// What came of an order.
pub(crate) struct Made {
    pub(crate) shortfalls: BTreeMap<Variant, Option<Shortfall>>,
    pub(crate) bytes: BTreeMap<Variant, Vec<u8>>,
}

impl Made {
    pub(crate) fn picture(&self, variant: Variant) -> DynamicImage {
        image::load_from_memory(&self.bytes[&variant]).unwrap()
    }

    pub(crate) fn text(&self, variant: Variant) -> &str {
        std::str::from_utf8(&self.bytes[&variant]).unwrap()
    }

    /// Why the wanted one is a card.
    pub(crate) fn shortfall(&self, variant: Variant) -> Option<Shortfall> {
        self.shortfalls[&variant]
    }

    /// Puts all of it where a person may look at it.
    pub(crate) fn show(&self, name: &str) {
        let folder = std::path::Path::new("/tmp/render-look");
        if !folder.is_dir() {
            return;
        }
        for (variant, bytes) in &self.bytes {
            let ending = variant.media_type(MediaType::Png).extension();
            std::fs::write(folder.join(format!("{name}-{variant}.{ending}")), bytes).unwrap();
        }
    }
}

pub(crate) async fn render(workshop: &Workshop, asset_type: AssetType, media_type: MediaType, variant: Variant, content: &Content) -> Made {
    let order = RenderOrder { asset_type, media_type, variant };
    let renderings = workshop.render(order, content).await.unwrap();
    let (mut shortfalls, mut bytes) = (BTreeMap::new(), BTreeMap::new());
    for rendering in renderings {
        shortfalls.insert(rendering.variant, rendering.shortfall);
        let pieces: Vec<Bytes> = rendering.bytes.try_collect().await.unwrap();
        bytes.insert(rendering.variant, pieces.concat());
    }
    assert!(bytes.contains_key(&variant), "the wanted variant is always among them");
    Made { shortfalls, bytes }
}
