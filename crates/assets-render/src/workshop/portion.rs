//! How much of content is looked at.

use assets_domain::MediaType;

const MIB: u64 = 1 << 20;
const MAX_PICTURE_BYTES: u64 = 64 * MIB;
const MAX_PDF_BYTES: u64 = 256 * MIB;
const MAX_ARCHIVE_BYTES: u64 = 512 * MIB;
const MAX_MOVIE_BYTES: u64 = 256 * MIB;
/// How much of each end of a long movie: its index is at one of them.
const MOVIE_END_BYTES: u64 = 32 * MIB;

/// Text beyond this is cut off.
pub(crate) const MAX_TEXT_BYTES: u64 = 2 * MIB;

/// A part of content, as much as drawing it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Portion {
    /// Its first bytes, or all of them.
    Head(u64),
    /// So many bytes of each end, and a hole between them.
    Ends(u64),
}

impl Portion {
    /// What is looked at of content of such a size; `None` if it is too large to be looked at.
    pub(super) const fn of(media_type: MediaType, size_bytes: u64) -> Option<Self> {
        let limit = match media_type {
            // One byte more, so that it can be told that there is more.
            MediaType::PlainText | MediaType::Markdown | MediaType::Html | MediaType::Json => return Some(Self::Head(MAX_TEXT_BYTES + 1)),
            MediaType::Mp4 | MediaType::Webm | MediaType::QuickTime if size_bytes > MAX_MOVIE_BYTES => {
                return Some(Self::Ends(MOVIE_END_BYTES));
            }
            MediaType::Mp4 | MediaType::Webm | MediaType::QuickTime => MAX_MOVIE_BYTES,
            MediaType::Png | MediaType::Jpeg | MediaType::Gif | MediaType::Webp | MediaType::Avif | MediaType::Svg => MAX_PICTURE_BYTES,
            MediaType::Pdf => MAX_PDF_BYTES,
            MediaType::Pptx | MediaType::Zip => MAX_ARCHIVE_BYTES,
        };
        if size_bytes > limit { None } else { Some(Self::Head(size_bytes)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_text_the_beginning_is_looked_at_and_of_movies_both_ends() {
        assert_eq!(Portion::of(MediaType::Markdown, 1 << 40), Some(Portion::Head(MAX_TEXT_BYTES + 1)));
        assert_eq!(Portion::of(MediaType::Mp4, 1 << 32), Some(Portion::Ends(MOVIE_END_BYTES)));
        assert_eq!(Portion::of(MediaType::Mp4, 5), Some(Portion::Head(5)));
        assert_eq!(Portion::of(MediaType::Png, MAX_PICTURE_BYTES + 1), None);
        assert_eq!(Portion::of(MediaType::Zip, MAX_ARCHIVE_BYTES), Some(Portion::Head(MAX_ARCHIVE_BYTES)));
    }
}
