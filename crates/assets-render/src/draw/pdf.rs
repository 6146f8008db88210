//! PDF: pages as pictures, and their words.

use std::sync::Arc;

use assets_domain::ports::Shortfall;
use hayro::{
    PixmapSettings, RenderCache, RenderSettings,
    hayro_interpret::{
        BlendMode, ClipPath, Context, Device, DrawMode, DrawProps, Image, ImageDrawProps, InterpreterCache, InterpreterSettings, SoftMask,
        font::{Glyph, GlyphRun},
        hayro_cmap::BfString,
        interpret_page,
    },
    hayro_syntax::Pdf,
    kurbo::{Affine, BezPath, Point, Rect},
    vello_cpu::color::palette::css::WHITE,
};
use image::{DynamicImage, RgbImage};

use super::{picture::LARGEST, vector::whole};

/// A PDF that was opened.
pub(super) struct Document {
    pdf: Pdf,
    settings: InterpreterSettings,
}

impl Document {
    pub(super) fn read(bytes: Vec<u8>) -> Result<Self, Shortfall> {
        let pdf = Pdf::new(Arc::new(bytes)).map_err(|_| Shortfall::Unreadable)?;
        if pdf.pages().is_empty() { Err(Shortfall::Unreadable) } else { Ok(Self { pdf, settings: InterpreterSettings::default() }) }
    }

    pub(super) fn pages(&self) -> u32 {
        u32::try_from(self.pdf.pages().len()).unwrap_or(u32::MAX)
    }

    /// Draws a page, counted from 1, with its longest side as long as it is ever shown.
    pub(super) fn draw(&self, number: u16) -> Result<DynamicImage, Shortfall> {
        let page = self.pdf.pages().get(usize::from(number).saturating_sub(1)).ok_or(Shortfall::Unreadable)?;
        let (width, height) = page.render_dimensions();
        let is_drawable = |length: f32| length.is_finite() && length > 0.0;
        if !is_drawable(width) || !is_drawable(height) {
            return Err(Shortfall::Unreadable);
        }
        let side = f32::from(u16::try_from(LARGEST).unwrap_or(u16::MAX));
        let scale = side / width.max(height);
        // A hair more, so that nothing is cut off where lengths are made whole; and never less than one pixel.
        let fit = |length: f32| (whole_f32(length * scale) + 0.01) / length;
        let settings = PixmapSettings { x_scale: fit(width), y_scale: fit(height), bg_color: WHITE };
        let drawn = hayro::render(page, &RenderCache::new(), &self.settings, &RenderSettings::default(), &settings);
        // Drawn on white, so that nothing of it is transparent.
        let pixels = drawn.data_as_u8_slice().chunks_exact(4).flat_map(|pixel| pixel.iter().take(3).copied()).collect();
        RgbImage::from_raw(drawn.width().into(), drawn.height().into(), pixels).map(DynamicImage::ImageRgb8).ok_or(Shortfall::Unreadable)
    }

    /// The words of a page, counted from 1, in the order in which they are drawn.
    pub(super) fn words(&self, number: u32) -> String {
        let place = usize::try_from(number).unwrap_or(usize::MAX).saturating_sub(1);
        let Some(page) = self.pdf.pages().get(place) else { return String::new() };
        let (cache, mut reader) = (InterpreterCache::new(), Reader::default());
        let nowhere = Rect::new(0.0, 0.0, 1.0, 1.0);
        let mut context = Context::new(Affine::IDENTITY, nowhere, &cache, page.xref(), self.settings.clone());
        interpret_page(page, &mut context, &mut reader);
        reader.words
    }
}

fn whole_f32(length: f32) -> f32 {
    u16::try_from(whole(length, LARGEST)).map_or(1.0, f32::from)
}

/// Draws nothing, and reads along.
#[derive(Default)]
struct Reader {
    words: String,
    last: Option<Place>,
}

/// Where a letter stands, where the next is expected, and how large it is.
#[derive(Clone, Copy)]
struct Place {
    at: Point,
    next: Point,
    em: f64,
}

impl Reader {
    fn read(&mut self, letters: &str, place: Place) {
        if let Some(last) = self.last {
            let (gap, across) = (place.at.x - last.next.x, (place.at.y - last.at.y).abs());
            let is_spaced = self.words.ends_with(char::is_whitespace) || letters.starts_with(char::is_whitespace);
            if across > last.em.max(place.em) * 0.5 || gap < -2.0 * last.em {
                self.words.truncate(self.words.trim_end_matches(' ').len());
                self.words.push('\n');
            } else if gap > last.em * 0.18 && !is_spaced {
                self.words.push(' ');
            }
        }
        self.words.extend(letters.chars().filter(|c| !c.is_control()));
        self.last = Some(place);
    }
}

impl<'a> Device<'a> for Reader {
    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, props: DrawProps<'a>, _: &DrawMode) {
        for glyph in run.glyphs() {
            let placed = props.transform * glyph.transform();
            let at = placed * Point::ZERO;
            // Letters are drawn on a square of a thousand, and are half as wide where nothing is said of it.
            let width = match &**glyph {
                Glyph::Outline(glyph) => glyph.advance_width(),
                Glyph::Type3(glyph) => glyph.advance_width(),
            };
            let next = placed * Point::new(width.map_or(500.0, f64::from), 0.0);
            let place = Place { at, next, em: (placed * Point::new(0.0, 1000.0)).distance(at) };
            match glyph.as_unicode() {
                Some(BfString::Char(c)) => self.read(c.encode_utf8(&mut [0; 4]), place),
                Some(BfString::String(letters)) => self.read(&letters, place),
                None => {}
            }
        }
    }

    fn draw_path(&mut self, _: &BezPath, _: DrawProps<'a>, _: &DrawMode) {}
    fn push_clip_path(&mut self, _: &ClipPath) {}
    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'a>>, _: BlendMode) {}
    fn draw_image(&mut self, _: Image<'a, '_>, _: ImageDrawProps<'a>) {}
    fn pop_clip(&mut self) {}
    fn pop_transparency_group(&mut self) {}
}
