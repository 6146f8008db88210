//! The six types of asset and what each may hold.

use serde::{Deserialize, Serialize};

use crate::MediaType;

/// What kind of thing an asset is. It never changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AssetType {
    /// Ad copy: plain text, Markdown, or JSON with variants.
    Copy,
    /// PNG, JPEG, GIF, WebP, AVIF or SVG.
    Image,
    /// A deck: PPTX or PDF.
    Slide,
    /// MP4, WebM or QuickTime.
    Video,
    /// A blog draft: Markdown, HTML or plain text.
    Blog,
    /// A rendered creative bundle: ZIP.
    Bundle,
}

impl AssetType {
    /// Every type there is.
    pub const ALL: [Self; 6] = [Self::Copy, Self::Image, Self::Slide, Self::Video, Self::Blog, Self::Bundle];

    /// As on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Copy => "copy",
            Self::Image => "image",
            Self::Slide => "slide",
            Self::Video => "video",
            Self::Blog => "blog",
            Self::Bundle => "bundle",
        }
    }

    /// Reads the name on the wire.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == text)
    }

    /// The media types that content of this type may have. The first is what text without a type is taken for.
    #[must_use]
    pub const fn media_types(self) -> &'static [MediaType] {
        use MediaType as M;
        match self {
            Self::Copy => &[M::PlainText, M::Markdown, M::Json],
            Self::Image => &[M::Png, M::Jpeg, M::Gif, M::Webp, M::Avif, M::Svg],
            Self::Slide => &[M::Pptx, M::Pdf],
            Self::Video => &[M::Mp4, M::Webm, M::QuickTime],
            Self::Blog => &[M::Markdown, M::Html, M::PlainText],
            Self::Bundle => &[M::Zip],
        }
    }

    /// Whether content of this media type fits.
    #[must_use]
    pub fn takes(self, media_type: MediaType) -> bool {
        self.media_types().contains(&media_type)
    }

    /// Whether the text of the content is searched.
    #[must_use]
    pub const fn is_searched_by_text(self) -> bool {
        matches!(self, Self::Copy | Self::Blog)
    }
}

impl std::fmt::Display for AssetType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
