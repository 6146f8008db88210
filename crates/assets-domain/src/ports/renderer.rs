use std::fmt;

use async_trait::async_trait;
use bytes::Bytes;

use crate::{AssetType, MediaType, Variant};

use super::{Breakage, ByteStream, RandomRead};

/// What is to be made. What comes of it depends on this and on the bytes, and on nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RenderOrder {
    /// As what the bytes came in.
    pub asset_type: AssetType,
    /// What they are.
    pub media_type: MediaType,
    /// What is wanted of them; never the original.
    pub variant: Variant,
}

/// One variant that was made.
pub struct Rendering {
    /// Which.
    pub variant: Variant,
    /// Its bytes, of the kind that [`Variant::media_type`] says.
    pub bytes: ByteStream,
    /// Why it only says that the content cannot be shown, if so.
    pub shortfall: Option<Shortfall>,
}

/// A program that is used where it is installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tool {
    /// Takes pictures from video, and reads AVIF.
    Ffmpeg,
    /// Draws presentations.
    LibreOffice,
}

/// Why a variant is a placeholder, which says so in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shortfall {
    /// It takes a program that is not installed.
    Needs(Tool),
    /// There are more pixels, members or bytes than are looked at.
    TooLarge,
    /// It took more time or memory than it may.
    TooSlow,
    /// It cannot be made out: damaged, protected by a password, or of a kind that is not known.
    Unreadable,
}

impl Shortfall {
    /// Every shortfall there is.
    pub const ALL: [Self; 5] = [Self::Needs(Tool::Ffmpeg), Self::Needs(Tool::LibreOffice), Self::TooLarge, Self::TooSlow, Self::Unreadable];

    /// As on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Needs(Tool::Ffmpeg) => "needs_ffmpeg",
            Self::Needs(Tool::LibreOffice) => "needs_libreoffice",
            Self::TooLarge => "too_large",
            Self::TooSlow => "too_slow",
            Self::Unreadable => "unreadable",
        }
    }

    /// Reads the name on the wire.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == text)
    }
}

impl fmt::Display for Shortfall {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// Makes what is safe to show of content that anybody may have made.
#[async_trait]
pub trait Renderer: Send + Sync {
    /// Goes up whenever something would be made otherwise than before.
    fn edition(&self) -> i32;

    /// Whether a program is at hand.
    fn has(&self, tool: Tool) -> bool;

    /// Makes a variant, and others that come with it, such as pictures of other sizes. The wanted one is always among them:
    /// what cannot be shown is a placeholder that says why.
    ///
    /// # Errors
    /// The content cannot be read; nothing can be made at all for now.
    async fn render(&self, order: RenderOrder, content: &dyn RandomRead) -> Result<Vec<Rendering>, Breakage>;

    /// The picture that stands where nothing may be shown, which says nothing of what is not shown: a WebP of the size of a
    /// variant.
    ///
    /// # Errors
    /// Nothing can be made at all for now.
    async fn nothing(&self, variant: Variant) -> Result<Bytes, Breakage>;
}
