use std::{
    cell::RefCell,
    io::{self, Read, Seek},
};

use assets_domain::archive::Form;

use super::{
    super::{Finding, section::Section},
    CENTRAL, count,
    record::{number_16, number_32, number_64},
};

const LOCAL: &[u8] = b"PK\x03\x04";
const END: &[u8] = b"PK\x05\x06";
const END_BYTES: usize = 22;
/// Both records of ZIP64, in front of the end.
const END_64_BYTES: usize = 56 + 20;
/// How far from the end of the file the end of the archive is looked for, to say what stands behind it.
const TAIL_BYTES: u64 = 128 << 10;

/// What stands behind the directory.
pub(super) struct End {
    pub(super) files: u64,
    pub(super) directory_bytes: u64,
    pub(super) directory_at: u64,
    pub(super) length: usize,
}

impl End {
    pub(super) fn find<F: Read + Seek>(file: &RefCell<F>, length: u64) -> io::Result<Result<Self, Finding>> {
        let tail_at = length.saturating_sub(TAIL_BYTES);
        let tail = Section::new(file, tail_at..length).bytes()?;
        let has = |at: u64, signature: &[u8]| {
            let found = Section::new(file, at..at.saturating_add(4).min(length)).bytes()?;
            Ok::<_, io::Error>(found == signature)
        };
        let last = tail.len().saturating_sub(END_BYTES);
        for at in (0..=last).rev() {
            let Some(end) = Self::read(&tail, at) else { continue };
            let behind = count(tail.len().saturating_sub(at + END_BYTES));
            let closing_at = tail_at + count((at + END_BYTES).saturating_sub(end.length));
            let Some(directory_end) = end.directory_at.checked_add(end.directory_bytes) else { continue };
            match (closing_at.checked_sub(directory_end), behind) {
                (Some(0), 0) => return Ok(Ok(end)),
                (Some(0), count) => return Ok(Err(Finding::BytesBehind { count })),
                // An archive may be a file of an archive: this is not the end that is looked for.
                (_, 1..) => {}
                (None, 0) => return Ok(Err(Finding::CutOff)),
                // All of it lies further back than it says, or only its end does.
                (Some(count), 0) if has(end.directory_at.saturating_add(count), CENTRAL)? => {
                    return Ok(Err(Finding::BytesBefore { count }));
                }
                (Some(count), 0) => return Ok(Err(Finding::BytesBetween { before: "the end of the directory".to_owned(), count })),
            }
        }
        let is_end = tail.get(last..).is_some_and(|bytes| bytes.starts_with(END));
        Ok(Err(match has(0, LOCAL)? {
            _ if is_end => Finding::BrokenDirectory { why: "its end contradicts itself" },
            true => Finding::CutOff,
            false => Finding::NotAnArchive,
        }))
    }

    /// Reads the end at a place, if it is exactly what is written for its numbers.
    fn read(tail: &[u8], at: usize) -> Option<Self> {
        let end = tail.get(at..at + END_BYTES).filter(|end| end.starts_with(END))?;
        let narrow = (u64::from(number_16(end, 10)?), u64::from(number_32(end, 12)?), u64::from(number_32(end, 16)?));
        let is_wide = narrow.0 == u64::from(u16::MAX) || narrow.1.max(narrow.2) == u64::from(u32::MAX);
        let wide = if is_wide {
            let wide = tail.get(at.checked_sub(END_64_BYTES)?..at)?;
            Some((number_64(wide, 32)?, number_64(wide, 40)?, number_64(wide, 48)?))
        } else {
            None
        };
        let (files, directory_bytes, directory_at) = wide.unwrap_or(narrow);
        let closing = Form::closing(files, directory_at, directory_bytes);
        let begin = (at + END_BYTES).checked_sub(closing.len())?;
        (tail.get(begin..at + END_BYTES)? == closing).then_some(Self { files, directory_bytes, directory_at, length: closing.len() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_beyond_32_bits_is_read_only_as_it_is_written() {
        for (files, directory_at, directory_bytes) in [(3, 4, 5), (70_000, 4, 5), (3, 1 << 40, 5), (65_535, 1 << 33, 1 << 34)] {
            let mut closing = Form::closing(files, directory_at, directory_bytes);
            let at = closing.len() - END_BYTES;
            let end = End::read(&closing, at).unwrap();
            assert_eq!(
                (end.files, end.directory_at, end.directory_bytes, end.length),
                (files, directory_at, directory_bytes, closing.len())
            );
            closing[4] ^= 1;
            assert!(End::read(&closing, at).is_none());
        }
    }
}
