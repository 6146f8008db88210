//! The pictures of a bundle on one sheet.

use assets_domain::ports::Shortfall;
use image::{DynamicImage, Rgba, RgbaImage, imageops};

use super::picture::{LARGEST, shrink};

/// How many are on it.
pub(super) const MAX_LOOKS: usize = 9;
/// How large they are at most.
pub(super) const SIDE: u32 = 1024;
const GAP: u32 = 32;
const DESK: Rgba<u8> = Rgba([233, 236, 240, 255]);
const PAPER: Rgba<u8> = Rgba([255, 255, 255, 255]);

/// Draws them in rows, each on a piece of paper of its own.
pub(super) fn draw(looks: &[DynamicImage]) -> Result<DynamicImage, Shortfall> {
    let columns: u32 = match looks.len() {
        0 | 1 => 1,
        2..=4 => 2,
        _ => 3,
    };
    let rows = u32::try_from(looks.len()).unwrap_or(1).div_ceil(columns);
    let wide = (LARGEST - GAP * (columns + 1)) / columns;
    let high = if columns == 1 { wide * 5 / 8 } else { wide * 3 / 4 };
    let mut sheet = RgbaImage::from_pixel(LARGEST, (high + GAP) * rows + GAP, DESK);
    let paper = RgbaImage::from_pixel(wide, high, PAPER);
    let (mut left, mut top) = (GAP, GAP);
    for look in looks {
        imageops::replace(&mut sheet, &paper, left.into(), top.into());
        let look = fit(look, wide - GAP, high - GAP)?;
        let (x, y) = (left + (wide - look.width()) / 2, top + (high - look.height()) / 2);
        imageops::overlay(&mut sheet, &look, x.into(), y.into());
        left += wide + GAP;
        if left + wide > LARGEST {
            (left, top) = (GAP, top + high + GAP);
        }
    }
    Ok(DynamicImage::ImageRgb8(DynamicImage::ImageRgba8(sheet).to_rgb8()))
}

/// The picture, small enough for its place.
fn fit(look: &DynamicImage, wide: u32, high: u32) -> Result<RgbaImage, Shortfall> {
    let (width, height) = (look.width().max(1), look.height().max(1));
    // Its longest side, where it fits both ways.
    let by_height = u64::from(high) * u64::from(width.max(height)) / u64::from(height);
    let by_width = u64::from(wide) * u64::from(width.max(height)) / u64::from(width);
    let side = u32::try_from(by_height.min(by_width)).unwrap_or(high).max(1);
    Ok(shrink(look, side)?.as_ref().unwrap_or(look).to_rgba8())
}
