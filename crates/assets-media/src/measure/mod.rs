//! What can be measured of content, each format in a room of its own.

mod archive;
mod exif;
mod matroska;
mod movie;
mod pdf;
mod text;
mod variants;

use std::ops::Range;

use assets_domain::{
    AssetType, Facts, MediaType,
    ports::{Breakage, Measured, RandomRead, Unfit},
};

use crate::svg;

/// How much of an image is looked at: sizes stand in front, though behind what cameras and colour profiles say.
const IMAGE_HEAD_BYTES: u64 = 1 << 20;
const SVG_HEAD_BYTES: u64 = 64 * 1024;

pub(crate) async fn measure(
    asset_type: AssetType,
    media_type: MediaType,
    content: &dyn RandomRead,
) -> Result<Result<Measured, Unfit>, Breakage> {
    use MediaType as M;
    let facts = match media_type {
        M::PlainText | M::Markdown | M::Html => return text::measure(asset_type, media_type, content).await,
        M::Json => return variants::measure(content).await,
        M::Png | M::Jpeg | M::Gif | M::Webp | M::Avif => image(&content.read(0..IMAGE_HEAD_BYTES).await?),
        M::Svg => svg::measure(&String::from_utf8_lossy(&content.read(0..SVG_HEAD_BYTES).await?)),
        M::Mp4 | M::QuickTime => movie::measure(content).await?,
        M::Pptx => pages(archive::slides(content).await?),
        M::Pdf => pages(pdf::pages(content).await?),
        M::Webm => matroska::measure(content).await?,
        M::Zip => Facts::default(),
    };
    Ok(Ok(Measured { facts, ..Measured::default() }))
}

fn image(head: &[u8]) -> Facts {
    let size = imagesize::blob_size(head).ok();
    let pixels = |count: Option<usize>| count.and_then(|count| u32::try_from(count).ok()).filter(|count| *count > 0);
    let (width, height) = (pixels(size.map(|size| size.width)), pixels(size.map(|size| size.height)));
    let (width, height) = if exif::is_on_its_side(head) { (height, width) } else { (width, height) };
    Facts { width, height, ..Facts::default() }
}

fn pages(pages: Option<u32>) -> Facts {
    Facts { pages, ..Facts::default() }
}

/// The last bytes of content, at most so many.
fn tail(content: &dyn RandomRead, bytes: u64) -> Range<u64> {
    content.size_bytes().saturating_sub(bytes)..content.size_bytes()
}
