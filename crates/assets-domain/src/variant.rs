//! The ways in which a version is shown.

use std::{fmt, num::NonZeroU16};

use crate::{AssetType, Facts, Filename, MediaType};

/// A way in which a version is shown: as it came in, or as something made from it that is safe to show.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Variant {
    /// The bytes as they came in.
    #[default]
    Original,
    /// A picture of at most 256 pixels a side.
    Thumbnail,
    /// A picture of at most 640 pixels a side.
    Small,
    /// A picture of at most 1600 pixels a side.
    Large,
    /// A page to read or look at, for a browser or a frame.
    Page,
    /// The words alone.
    Text,
    /// A picture of one slide or page of a deck, counted from 1, of at most 1600 pixels a side.
    Slide(NonZeroU16),
}

/// What the names of pictures of slides begin with.
const SLIDE: &str = "slide-";

impl Variant {
    /// Those that picture the whole, smallest first. They are made together.
    pub const PICTURES: [Self; 3] = [Self::Thumbnail, Self::Small, Self::Large];
    /// The highest number of a slide that is pictured.
    pub const MAX_SLIDE: u16 = 2000;

    /// Reads the name on the wire.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let named = [Self::Original, Self::Thumbnail, Self::Small, Self::Large, Self::Page, Self::Text];
        if let Some(known) = named.into_iter().find(|known| known.to_string() == text) {
            return Some(known);
        }
        let digits = text.strip_prefix(SLIDE).filter(|digits| !digits.starts_with(['0', '+']))?;
        digits.parse().ok().filter(|number: &NonZeroU16| number.get() <= Self::MAX_SLIDE).map(Self::Slide)
    }

    /// The longest side of the picture in pixels, if it is one.
    #[must_use]
    pub const fn longest_side(self) -> Option<u32> {
        match self {
            Self::Thumbnail => Some(256),
            Self::Small => Some(640),
            Self::Large | Self::Slide(_) => Some(1600),
            Self::Original | Self::Page | Self::Text => None,
        }
    }

    /// Whether content of such a type is shown in this way. Slides there are of decks, as many as the deck has, if that is
    /// known; words of text and decks.
    #[must_use]
    pub fn shows(self, asset_type: AssetType, facts: &Facts) -> bool {
        match self {
            Self::Original | Self::Thumbnail | Self::Small | Self::Large | Self::Page => true,
            Self::Text => matches!(asset_type, AssetType::Copy | AssetType::Blog | AssetType::Slide),
            Self::Slide(number) => asset_type == AssetType::Slide && facts.pages.is_none_or(|pages| u32::from(number.get()) <= pages),
        }
    }

    /// What the bytes of this variant are.
    #[must_use]
    pub const fn media_type(self, original: MediaType) -> MediaType {
        match self {
            Self::Original => original,
            Self::Thumbnail | Self::Small | Self::Large | Self::Slide(_) => MediaType::Webp,
            Self::Page => MediaType::Html,
            Self::Text => MediaType::PlainText,
        }
    }

    /// What this variant of a file is called: `hero.png` has the thumbnail `hero-thumbnail.webp`.
    #[must_use]
    pub fn filename(self, original: &Filename, media_type: MediaType) -> Filename {
        if self == Self::Original {
            return original.clone();
        }
        let ending = format!("-{self}.{}", self.media_type(media_type).extension());
        let stem = original.as_str().rsplit_once('.').map_or(original.as_str(), |(stem, _)| stem);
        let room = Filename::MAX_CHARS.saturating_sub(ending.chars().count());
        let stem: String = stem.chars().take(room).collect();
        Filename::parse(stem + &ending).unwrap_or_else(|_| original.clone())
    }
}

impl fmt::Display for Variant {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Original => formatter.write_str("original"),
            Self::Thumbnail => formatter.write_str("thumbnail"),
            Self::Small => formatter.write_str("small"),
            Self::Large => formatter.write_str("large"),
            Self::Page => formatter.write_str("page"),
            Self::Text => formatter.write_str("text"),
            Self::Slide(number) => write!(formatter, "{SLIDE}{number}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variant_reads_back_as_written() {
        let slide = |number| Variant::Slide(NonZeroU16::new(number).unwrap());
        for variant in [Variant::Original, Variant::Thumbnail, Variant::Page, Variant::Text, slide(1), slide(2000)] {
            assert_eq!(Variant::parse(&variant.to_string()), Some(variant));
        }
        for text in ["", "huge", "slide-", "slide-0", "slide-01", "slide-+1", "slide-2001", "slide-99999", "Page"] {
            assert_eq!(Variant::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_variant_has_a_name_that_fits_beside_the_original() {
        let named = |name: &str, variant: Variant| variant.filename(&Filename::parse(name).unwrap(), MediaType::Png).to_string();
        assert_eq!(named("hero.png", Variant::Original), "hero.png");
        assert_eq!(named("hero.final.png", Variant::Small), "hero.final-small.webp");
        assert_eq!(named("hero", Variant::Page), "hero-page.html");
        assert!(named(&"x".repeat(255), Variant::Thumbnail).ends_with("x-thumbnail.webp"));
    }

    #[test]
    fn a_deck_has_as_many_slides_as_it_has_pages() {
        let facts = Facts { pages: Some(3), ..Facts::default() };
        let slide = |number| Variant::Slide(NonZeroU16::new(number).unwrap());
        assert!(slide(3).shows(AssetType::Slide, &facts) && !slide(4).shows(AssetType::Slide, &facts));
        assert!(slide(4).shows(AssetType::Slide, &Facts::default()));
        assert!(!slide(1).shows(AssetType::Image, &Facts::default()));
        assert!(!Variant::Text.shows(AssetType::Video, &facts) && Variant::Page.shows(AssetType::Video, &facts));
    }
}
