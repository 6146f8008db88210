//! The archive: a ZIP whose every byte follows from the list of its entries.
//!
//! Entries are stored as they are (method 0), and their sizes and checksums are known before the first byte is sent. So
//! where each of them lies, and how long the whole is, is known as well, and the archive can be given out from any byte on.
//! The form is that of PKWARE's APPNOTE 6.3, with its ZIP64 fields only where a number needs them.

use std::collections::HashSet;

use chrono::{DateTime, Datelike, Timelike, Utc};

use crate::{AssetId, AssetType, MediaType, Title};

const LOCAL: u32 = 0x0403_4b50;
const CENTRAL: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;
const END_64: u32 = 0x0606_4b50;
const LOCATOR_64: u32 = 0x0706_4b50;

/// What a reader must know of: 2.0, or 4.5 where there are fields of ZIP64.
const PLAIN: u16 = 20;
const ZIP64: u16 = 45;
/// Made on Unix, so that the permissions below are believed.
const MADE_BY: u16 = 3 << 8 | ZIP64;
/// A file that its owner may write and everybody may read.
const PERMISSIONS: u32 = 0o100_644 << 16;
/// Names are UTF-8.
const UTF8: u16 = 1 << 11;
/// What stands in a field of 32 or 16 bits whose number stands in one of ZIP64.
const ELSEWHERE_32: u32 = u32::MAX;
const ELSEWHERE_16: u16 = u16::MAX;
/// The tag of the extra field of ZIP64.
const EXTRA_64: u16 = 1;

/// The most characters of a title in a name, and the most bytes: a name has at most 255.
const SLUG_CHARS: usize = 60;
const SLUG_BYTES: usize = 180;

/// What goes along with the members of an export, in this order behind them: what each of them is, the signed approvals, the keys
/// that check these, what a receiver should know, the digests of all that, and the signature of these digests.
pub const PAPERS: [&str; 6] = [MANIFEST, ATTESTATIONS, PUBLIC_KEYS, README, SUMS, SEAL];
/// See [`PAPERS`].
pub const MANIFEST: &str = "manifest.json";
/// See [`PAPERS`].
pub const ATTESTATIONS: &str = "attestations.intoto.jsonl";
/// See [`PAPERS`].
pub const PUBLIC_KEYS: &str = "keys.json";
/// See [`PAPERS`].
pub const README: &str = "README.txt";
/// See [`PAPERS`].
pub const SUMS: &str = "SHA256SUMS";
/// See [`PAPERS`].
pub const SEAL: &str = "export.intoto.jsonl";

/// One file in an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its name, with `/` between folders.
    pub name: String,
    /// How many bytes it has.
    pub size_bytes: u64,
    /// Their CRC-32.
    pub crc32: u32,
}

/// The form of one archive: all its files bear one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Form {
    time: u16,
    date: u16,
}

impl Form {
    /// Files of a moment, cut to two seconds, as the form has it; 1980 to 2107.
    #[must_use]
    pub fn at(moment: DateTime<Utc>) -> Self {
        let field = |value: u32, shift: u32| u16::try_from(value << shift).unwrap_or(0);
        let year = u32::try_from(moment.year().clamp(1980, 2107) - 1980).unwrap_or(0);
        Self {
            time: field(moment.hour(), 11) | field(moment.minute(), 5) | field(moment.second() / 2, 0),
            date: field(year, 9) | field(moment.month(), 5) | field(moment.day(), 0),
        }
    }

    /// What stands in front of the bytes of an entry.
    #[must_use]
    pub fn opening(self, entry: &Entry) -> Vec<u8> {
        let size = narrow(entry.size_bytes);
        let extra = if size.is_none() { extra(&[entry.size_bytes, entry.size_bytes]) } else { Vec::new() };
        let mut bytes = Vec::with_capacity(30 + entry.name.len() + extra.len());
        put_32(&mut bytes, LOCAL);
        self.put_common(&mut bytes, entry, needs(&extra), size, &extra);
        bytes.extend_from_slice(entry.name.as_bytes());
        bytes.extend_from_slice(&extra);
        bytes
    }

    /// What the directory says of an entry whose [opening](Form::opening) is at an offset.
    #[must_use]
    pub fn record(self, entry: &Entry, offset: u64) -> Vec<u8> {
        let (size, place) = (narrow(entry.size_bytes), narrow(offset));
        let mut wide = Vec::new();
        if size.is_none() {
            wide.extend([entry.size_bytes, entry.size_bytes]);
        }
        if place.is_none() {
            wide.push(offset);
        }
        let extra = if wide.is_empty() { Vec::new() } else { extra(&wide) };
        let mut bytes = Vec::with_capacity(46 + entry.name.len() + extra.len());
        put_32(&mut bytes, CENTRAL);
        put_16(&mut bytes, MADE_BY);
        self.put_common(&mut bytes, entry, needs(&extra), size, &extra);
        // No comment, on the first disk, with no attributes inside.
        for _ in 0..3 {
            put_16(&mut bytes, 0);
        }
        put_32(&mut bytes, PERMISSIONS);
        put_32(&mut bytes, place.unwrap_or(ELSEWHERE_32));
        bytes.extend_from_slice(entry.name.as_bytes());
        bytes.extend_from_slice(&extra);
        bytes
    }

    /// What stands behind the directory, which has so many records and lies at an offset.
    #[must_use]
    pub fn closing(entries: u64, directory_at: u64, directory_bytes: u64) -> Vec<u8> {
        let count = u16::try_from(entries).ok().filter(|count| *count != ELSEWHERE_16);
        let (size, place) = (narrow(directory_bytes), narrow(directory_at));
        let mut bytes = Vec::with_capacity(56 + 20 + 22);
        if count.is_none() || size.is_none() || place.is_none() {
            put_32(&mut bytes, END_64);
            // What follows of this record: 56 bytes without its signature and this number.
            put_64(&mut bytes, 44);
            put_16(&mut bytes, MADE_BY);
            put_16(&mut bytes, ZIP64);
            put_32(&mut bytes, 0);
            put_32(&mut bytes, 0);
            for number in [entries, entries, directory_bytes, directory_at] {
                put_64(&mut bytes, number);
            }
            put_32(&mut bytes, LOCATOR_64);
            put_32(&mut bytes, 0);
            put_64(&mut bytes, directory_at.saturating_add(directory_bytes));
            put_32(&mut bytes, 1);
        }
        put_32(&mut bytes, END);
        put_16(&mut bytes, 0);
        put_16(&mut bytes, 0);
        put_16(&mut bytes, count.unwrap_or(ELSEWHERE_16));
        put_16(&mut bytes, count.unwrap_or(ELSEWHERE_16));
        put_32(&mut bytes, size.unwrap_or(ELSEWHERE_32));
        put_32(&mut bytes, place.unwrap_or(ELSEWHERE_32));
        put_16(&mut bytes, 0);
        bytes
    }

    /// The fields that both headers have, in the same order.
    fn put_common(self, bytes: &mut Vec<u8>, entry: &Entry, needed: u16, size: Option<u32>, extra: &[u8]) {
        for field in [needed, UTF8, 0, self.time, self.date] {
            put_16(bytes, field);
        }
        for field in [entry.crc32, size.unwrap_or(ELSEWHERE_32), size.unwrap_or(ELSEWHERE_32)] {
            put_32(bytes, field);
        }
        for length in [entry.name.len(), extra.len()] {
            put_16(bytes, u16::try_from(length).unwrap_or(ELSEWHERE_16));
        }
    }
}

/// Where files come to lie, one behind the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    form: Form,
    end: u64,
    directory_bytes: u64,
    entries: u64,
}

impl Layout {
    /// Nothing yet.
    #[must_use]
    pub const fn of(form: Form) -> Self {
        Self { form, end: 0, directory_bytes: 0, entries: 0 }
    }

    /// Puts a file behind those that are there. Answers its offset.
    pub fn place(&mut self, entry: &Entry) -> u64 {
        let offset = self.end;
        self.end = offset.saturating_add(length(&self.form.opening(entry))).saturating_add(entry.size_bytes);
        self.directory_bytes = self.directory_bytes.saturating_add(length(&self.form.record(entry, offset)));
        self.entries = self.entries.saturating_add(1);
        offset
    }

    /// Where the next file would come to lie, or the directory.
    #[must_use]
    pub const fn end(&self) -> u64 {
        self.end
    }

    /// How many files there are.
    #[must_use]
    pub const fn entries(&self) -> u64 {
        self.entries
    }

    /// What stands behind the directory.
    #[must_use]
    pub fn closing(&self) -> Vec<u8> {
        Form::closing(self.entries, self.end, self.directory_bytes)
    }
}

/// Gives members of an archive their names: `{type}/{slug-of-title}-{short-id}.{ext}`.
///
/// Two names never differ in case or composition alone, since the end of an asset's id tells them apart; nor is any of them
/// one that Windows keeps for itself, since a hyphen is in each.
#[derive(Debug, Default)]
pub struct Names {
    short_ids: HashSet<u32>,
}

impl Names {
    /// The name of the next member.
    pub fn next(&mut self, asset_type: AssetType, title: &Title, id: AssetId, media_type: MediaType) -> String {
        let (_, chance) = id.as_uuid().as_u64_pair();
        let short = u32::try_from(chance & u64::from(u32::MAX)).unwrap_or(0);
        let id = if self.short_ids.insert(short) { format!("{short:08x}") } else { id.as_uuid().simple().to_string() };
        let slug = slug(title.as_str()).unwrap_or_else(|| asset_type.as_str().to_owned());
        format!("{asset_type}/{slug}-{id}.{}", media_type.extension())
    }
}

/// The letters and digits of a title in lower case and composed (NFC), with a hyphen between words; `None` if it has none.
fn slug(title: &str) -> Option<String> {
    use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};
    // What is composed of two characters may be one in lower case, and the other way round.
    let lower = title.nfc().flat_map(char::to_lowercase).nfc();
    let (mut slug, mut chars, mut is_between) = (String::new(), 0, false);
    for c in lower {
        // A mark belongs to the letter before it.
        let belongs = c.is_alphanumeric() || (is_combining_mark(c) && !slug.is_empty() && !is_between);
        if !belongs {
            is_between = true;
            continue;
        }
        let more = if is_between && !slug.is_empty() { 2 } else { 1 };
        if chars + more > SLUG_CHARS || slug.len() + 1 + c.len_utf8() > SLUG_BYTES {
            break;
        }
        if more == 2 {
            slug.push('-');
        }
        slug.push(c);
        (chars, is_between) = (chars + more, false);
    }
    (!slug.is_empty()).then_some(slug)
}

/// A number in 32 bits, if it is not to stand in a field of ZIP64.
fn narrow(number: u64) -> Option<u32> {
    u32::try_from(number).ok().filter(|number| *number != ELSEWHERE_32)
}

const fn needs(extra: &[u8]) -> u16 {
    if extra.is_empty() { PLAIN } else { ZIP64 }
}

fn extra(numbers: &[u64]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(4 + 8 * numbers.len());
    put_16(&mut bytes, EXTRA_64);
    put_16(&mut bytes, u16::try_from(8 * numbers.len()).unwrap_or(0));
    for number in numbers {
        put_64(&mut bytes, *number);
    }
    bytes
}

fn put_16(bytes: &mut Vec<u8>, number: u16) {
    bytes.extend_from_slice(&number.to_le_bytes());
}

fn put_32(bytes: &mut Vec<u8>, number: u32) {
    bytes.extend_from_slice(&number.to_le_bytes());
}

fn put_64(bytes: &mut Vec<u8>, number: u64) {
    bytes.extend_from_slice(&number.to_le_bytes());
}

fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(size_bytes: u64) -> Entry {
        Entry { name: "image/hero-00000001.png".to_owned(), size_bytes, crc32: 0xdead_beef }
    }

    fn form() -> Form {
        Form::at("2026-11-22T21:36:59Z".parse().unwrap())
    }

    fn named(title: &str) -> String {
        let id = "019b76da-a800-7000-8000-0000000000fe".parse().unwrap();
        Names::default().next(AssetType::Image, &Title::parse(title).unwrap(), id, MediaType::Png)
    }

    #[test]
    fn fields_are_wide_only_where_a_number_needs_it() {
        let limit = u64::from(u32::MAX);
        assert_eq!(form().opening(&entry(limit - 1)).len(), 30 + 23);
        assert_eq!(form().opening(&entry(limit)).len(), 30 + 23 + 20);
        assert_eq!(form().record(&entry(1), limit - 1).len(), 46 + 23);
        assert_eq!(form().record(&entry(1), limit).len(), 46 + 23 + 12);
        assert_eq!(form().record(&entry(limit), limit).len(), 46 + 23 + 28);
        assert_eq!(Form::closing(65_534, 0, 0).len(), 22);
        for wide in [Form::closing(65_535, 0, 0), Form::closing(0, limit, 0), Form::closing(0, 0, limit)] {
            assert_eq!(wide.len(), 56 + 20 + 22);
        }
    }

    #[test]
    fn moments_are_those_of_the_form() {
        assert_eq!(form(), Form { time: 21 << 11 | 36 << 5 | 29, date: 46 << 9 | 11 << 5 | 22 });
        assert_eq!(Form::at(DateTime::from_timestamp(0, 0).unwrap()).date, 1 << 5 | 1);
    }

    #[test]
    fn names_are_readable_and_safe() {
        assert_eq!(named("Spring launch: hero (final)!"), "image/spring-launch-hero-final-000000fe.png");
        assert_eq!(named("../../etc/passwd"), "image/etc-passwd-000000fe.png");
        assert_eq!(named("CON"), "image/con-000000fe.png");
        assert_eq!(named("…"), "image/image-000000fe.png");
        assert_eq!(named("Gro\u{308}ße für 東京"), "image/gr\u{f6}ße-für-東京-000000fe.png");
        assert_eq!(named("\u{301}"), "image/image-000000fe.png");
    }

    #[test]
    fn two_assets_have_two_names_whatever_their_ids_end_with() {
        let mut names = Names::default();
        let mut name = |id: &str| names.next(AssetType::Copy, &Title::parse("A").unwrap(), id.parse().unwrap(), MediaType::Markdown);
        assert_eq!(name("019b76da-a800-7000-8000-0000000000fe"), "copy/a-000000fe.md");
        assert_eq!(name("019b76da-a801-7000-8000-0000000000fe"), "copy/a-019b76daa801700080000000000000fe.md");
    }

    proptest::proptest! {
        #[test]
        fn a_name_stays_in_its_folder_and_is_one_that_every_system_takes(title in "\\PC{1,300}") {
            let Ok(title) = Title::parse(title) else { return Ok(()) };
            let name = named(title.as_str());
            let (folder, file) = name.split_once('/').unwrap();
            proptest::prop_assert_eq!(folder, "image");
            proptest::prop_assert!(!file.contains(['/', '\\', ':', '*', '?', '"', '<', '>', '|']) && !file.contains(char::is_control));
            proptest::prop_assert!(!file.starts_with('.') && file.ends_with("-000000fe.png") && file.len() <= 255);
            use unicode_normalization::is_nfc;
            proptest::prop_assert!(is_nfc(&name));
        }
    }
}
