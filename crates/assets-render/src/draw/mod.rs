//! What a pure worker does: it draws from the files of its folder into files of its folder.

mod bundle;
mod card;
mod deck;
mod fonts;
mod pdf;
mod picture;
mod presentation;
mod sheet;
mod spent;
mod vector;
mod wrap;

use std::{
    fs::File,
    io::{Read, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use assets_domain::{
    AssetType, MediaType, Variant,
    ports::{RenderOrder, Shortfall},
};
use image::DynamicImage;
use rustix::fs::OFlags;

use crate::{
    job::{Answer, CONTENT, FRAME, PRINT, Wanted},
    page,
};

/// What was made, in files of their names; or why nothing was.
type Made = Result<Vec<Variant>, Shortfall>;

/// Draws the content as it came in.
pub(crate) fn content(wanted: &Wanted) -> Answer {
    answer(wanted.order().ok_or(Shortfall::Unreadable).and_then(draw))
}

/// Draws the frame that ffmpeg took.
pub(crate) fn frame(wanted: &Wanted) -> Answer {
    let drawn = || picture::save_all(picture::read(open(FRAME)?, MediaType::Png)?);
    answer(wanted.order().ok_or(Shortfall::Unreadable).and_then(|_| drawn()))
}

/// Draws all that LibreOffice printed, the wanted slide first.
pub(crate) fn print(wanted: &Wanted) -> Answer {
    answer(wanted.order().ok_or(Shortfall::Unreadable).and_then(|order| deck::draw_print(order, read(PRINT)?)))
}

/// Counts the pages of a PDF.
pub(crate) fn pages() -> Answer {
    read(CONTENT).and_then(pdf::Document::read).map_or_else(Answer::from, |document| Answer::Pages(document.pages()))
}

/// Draws the cards that say why the content is not shown.
pub(crate) fn card(wanted: &Wanted, shortfall: &str) -> Answer {
    let order = wanted.order().zip(Shortfall::parse(shortfall));
    answer(order.ok_or(Shortfall::Unreadable).and_then(|(order, shortfall)| card::draw(order, shortfall)))
}

/// Draws the card that says nothing.
pub(crate) fn nothing(variant: &str) -> Answer {
    answer(Variant::parse(variant).ok_or(Shortfall::Unreadable).and_then(card::draw_nothing))
}

fn answer(made: Made) -> Answer {
    made.map_or_else(Answer::from, |made| Answer::Made(made.iter().map(Variant::to_string).collect()))
}

fn draw(order: RenderOrder) -> Made {
    match order.media_type {
        MediaType::Png | MediaType::Jpeg | MediaType::Gif | MediaType::Webp => {
            picture::save_all(picture::read(open(CONTENT)?, order.media_type)?)
        }
        MediaType::Svg => picture::save_all(vector::draw(&read(CONTENT)?, picture::LARGEST)?),
        MediaType::Pdf => deck::draw_pdf(order, read(CONTENT)?),
        MediaType::Pptx => deck::draw_pptx(order, open(CONTENT)?),
        MediaType::PlainText | MediaType::Markdown | MediaType::Html | MediaType::Json => draw_text(order),
        MediaType::Zip if order.asset_type == AssetType::Bundle => bundle::draw(order, open(CONTENT)?),
        MediaType::Zip | MediaType::Avif | MediaType::Mp4 | MediaType::Webm | MediaType::QuickTime => Err(Shortfall::Unreadable),
    }
}

fn draw_text(order: RenderOrder) -> Made {
    let writing = page::Writing::read(order, &read(CONTENT)?)?;
    match order.variant {
        Variant::Page => save(Variant::Page, writing.page().as_bytes()),
        Variant::Text => save(Variant::Text, writing.words().as_bytes()),
        _ => picture::save_all(sheet::draw(&writing)?),
    }
}

/// Writes a variant to its file.
fn save(variant: Variant, bytes: &[u8]) -> Made {
    let written = File::create_new(variant.to_string()).and_then(|mut file| file.write_all(bytes));
    written.map(|()| vec![variant]).map_err(|_| Shortfall::Unreadable)
}

/// Writes one picture to its file.
fn save_picture(variant: Variant, picture: &DynamicImage) -> Made {
    save(variant, &picture::to_webp(picture)?)
}

fn read(name: &str) -> Result<Vec<u8>, Shortfall> {
    let mut file = open(name)?;
    let size = file.metadata().map_or(0, |known| known.len());
    let mut bytes = Vec::new();
    let room = usize::try_from(size).map_err(|_| Shortfall::TooLarge)?;
    bytes.try_reserve_exact(room).map_err(|_| Shortfall::TooLarge)?;
    file.read_to_end(&mut bytes).map_err(|_| Shortfall::Unreadable)?;
    Ok(bytes)
}

/// What a tool made is opened here, too; it may not lead out of the folder.
fn open(name: &str) -> Result<File, Shortfall> {
    let flags = i32::try_from(OFlags::NOFOLLOW.bits()).unwrap_or_default();
    File::options().read(true).custom_flags(flags).open(Path::new(name)).map_err(|_| Shortfall::Unreadable)
}
