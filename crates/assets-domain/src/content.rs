//! Content: the bytes, what they are, and what is known of them.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::{AssetType, Filename};

/// The SHA-256 of content, written `sha256:` and 64 lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest([u8; 32]);

/// Not a digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be \"sha256:\" and 64 lower-case hex digits")]
pub struct DigestError;

impl Digest {
    /// The digest whose 32 bytes these are.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The digest of bytes at hand.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// Reads `sha256:<hex>`.
    ///
    /// # Errors
    /// Another algorithm, another length, or anything but lower-case hex digits.
    pub fn parse(text: &str) -> Result<Self, DigestError> {
        let digits = text.strip_prefix("sha256:").ok_or(DigestError)?;
        if digits.bytes().any(|b| b.is_ascii_uppercase()) {
            return Err(DigestError);
        }
        let mut bytes = [0; 32];
        hex::decode_to_slice(digits, &mut bytes).map_err(|_| DigestError)?;
        Ok(Self(bytes))
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The 64 lower-case hex digits.
    #[must_use]
    pub fn to_hex(&self) -> String {
        hex::encode(self.0)
    }
}

impl std::fmt::Display for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "sha256:{}", self.to_hex())
    }
}

impl std::fmt::Debug for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

impl TryFrom<String> for Digest {
    type Error = DigestError;
    fn try_from(text: String) -> Result<Self, DigestError> {
        Self::parse(&text)
    }
}

impl std::str::FromStr for Digest {
    type Err = DigestError;
    fn from_str(text: &str) -> Result<Self, DigestError> {
        Self::parse(text)
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.to_string()
    }
}

/// What bytes are known by once all of them have passed: digest, CRC-32 (for archives) and size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint {
    /// SHA-256 of all bytes.
    pub digest: Digest,
    /// CRC-32 (IEEE) of all bytes.
    pub crc32: u32,
    /// How many bytes.
    pub size_bytes: u64,
}

/// Computes a [`Fingerprint`] while bytes pass, in one reading and constant memory.
#[derive(Debug, Clone, Default)]
pub struct Fingerprinter {
    sha256: Sha256,
    crc32: crc32fast::Hasher,
    size_bytes: u64,
}

impl Fingerprinter {
    /// Takes in the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.sha256.update(bytes);
        self.crc32.update(bytes);
        self.size_bytes = self.size_bytes.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
    }

    /// How many bytes have passed so far.
    #[must_use]
    pub const fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    /// What the bytes are known by.
    #[must_use]
    pub fn finish(self) -> Fingerprint {
        Fingerprint { digest: Digest(self.sha256.finalize().into()), crc32: self.crc32.finalize(), size_bytes: self.size_bytes }
    }
}

macro_rules! media_types {
    ($( $(#[$doc:meta])* $name:ident = $text:literal, $extension:literal; )*) => {
        /// The media types that the service takes, a closed list: whatever is stored is one of these.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub enum MediaType { $( $(#[$doc])* $name, )* }

        impl MediaType {
            /// Every media type there is.
            pub const ALL: &'static [Self] = &[$( Self::$name, )*];

            /// As in a `Content-Type` header, without parameters.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $( Self::$name => $text, )* }
            }

            /// The usual extension of a file, without the dot.
            #[must_use]
            pub const fn extension(self) -> &'static str {
                match self { $( Self::$name => $extension, )* }
            }
        }
    };
}

media_types! {
    /// Plain text, UTF-8.
    PlainText = "text/plain", "txt";
    /// Markdown, UTF-8.
    Markdown = "text/markdown", "md";
    /// HTML, UTF-8. Active content: never run in the service's origin.
    Html = "text/html", "html";
    /// JSON: for copy, the variants of [`CopyVariants`].
    Json = "application/json", "json";
    /// PNG image.
    Png = "image/png", "png";
    /// JPEG image.
    Jpeg = "image/jpeg", "jpg";
    /// GIF image, animated ones included.
    Gif = "image/gif", "gif";
    /// WebP image.
    Webp = "image/webp", "webp";
    /// AVIF image.
    Avif = "image/avif", "avif";
    /// SVG image. Active content: never run in the service's origin.
    Svg = "image/svg+xml", "svg";
    /// PDF document.
    Pdf = "application/pdf", "pdf";
    /// PowerPoint presentation (Office Open XML).
    Pptx = "application/vnd.openxmlformats-officedocument.presentationml.presentation", "pptx";
    /// MP4 video.
    Mp4 = "video/mp4", "mp4";
    /// WebM video.
    Webm = "video/webm", "webm";
    /// QuickTime video.
    QuickTime = "video/quicktime", "mov";
    /// ZIP archive.
    Zip = "application/zip", "zip";
}

/// Not a media type that the service takes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not a media type that can be stored")]
pub struct UnknownMediaType(String);

impl MediaType {
    /// Reads a `Content-Type`; parameters such as `charset` are passed over, case is ignored.
    ///
    /// # Errors
    /// The type is none of [`MediaType::ALL`].
    pub fn parse(text: &str) -> Result<Self, UnknownMediaType> {
        let essence = text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        Self::ALL.iter().copied().find(|known| known.as_str() == essence).ok_or(UnknownMediaType(essence))
    }

    /// Whether the bytes are UTF-8 text.
    #[must_use]
    pub const fn is_text(self) -> bool {
        matches!(self, Self::PlainText | Self::Markdown | Self::Html | Self::Json | Self::Svg)
    }

    /// Whether a browser may show the original inline, from the service's own origin, without running anything:
    /// raster images, video and plain text.
    #[must_use]
    pub const fn is_inert(self) -> bool {
        match self {
            Self::PlainText
            | Self::Markdown
            | Self::Png
            | Self::Jpeg
            | Self::Gif
            | Self::Webp
            | Self::Avif
            | Self::Mp4
            | Self::Webm
            | Self::QuickTime => true,
            Self::Html | Self::Json | Self::Svg | Self::Pdf | Self::Pptx | Self::Zip => false,
        }
    }
}

impl std::fmt::Display for MediaType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl TryFrom<String> for MediaType {
    type Error = UnknownMediaType;
    fn try_from(text: String) -> Result<Self, UnknownMediaType> {
        Self::parse(&text)
    }
}

impl From<MediaType> for String {
    fn from(media_type: MediaType) -> Self {
        media_type.as_str().to_owned()
    }
}

/// What was measured of content when it came in; `None` where it does not apply or could not be read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    /// Pixels across.
    pub width: Option<u32>,
    /// Pixels down.
    pub height: Option<u32>,
    /// Pages or slides.
    pub pages: Option<u32>,
    /// Playing time in seconds.
    pub duration_seconds: Option<f64>,
    /// Words of text.
    pub words: Option<u64>,
}

/// What a version holds: which bytes, how many, what they are and what they are called.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Content {
    /// Which bytes.
    pub digest: Digest,
    /// How many bytes.
    pub size_bytes: u64,
    /// What they are.
    pub media_type: MediaType,
    /// What they are called when saved.
    pub filename: Filename,
    /// What was measured.
    pub facts: Facts,
}

/// The name a file gets that came without one: `image.png`, `blog.md`.
#[must_use]
pub fn default_filename(asset_type: AssetType, media_type: MediaType) -> Filename {
    let name = format!("{}.{}", asset_type.as_str(), media_type.extension());
    Filename::parse(name).unwrap_or_else(|_| unreachable!("type names and extensions are plain words"))
}

/// Copy with variants: `{"variants": [{"label", "locale"?, "text"}]}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CopyVariants {
    /// At least one.
    pub variants: Vec<CopyVariant>,
}

/// One wording of a copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CopyVariant {
    /// What tells it from the others.
    pub label: String,
    /// BCP 47, e.g. `en-GB`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// The wording.
    pub text: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_reads_back_as_written() {
        let digest = Digest::of(b"abc");
        assert_eq!(digest.to_string(), "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(Digest::parse(&digest.to_string()), Ok(digest));
        assert_eq!(Digest::parse(&digest.to_string().to_uppercase()), Err(DigestError));
        assert_eq!(Digest::parse(&digest.to_hex()), Err(DigestError));
    }

    #[test]
    fn a_fingerprint_does_not_depend_on_how_bytes_arrive() {
        let mut pieces = Fingerprinter::default();
        for byte in b"123456789" {
            pieces.update(&[*byte]);
        }
        let fingerprint = pieces.finish();
        assert_eq!(fingerprint, Fingerprint { digest: Digest::of(b"123456789"), crc32: 0xcbf4_3926, size_bytes: 9 });
    }

    #[test]
    fn a_media_type_is_read_without_its_parameters() {
        assert_eq!(MediaType::parse("Text/Plain; charset=utf-8"), Ok(MediaType::PlainText));
        assert!(MediaType::parse("application/x-msdownload").is_err());
    }

    #[test]
    fn every_type_has_a_default_name_for_every_media_type() {
        for asset_type in AssetType::ALL {
            for media_type in MediaType::ALL {
                assert!(default_filename(asset_type, *media_type).as_str().contains('.'));
            }
        }
    }
}
