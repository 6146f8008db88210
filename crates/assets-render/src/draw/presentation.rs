//! What can be read of a presentation (PPTX) without drawing it: its words, and the small picture that it may bring along.

use std::{
    fs::File,
    io::{BufReader, Cursor, Read},
};

use assets_domain::{MediaType, ports::Shortfall};
use image::DynamicImage;
use quick_xml::{Reader, events::Event};
use zip::ZipArchive;

use super::picture;

const MAX_PART_BYTES: u64 = 8 << 20;
const MAX_THUMBNAIL_BYTES: u64 = 24 << 20;
const MAX_THUMBNAIL_PIXELS: u64 = 24_000_000;
/// The small pictures that programs leave in a presentation.
const THUMBNAILS: [(&str, MediaType); 3] =
    [("docProps/thumbnail.jpeg", MediaType::Jpeg), ("docProps/thumbnail.jpg", MediaType::Jpeg), ("docProps/thumbnail.png", MediaType::Png)];
const PARTS: &str = "ppt/";
const SLIDES: &str = "slides/slide";

/// A presentation that was opened.
pub(super) struct Presentation {
    archive: ZipArchive<BufReader<File>>,
}

impl Presentation {
    pub(super) fn read(file: File) -> Result<Self, Shortfall> {
        let archive = ZipArchive::new(BufReader::new(file)).map_err(|_| Shortfall::Unreadable)?;
        if archive.index_for_name("ppt/presentation.xml").is_none() {
            return Err(Shortfall::Unreadable);
        }
        Ok(Self { archive })
    }

    /// The picture of its first slide that it brings along, if it does.
    pub(super) fn thumbnail(&mut self) -> Option<DynamicImage> {
        THUMBNAILS.into_iter().find_map(|(name, media_type)| {
            let bytes = self.part(name, MAX_THUMBNAIL_BYTES)?;
            let size = u64::try_from(bytes.len()).ok()?;
            picture::read_from(Cursor::new(bytes), size, media_type, picture::LARGEST, MAX_THUMBNAIL_PIXELS).ok()
        })
    }

    /// The names of the parts that are its slides, in the order in which they are shown.
    pub(super) fn slides(&mut self) -> Vec<String> {
        let order = attributes(&self.xml("ppt/presentation.xml"), "sldId", "r:id");
        let relations = self.xml("ppt/_rels/presentation.xml.rels");
        let (ids, targets) = (attributes(&relations, "Relationship", "Id"), attributes(&relations, "Relationship", "Target"));
        let target = |id: &String| {
            let (_, target) = ids.iter().zip(&targets).find(|(known, _)| *known == id)?;
            Some(target.strip_prefix('/').map_or_else(|| format!("{PARTS}{target}"), str::to_owned))
        };
        let named: Vec<String> = order.iter().filter_map(target).collect();
        if named.is_empty() { self.numbered() } else { named }
    }

    /// Where their order is not told, slides are in that of their numbers.
    fn numbered(&self) -> Vec<String> {
        let number = |name: &str| name.strip_prefix(PARTS)?.strip_prefix(SLIDES)?.strip_suffix(".xml")?.parse::<u32>().ok();
        let names = self.archive.file_names().filter_map(|name| name.ok().map(std::borrow::Cow::into_owned));
        let mut slides: Vec<(u32, String)> = names.filter_map(|name| Some((number(&name)?, name))).collect();
        slides.sort();
        slides.into_iter().map(|(_, name)| name).collect()
    }

    /// The words of a slide, a line for each paragraph.
    pub(super) fn words(&mut self, name: &str) -> String {
        let xml = self.xml(name);
        let (mut reader, mut words, mut is_word) = (Reader::from_str(&xml), String::new(), false);
        loop {
            match reader.read_event() {
                Ok(Event::Start(tag)) => is_word = tag.name().as_ref() == "a:t",
                Ok(Event::Empty(tag)) if tag.name().as_ref() == "a:br" => words.push('\n'),
                Ok(Event::End(tag)) => {
                    is_word = false;
                    if tag.name().as_ref() == "a:p" && !words.is_empty() && !words.ends_with('\n') {
                        words.push('\n');
                    }
                }
                Ok(Event::Text(text)) if is_word => words.push_str(&text.xml10_content()),
                Ok(Event::GeneralRef(entity)) if is_word => match entity.resolve_char_ref() {
                    Ok(Some(c)) => words.push(c),
                    _ => words.push_str(quick_xml::escape::resolve_predefined_entity(&entity).unwrap_or_default()),
                },
                Ok(Event::Eof) | Err(_) => return words,
                Ok(_) => {}
            }
        }
    }

    fn xml(&mut self, name: &str) -> String {
        self.part(name, MAX_PART_BYTES).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
    }

    /// All of a part, however much it says that there is; `None` if there is more than is read.
    fn part(&mut self, name: &str, limit_bytes: u64) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        self.archive.by_name(name).ok()?.take(limit_bytes.saturating_add(1)).read_to_end(&mut bytes).ok()?;
        (u64::try_from(bytes.len()).ok()? <= limit_bytes).then_some(bytes)
    }
}

/// The values of an attribute of all elements of a name; empty where there is none.
fn attributes(xml: &str, element: &str, attribute: &str) -> Vec<String> {
    let (mut reader, mut values) = (Reader::from_str(xml), Vec::new());
    loop {
        match reader.read_event() {
            Ok(Event::Start(tag) | Event::Empty(tag)) if tag.local_name().as_ref() == element => {
                let value = tag.try_get_attribute(attribute).ok().flatten();
                values.push(value.map(|value| value.value.into_owned()).unwrap_or_default());
            }
            Ok(Event::Eof) | Err(_) => return values,
            Ok(_) => {}
        }
    }
}
