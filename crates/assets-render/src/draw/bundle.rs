//! Bundles (ZIP): what is in them, with small pictures of the pictures.

mod contact;

use std::{
    fmt::Write,
    fs::File,
    io::{BufReader, Cursor, Read},
    panic::{AssertUnwindSafe, catch_unwind},
};

use assets_domain::{
    MediaType, Variant,
    ports::{RenderOrder, Shortfall},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use image::DynamicImage;
use zip::ZipArchive;

use super::{Made, picture, save, sheet, spent::is_spent};
use crate::page::{self, Block, Kind, escape};

const MAX_LISTED: usize = 2000;
const MAX_LOOKS: usize = 60;
const MAX_MEMBER_BYTES: u64 = 24 << 20;
/// Fewer than of a picture that came alone: one more must not take what time is left.
const MAX_MEMBER_PIXELS: u64 = 24_000_000;
/// Time of the processor after which no more members are looked into.
const LOOKS_TIME: f64 = 1.2;
const LOOK_SIDE: u32 = 128;

/// What a bundle says of one of its members.
struct Member {
    name: String,
    size_bytes: u64,
}

/// A bundle that was opened.
struct Bundle {
    archive: ZipArchive<BufReader<File>>,
}

pub(super) fn draw(order: RenderOrder, file: File) -> Made {
    let archive = ZipArchive::new(BufReader::new(file)).map_err(|_| Shortfall::Unreadable)?;
    let mut bundle = Bundle { archive };
    match order.variant {
        Variant::Page => save(Variant::Page, bundle.page().as_bytes()),
        Variant::Text => save(Variant::Text, bundle.words().as_bytes()),
        _ => picture::save_all(bundle.picture()?),
    }
}

impl Bundle {
    /// The first members, without folders, and how many files there are in all.
    fn members(&mut self) -> (Vec<(usize, Member)>, usize) {
        let (mut members, mut count) = (Vec::new(), 0_usize);
        for index in 0..self.archive.len() {
            let Some(Ok(name)) = self.archive.name_for_index(index).map(|name| name.map(std::borrow::Cow::into_owned)) else { continue };
            if name.ends_with('/') {
                continue;
            }
            count = count.saturating_add(1);
            if members.len() < MAX_LISTED {
                let size_bytes = self.archive.by_index_raw(index).map_or(0, |member| member.size());
                members.push((index, Member { name, size_bytes }));
            }
        }
        (members, count)
    }

    fn page(&mut self) -> String {
        let (members, count) = self.members();
        let mut list = String::new();
        let mut looks = 0_usize;
        for (index, member) in &members {
            let look = if looks < MAX_LOOKS { self.look(*index, member, LOOK_SIDE) } else { None };
            let look = look.and_then(|look| picture::to_webp(&look).ok()).map_or_else(
                || format!("<span class=\"kind\">{}</span>", escape(ending(&member.name))),
                |webp| {
                    looks = looks.saturating_add(1);
                    format!("<img alt=\"\" src=\"data:image/webp;base64,{}\">", STANDARD.encode(webp))
                },
            );
            let (name, size) = (escape(&member.name), in_words(member.size_bytes));
            let _ = writeln!(
                list,
                "<li><span class=\"look\">{look}</span><span class=\"name\" dir=\"auto\">{name}</span><span class=\"size\">{size}</span></li>"
            );
        }
        let more = count.saturating_sub(members.len());
        let more = if more > 0 { format!("<p class=\"cut\">and {more} more</p>") } else { String::new() };
        let sum = files(count);
        page::shell(
            "Bundle",
            &format!("<main class=\"wide\"><h1>Bundle</h1><p class=\"sum\">{sum}</p>\n<ul class=\"members\">\n{list}</ul>{more}</main>"),
        )
    }

    fn words(&mut self) -> String {
        let (members, count) = self.members();
        let mut words = format!("{}\n", files(count));
        for (_, member) in members {
            let _ = writeln!(words, "{}\t{}", member.name.replace(char::is_control, " "), in_words(member.size_bytes));
        }
        words
    }

    fn picture(&mut self) -> Result<DynamicImage, Shortfall> {
        let (members, count) = self.members();
        let mut looks = Vec::new();
        for (index, member) in &members {
            if looks.len() == contact::MAX_LOOKS {
                break;
            }
            looks.extend(self.look(*index, member, contact::SIDE));
        }
        if !looks.is_empty() {
            return contact::draw(&looks);
        }
        let heading = Block { kind: Kind::Heading(1), words: "Bundle".to_owned() };
        let sum = Block { kind: Kind::Row, words: files(count) };
        let names = members.iter().take(20).map(|(_, member)| Block { kind: Kind::Item, words: member.name.chars().take(90).collect() });
        sheet::draw_sheet(&[heading, sum].into_iter().chain(names).collect::<Vec<_>>())
    }

    /// A small picture of a member, if it is a picture and there is time. Whatever is wrong with it is its own affair.
    fn look(&mut self, index: usize, member: &Member, side: u32) -> Option<DynamicImage> {
        let media_type = kind(&member.name)?;
        if member.size_bytes > MAX_MEMBER_BYTES || is_spent(LOOKS_TIME) {
            return None;
        }
        let mut bytes = Vec::new();
        self.archive.by_index(index).ok()?.take(MAX_MEMBER_BYTES.saturating_add(1)).read_to_end(&mut bytes).ok()?;
        let size = u64::try_from(bytes.len()).ok().filter(|size| *size <= MAX_MEMBER_BYTES)?;
        let read = || picture::read_from(Cursor::new(bytes), size, media_type, side, MAX_MEMBER_PIXELS);
        catch_unwind(AssertUnwindSafe(read)).ok()?.ok()
    }
}

/// What stands for a member without a picture: the ending of its name, if that is short.
fn ending(name: &str) -> &str {
    name.rsplit_once('.').map(|(_, ending)| ending).filter(|ending| (1..=5).contains(&ending.len())).unwrap_or("file")
}

fn kind(name: &str) -> Option<MediaType> {
    match name.rsplit_once('.')?.1.to_ascii_lowercase().as_str() {
        "png" => Some(MediaType::Png),
        "jpg" | "jpeg" => Some(MediaType::Jpeg),
        "gif" => Some(MediaType::Gif),
        "webp" => Some(MediaType::Webp),
        _ => None,
    }
}

fn files(count: usize) -> String {
    if count == 1 { "1 file".to_owned() } else { format!("{count} files") }
}

/// A size as people read it, in steps of a thousand.
fn in_words(bytes: u64) -> String {
    let units = [(1_000_000_000_000, "TB"), (1_000_000_000, "GB"), (1_000_000, "MB"), (1000, "kB")];
    let Some((unit, name)) = units.into_iter().find(|(unit, _)| bytes >= *unit) else { return format!("{bytes} B") };
    let round = |amount: u64| amount.saturating_add(unit / 2) / unit;
    let tenths = round(bytes.saturating_mul(10));
    if tenths < 100 { format!("{}.{} {name}", tenths / 10, tenths % 10) } else { format!("{} {name}", round(bytes)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_as_people_write_them() {
        let written = [0, 999, 1000, 1_500, 9_949, 12_345, 999_499, 1_234_567, 5_000_000_000].map(in_words);
        assert_eq!(written, ["0 B", "999 B", "1.0 kB", "1.5 kB", "9.9 kB", "12 kB", "999 kB", "1.2 MB", "5.0 GB"]);
    }
}
