//! Real files to work on: those that the demonstration is made of.

use std::path::Path;

use bytes::Bytes;

/// A file with what it is.
#[derive(Debug, Clone)]
pub struct Sample {
    /// What it is called.
    pub name: &'static str,
    /// The type of asset it fits.
    pub asset_type: &'static str,
    /// What it is.
    pub media_type: &'static str,
    /// The file itself.
    pub bytes: Bytes,
}

const SAMPLES: [(&str, &str, &str); 14] = [
    ("newsletter.txt", "copy", "text/plain"),
    ("social.md", "copy", "text/markdown"),
    ("headlines.json", "copy", "application/json"),
    ("hero.png", "image", "image/png"),
    ("tulips.jpg", "image", "image/jpeg"),
    ("story.webp", "image", "image/webp"),
    ("packet.svg", "image", "image/svg+xml"),
    ("deck.pptx", "slide", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    ("deck.pdf", "slide", "application/pdf"),
    ("teaser.mp4", "video", "video/mp4"),
    ("first-warm-day.md", "blog", "text/markdown"),
    ("north-side.html", "blog", "text/html"),
    ("seeds-that-wait.txt", "blog", "text/plain"),
    ("banners.zip", "bundle", "application/zip"),
];

/// A sample by the name of its file.
#[must_use]
pub fn sample(name: &str) -> Sample {
    let known = SAMPLES.iter().find(|(file, ..)| *file == name);
    let &(name, asset_type, media_type) = known.unwrap_or_else(|| panic!("there is no sample {name}"));
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/assets-server/demo").join(name);
    let bytes = std::fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    Sample { name, asset_type, media_type, bytes: bytes.into() }
}

/// An MP4 film of exactly this many bytes: the sample, filled up with empty space that players skip.
///
/// # Panics
/// Fewer bytes are asked for than the sample has.
#[must_use]
pub fn film(size_bytes: usize) -> Bytes {
    let mut bytes = sample("teaser.mp4").bytes.to_vec();
    let rest = size_bytes.checked_sub(bytes.len()).filter(|rest| *rest >= 8).unwrap_or_else(|| panic!("{size_bytes} bytes are too few"));
    bytes.extend_from_slice(&u32::try_from(rest).unwrap().to_be_bytes());
    bytes.extend_from_slice(b"free");
    bytes.resize(size_bytes, 0);
    bytes.into()
}
