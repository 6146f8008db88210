//! Drawings made of lines: SVG.

use std::sync::Arc;

use assets_domain::ports::Shortfall;
use image::{DynamicImage, RgbaImage};
use resvg::{
    tiny_skia::{Pixmap, Transform},
    usvg::{Options, Tree, fontdb::Database},
};

use super::fonts;

/// Draws an SVG that anybody may have made, as large as fits: lines lose nothing by it. It reaches for no file and no address;
/// pictures that it brings along are drawn.
pub(super) fn draw(svg: &[u8], side: u32) -> Result<DynamicImage, Shortfall> {
    let has_words = svg.windows(5).any(|piece| piece == b"<text" || piece == b":text");
    render(svg, fonts::for_drawing(has_words), side)
}

/// Draws an SVG that was made here, with such words in it.
pub(super) fn draw_own(svg: &str, words: &str, side: u32) -> Result<DynamicImage, Shortfall> {
    render(svg.as_bytes(), fonts::for_words(words), side)
}

fn render(svg: &[u8], fontdb: Arc<Database>, side: u32) -> Result<DynamicImage, Shortfall> {
    let mut options = Options { fontdb, font_family: fonts::OWN_FAMILY.to_owned(), ..Options::default() };
    options.image_href_resolver.resolve_string = Box::new(|_, _| None);
    let tree = Tree::from_data(svg, &options).map_err(|_| Shortfall::Unreadable)?;
    let (width, height) = (tree.size().width(), tree.size().height());
    let scale = f32::from(u16::try_from(side).unwrap_or(u16::MAX)) / width.max(height);
    let (wide, high) = (whole(width * scale, side), whole(height * scale, side));
    let mut pixels = Pixmap::new(wide, high).ok_or(Shortfall::Unreadable)?;
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut pixels.as_mut());
    let straight = pixels.take_demultiplied();
    RgbaImage::from_raw(wide, high, straight).map(DynamicImage::ImageRgba8).ok_or(Shortfall::Unreadable)
}

/// A length in whole pixels, from one up to a limit.
pub(super) fn whole(length: f32, limit: u32) -> u32 {
    let limit = u16::try_from(limit).unwrap_or(u16::MAX);
    let rounded = length.round().clamp(1.0, f32::from(limit));
    (1..=limit).find(|whole| f32::from(*whole) >= rounded).map_or(1, u32::from)
}
