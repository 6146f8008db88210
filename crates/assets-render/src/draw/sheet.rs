//! Writing as a picture: a sheet of paper with its beginning, or wordings beside each other.

use std::fmt::Write;

use assets_domain::{CopyVariant, CopyVariants, ports::Shortfall};
use image::DynamicImage;

use super::{picture::LARGEST, vector, wrap::wrap};
use crate::page::{Block, Kind, Writing, escape};

const DESK: &str = "#e9ecf0";
const PAPER: &str = "#ffffff";
const EDGE: &str = "#d8dde3";
const INK: &str = "#242a32";
const SOFT: &str = "#69727f";

/// The beginning of writing, or its wordings.
pub(super) fn draw(writing: &Writing) -> Result<DynamicImage, Shortfall> {
    match writing.variants() {
        Some(copy) => draw_cards(copy),
        None => draw_sheet(&writing.beginning()),
    }
}

/// A sheet of paper, four wide and five high, whose words run out of it at the bottom.
pub(super) fn draw_sheet(blocks: &[Block]) -> Result<DynamicImage, Shortfall> {
    let mut pen = Pen::at(128.0);
    // Few words are set large.
    let length: usize = blocks.iter().map(|block| block.words.len()).sum();
    let body = if length < 160 { 44.0 } else { 27.0 };
    for block in blocks {
        if pen.y > 1010.0 {
            break;
        }
        pen.block(block, body);
    }
    let svg = format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 1000" width="800" height="1000">
        <defs><linearGradient id="fade" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="{PAPER}" stop-opacity="0"/><stop offset="1" stop-color="{PAPER}"/></linearGradient></defs>
        <rect width="800" height="1000" fill="{DESK}"/><rect x="40" y="40" width="720" height="980" rx="10" fill="{PAPER}" stroke="{EDGE}" stroke-width="1.5"/>
        {}<rect x="41" y="850" width="718" height="150" fill="url(#fade)"/></svg>"##,
        pen.svg
    );
    vector::draw_own(&svg, &pen.words, LARGEST)
}

/// Wordings on cards, at most six, sixteen wide and ten high.
fn draw_cards(copy: &CopyVariants) -> Result<DynamicImage, Shortfall> {
    let (mut pen, count) = (Pen::at(0.0), copy.variants.len().min(6));
    let (columns, rows): (u8, u8) = match count {
        0 | 1 => (1, 1),
        2 => (2, 1),
        3 => (3, 1),
        4 => (2, 2),
        _ => (3, 2),
    };
    let (gap, columns, rows) = (24.0, f64::from(columns), f64::from(rows));
    let (wide, high) = ((800.0 - gap * (columns + 1.0)) / columns, (500.0 - gap * (rows + 1.0)) / rows);
    let (mut left, mut top) = (gap, gap);
    for variant in copy.variants.iter().take(count) {
        pen.card(variant, Area { left, top, wide, high });
        left += wide + gap;
        if left + wide > 800.0 {
            (left, top) = (gap, top + high + gap);
        }
    }
    let svg = format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 500" width="800" height="500"><rect width="800" height="500" fill="{DESK}"/>{}</svg>"##,
        pen.svg
    );
    vector::draw_own(&svg, &pen.words, LARGEST)
}

/// A part of the picture.
#[derive(Clone, Copy)]
struct Area {
    left: f64,
    top: f64,
    wide: f64,
    high: f64,
}

/// How words look.
#[derive(Clone, Copy)]
struct Hand {
    size: f64,
    colour: &'static str,
    is_bold: bool,
}

/// Writes line under line.
struct Pen {
    svg: String,
    /// All that was written, which decides what fonts it takes.
    words: String,
    y: f64,
}

impl Pen {
    const fn at(y: f64) -> Self {
        Self { svg: String::new(), words: String::new(), y }
    }

    fn block(&mut self, block: &Block, body: f64) {
        let (left, wide) = (104.0, 592.0);
        let plain = Hand { size: body, colour: INK, is_bold: false };
        match block.kind {
            Kind::Heading(1) => {
                self.lines(&block.words, left, wide, Hand { size: 54.0, colour: INK, is_bold: true }, 6);
                self.y += 12.0;
            }
            Kind::Heading(_) => {
                self.y += 12.0;
                self.lines(&block.words, left, wide, Hand { size: 36.0, colour: INK, is_bold: true }, 4);
            }
            Kind::Item => {
                let _ = write!(self.svg, r#"<circle cx="{}" cy="{}" r="4" fill="{SOFT}"/>"#, left + 8.0, self.y + body * 0.66);
                self.lines(&block.words, left + 30.0, wide - 30.0, plain, 8);
                self.y -= body * 0.35;
            }
            Kind::Row => {
                self.lines(&block.words.replace('\t', "   \u{b7}   "), left, wide, Hand { colour: SOFT, ..plain }, 2);
                self.y -= body * 0.35;
            }
            Kind::Code => self.lines(&block.words, left, wide, Hand { colour: SOFT, ..plain }, 8),
            Kind::Text => self.lines(&block.words, left, wide, plain, 30),
        }
        self.y += body * 0.6;
    }

    fn card(&mut self, variant: &CopyVariant, area: Area) {
        let Area { left, top, wide, high } = area;
        let _ = write!(self.svg, r#"<rect x="{left}" y="{top}" width="{wide}" height="{high}" rx="10" fill="{PAPER}" stroke="{EDGE}"/>"#);
        let (inner, room) = (left + 24.0, wide - 48.0);
        self.y = top + 20.0;
        let label = match &variant.locale {
            Some(locale) => format!("{}  \u{b7}  {locale}", variant.label),
            None => variant.label.clone(),
        };
        self.lines(&label, inner, room, Hand { size: 16.0, colour: SOFT, is_bold: false }, 1);
        self.y += 8.0;
        // As large as all of it fits, down to what can still be read.
        let below = top + high - 16.0 - self.y;
        let fits = |size: &f64| f64::from(u32::try_from(wrap(&variant.text, *size, room, 99).len()).unwrap_or(99)) * size * 1.38 <= below;
        let size = [34.0, 28.0, 24.0, 21.0].into_iter().find(fits).unwrap_or(18.0);
        let limit = (1..99_u32).take_while(|lines| f64::from(*lines) * size * 1.38 <= below).last().unwrap_or(1);
        let limit = usize::try_from(limit).unwrap_or(1);
        self.lines(&variant.text, inner, room, Hand { size, colour: INK, is_bold: false }, limit);
    }

    fn lines(&mut self, words: &str, left: f64, wide: f64, hand: Hand, limit: usize) {
        let Hand { size, colour, is_bold } = hand;
        // There is one weight of the font: bold letters are drawn with an outline.
        let bold =
            if is_bold { format!(r#" stroke="{colour}" stroke-width="{}" stroke-linejoin="round""#, size / 42.0) } else { String::new() };
        let (x, anchor) = if is_from_right(words) { (left + wide, "end") } else { (left, "start") };
        for line in wrap(words, size, wide, limit) {
            let _ = write!(
                self.svg,
                r#"<text x="{x}" y="{}" font-size="{size}" fill="{colour}" text-anchor="{anchor}"{bold}>{}</text>"#,
                self.y + size * 0.95,
                escape(&line)
            );
            self.words.push_str(&line);
            self.y += size * if is_bold { 1.22 } else { 1.38 };
        }
    }
}

/// Whether words begin in a script that is written from right to left.
fn is_from_right(words: &str) -> bool {
    let first = words.chars().find(|c| c.is_alphabetic());
    first.is_some_and(|c| matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}'))
}
