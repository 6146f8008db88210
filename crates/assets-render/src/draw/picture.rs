//! Pictures made of pixels: read, made smaller, and written as WebP.

use std::{
    fs::File,
    io::{BufRead, BufReader, Seek},
};

use assets_domain::{MediaType, Variant, ports::Shortfall};
use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};
use image::{DynamicImage, GenericImageView, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits, metadata::Orientation};

use super::{Made, save_picture};

/// The longest side of what is made.
pub(super) const LARGEST: u32 = 1600;
const MAX_SIDE: u32 = 12_000;
const MAX_PIXELS: u64 = 50_000_000;
const MIB: u64 = 1 << 20;
/// Content and pixels together, so that there is room left to work in.
const MAX_BYTES: u64 = 184 * MIB;
/// Pixels that are taken twice to be made smaller, because they have transparency.
const MAX_DOUBLED_BYTES: u64 = 72 * MIB;
/// Such pictures are first made so much larger than they will be, in a coarser way.
const COARSE_SIDE: u32 = LARGEST * 2;
const QUALITY: f32 = 80.0;
/// How hard the encoder tries, of 6: half the time of its default, for files that are a few percent larger.
const EFFORT: i32 = 2;

/// Reads a picture, upright, at most as large as it is ever shown.
pub(super) fn read(file: File, media_type: MediaType) -> Result<DynamicImage, Shortfall> {
    let size = file.metadata().map_or(0, |known| known.len());
    read_from(BufReader::new(file), size, media_type, LARGEST, MAX_PIXELS)
}

/// Reads a picture of which there are so many bytes and at most so many pixels, upright, with its longest side at most so long.
pub(super) fn read_from(
    source: impl BufRead + Seek,
    size_bytes: u64,
    media_type: MediaType,
    side: u32,
    max_pixels: u64,
) -> Result<DynamicImage, Shortfall> {
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_BYTES);
    let mut reader = ImageReader::with_format(source, format(media_type).ok_or(Shortfall::Unreadable)?);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|error| why(&error))?;
    let (width, height) = decoder.dimensions();
    let is_too_large = u64::from(width) * u64::from(height) > max_pixels || decoder.total_bytes().saturating_add(size_bytes) > MAX_BYTES;
    if is_too_large || width > MAX_SIDE || height > MAX_SIDE {
        return Err(Shortfall::TooLarge);
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|error| why(&error))?;
    if let Some(smaller) = shrink(&picture, side)? {
        picture = smaller;
    }
    picture.apply_orientation(orientation);
    Ok(picture)
}

fn format(media_type: MediaType) -> Option<ImageFormat> {
    match media_type {
        MediaType::Png => Some(ImageFormat::Png),
        MediaType::Jpeg => Some(ImageFormat::Jpeg),
        MediaType::Gif => Some(ImageFormat::Gif),
        MediaType::Webp => Some(ImageFormat::WebP),
        _ => None,
    }
}

fn why(error: &ImageError) -> Shortfall {
    if matches!(error, ImageError::Limits(_)) { Shortfall::TooLarge } else { Shortfall::Unreadable }
}

/// The same picture with its longest side so long; `None` if it is not longer.
pub(super) fn shrink(picture: &DynamicImage, side: u32) -> Result<Option<DynamicImage>, Shortfall> {
    let (width, height) = picture.dimensions();
    let longest = width.max(height);
    if longest <= side {
        return Ok(None);
    }
    let bytes = u64::try_from(picture.as_bytes().len()).unwrap_or(u64::MAX);
    if picture.color().has_alpha() && bytes > MAX_DOUBLED_BYTES && longest > COARSE_SIDE {
        return shrink(&picture.thumbnail(COARSE_SIDE, COARSE_SIDE), side);
    }
    let scaled = |length: u32| {
        let rounded = (u64::from(length) * u64::from(side)).saturating_add(u64::from(longest / 2)) / u64::from(longest);
        u32::try_from(rounded.max(1)).unwrap_or(side)
    };
    let mut smaller = DynamicImage::new(scaled(width), scaled(height), picture.color());
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3));
    Resizer::new().resize(picture, &mut smaller, &options).map_err(|_| Shortfall::Unreadable)?;
    Ok(Some(smaller))
}

/// Writes the picture in all its sizes, the smaller from the larger.
pub(super) fn save_all(mut picture: DynamicImage) -> Made {
    let mut made = Vec::new();
    for variant in Variant::PICTURES.into_iter().rev() {
        if let Some(smaller) = shrink(&picture, variant.longest_side().unwrap_or(LARGEST))? {
            picture = smaller;
        }
        made.extend(save_picture(variant, &picture)?);
    }
    Ok(made)
}

/// A picture as WebP, with its transparency if it has any.
pub(super) fn to_webp(picture: &DynamicImage) -> Result<Vec<u8>, Shortfall> {
    let mut config = webp::WebPConfig::new().map_err(|()| Shortfall::Unreadable)?;
    (config.quality, config.method) = (QUALITY, EFFORT);
    let (width, height) = picture.dimensions();
    let encoded = if picture.color().has_alpha() {
        webp::Encoder::from_rgba(&picture.to_rgba8(), width, height).encode_advanced(&config)
    } else {
        webp::Encoder::from_rgb(&picture.to_rgb8(), width, height).encode_advanced(&config)
    };
    encoded.map(|bytes| bytes.to_vec()).map_err(|_| Shortfall::Unreadable)
}
