//! What the workshop tells a worker, and what it answers: one line of JSON each way.

use std::{path::PathBuf, time::Duration};

use assets_domain::{
    AssetType, MediaType, Variant,
    ports::{RenderOrder, Shortfall},
};
use serde::{Deserialize, Serialize};

/// The copy of the content in a job's folder.
pub(crate) const CONTENT: &str = "content";
/// The frame that ffmpeg took from it.
pub(crate) const FRAME: &str = "frame.png";
/// A deck, with the ending by which LibreOffice knows it, and what becomes of it.
pub(crate) const DECK: &str = "content.pptx";
/// A deck as LibreOffice printed it.
pub(crate) const PRINT: &str = "content.pdf";
/// The most that an answer of a worker may say.
pub(crate) const MAX_ANSWER_BYTES: u64 = 64 * 1024;

const MIB: u64 = 1 << 20;

/// What is wanted, in words.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Wanted {
    asset_type: String,
    media_type: String,
    variant: String,
}

impl From<RenderOrder> for Wanted {
    fn from(order: RenderOrder) -> Self {
        Self {
            asset_type: order.asset_type.as_str().to_owned(),
            media_type: order.media_type.as_str().to_owned(),
            variant: order.variant.to_string(),
        }
    }
}

impl Wanted {
    pub(crate) fn order(&self) -> Option<RenderOrder> {
        Some(RenderOrder {
            asset_type: AssetType::parse(&self.asset_type)?,
            media_type: MediaType::parse(&self.media_type).ok()?,
            variant: Variant::parse(&self.variant)?,
        })
    }
}

/// What a worker is to do.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Job {
    /// To draw the content, as it came in.
    Draw(Wanted),
    /// To draw the frame that ffmpeg took from it.
    DrawFrame(Wanted),
    /// To draw all the slides that LibreOffice printed.
    DrawPrint(Wanted),
    /// To count the pages of a PDF.
    Pages,
    /// To draw a card that says why the content is not shown. The content is not looked at.
    Card(Wanted, String),
    /// To draw a card that says nothing.
    Nothing(String),
    /// To become ffmpeg.
    Ffmpeg(PathBuf, Vec<String>),
    /// To become LibreOffice.
    LibreOffice(PathBuf, Vec<String>),
}

/// What a job may use.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Memory that is written to.
    pub(crate) data_bytes: u64,
    /// Time of the processor.
    pub(crate) cpu_seconds: u64,
    /// The largest file.
    pub(crate) file_bytes: u64,
    /// Open files.
    pub(crate) files: u64,
    /// Time by the clock, after which the workshop ends it. It is for those who sleep, and leaves room for a busy machine.
    pub(crate) wall: Duration,
}

impl Job {
    /// What this may use, for content of such a size. With the program itself and the fonts, pure work stays below 256 MiB; only of
    /// a long PDF, which is held in memory, as much more as it has bytes.
    pub(crate) fn limits(&self, content_bytes: u64) -> Limits {
        let pure = |data_bytes, cpu_seconds| Limits {
            data_bytes,
            cpu_seconds,
            file_bytes: 64 * MIB,
            files: 64,
            wall: Duration::from_secs(cpu_seconds.saturating_mul(3).saturating_add(4)),
        };
        let is_pdf = matches!(self, Self::Pages) || matches!(self, Self::Draw(wanted) if wanted.media_type == MediaType::Pdf.as_str());
        match self {
            Self::DrawPrint(_) => pure((208 * MIB).saturating_add(content_bytes), 60),
            _ if is_pdf => pure((192 * MIB).saturating_add(content_bytes).max(208 * MIB), 2),
            Self::Draw(_) | Self::DrawFrame(_) | Self::Pages | Self::Card(..) | Self::Nothing(_) => pure(208 * MIB, 2),
            Self::Ffmpeg(..) => {
                Limits { data_bytes: 1024 * MIB, cpu_seconds: 20, file_bytes: 256 * MIB, files: 128, wall: Duration::from_secs(40) }
            }
            Self::LibreOffice(..) => {
                Limits { data_bytes: 2048 * MIB, cpu_seconds: 60, file_bytes: 512 * MIB, files: 1024, wall: Duration::from_secs(120) }
            }
        }
    }
}

/// A job with the size of the content in its folder.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Assignment {
    pub(crate) job: Job,
    pub(crate) content_bytes: u64,
}

/// What a worker answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Answer {
    /// It made these variants, each in a file of its name.
    Made(Vec<String>),
    /// It has nothing to show for it: the name of the shortfall.
    Short(String),
    /// So many pages.
    Pages(u32),
}

impl From<Shortfall> for Answer {
    fn from(shortfall: Shortfall) -> Self {
        Self::Short(shortfall.as_str().to_owned())
    }
}

/// What is made together when there is nothing but cards.
pub(crate) fn companions(variant: Variant) -> Vec<Variant> {
    if Variant::PICTURES.contains(&variant) { Variant::PICTURES.to_vec() } else { vec![variant] }
}
