//! Decks: PDF, and presentations with what LibreOffice printed of them.

use std::{fmt::Write, fs::File, num::NonZeroU16};

use assets_domain::{
    Variant,
    ports::{RenderOrder, Shortfall, Tool},
};

use super::{
    Made, open,
    pdf::Document,
    picture,
    presentation::Presentation,
    save, save_picture,
    spent::{is_spent, seconds},
};
use crate::job::CONTENT;

/// How many slides of a presentation are drawn.
const MAX_SLIDES: u16 = 200;
/// Time of the processor after which no more words of a PDF are read, and no more slides of a presentation drawn.
const WORDS_TIME: f64 = 1.4;
const SLIDES_TIME: f64 = 45.0;
const REST_LEFT_OUT: &str = "\n[The rest is left out.]\n";

/// Draws what is wanted of a PDF.
pub(super) fn draw_pdf(order: RenderOrder, bytes: Vec<u8>) -> Made {
    let document = Document::read(bytes)?;
    match order.variant {
        Variant::Text => save(Variant::Text, words_of(&document).as_bytes()),
        Variant::Slide(number) => save_picture(order.variant, &document.draw(number.get())?),
        _ => picture::save_all(document.draw(1)?),
    }
}

fn words_of(document: &Document) -> String {
    let mut words = String::new();
    for number in 1..=document.pages() {
        if is_spent(WORDS_TIME) || words.len() > crate::page::MAX_TEXT_BYTES {
            return words + REST_LEFT_OUT;
        }
        chapter(&mut words, "page", number, &document.words(number));
    }
    words
}

/// The words of one page or slide under those before.
fn chapter(words: &mut String, kind: &str, number: u32, more: &str) {
    if !words.is_empty() {
        words.push('\n');
    }
    let _ = writeln!(words, "--- {kind} {number} ---\n{}", more.trim());
}

/// Draws what can be had of a presentation without LibreOffice.
pub(super) fn draw_pptx(order: RenderOrder, file: File) -> Made {
    let mut presentation = Presentation::read(file)?;
    match order.variant {
        Variant::Text => save(Variant::Text, words_in(&mut presentation).as_bytes()),
        Variant::Slide(_) => Err(Shortfall::Needs(Tool::LibreOffice)),
        _ => picture::save_all(presentation.thumbnail().ok_or(Shortfall::Needs(Tool::LibreOffice))?),
    }
}

fn words_in(presentation: &mut Presentation) -> String {
    let (mut words, end) = (String::new(), seconds() + WORDS_TIME);
    for (number, name) in (1..).zip(presentation.slides()) {
        if is_spent(end) || words.len() > crate::page::MAX_TEXT_BYTES {
            return words + REST_LEFT_OUT;
        }
        chapter(&mut words, "slide", number, &presentation.words(&name));
    }
    words
}

/// Draws all slides of a presentation that was printed, the wanted one first, and adds its words.
pub(super) fn draw_print(order: RenderOrder, bytes: Vec<u8>) -> Made {
    let document = Document::read(bytes)?;
    let count = u16::try_from(document.pages()).unwrap_or(MAX_SLIDES);
    let wanted = match order.variant {
        Variant::Slide(number) if number.get() <= count => number.get(),
        _ => 1,
    };
    let others = (1..=count.min(MAX_SLIDES)).filter(|number| ![1, wanted].contains(number));
    let mut made = Vec::new();
    let first = document.draw(1)?;
    made.extend(save_slide(1, &first)?);
    made.extend(picture::save_all(first)?);
    for number in (wanted > 1).then_some(wanted).into_iter().chain(others) {
        if is_spent(SLIDES_TIME) {
            break;
        }
        // One that cannot be drawn keeps none of the others back, but for the one that was asked for.
        match document.draw(number) {
            Ok(slide) => made.extend(save_slide(number, &slide)?),
            Err(shortfall) if number == wanted => return Err(shortfall),
            Err(_) => {}
        }
    }
    if let Ok(mut presentation) = open(CONTENT).and_then(Presentation::read) {
        made.extend(save(Variant::Text, words_in(&mut presentation).as_bytes())?);
    }
    Ok(made)
}

fn save_slide(number: u16, picture: &image::DynamicImage) -> Made {
    save_picture(Variant::Slide(NonZeroU16::new(number).ok_or(Shortfall::Unreadable)?), picture)
}
