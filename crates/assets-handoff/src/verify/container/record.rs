use std::io::{self, Read};

use assets_domain::archive::Entry;
use chrono::{DateTime, NaiveDate, Utc};

use super::CENTRAL;
use crate::manifest::MAX_NAME_BYTES;

const RECORD_BYTES: usize = 46;
/// The longest extra field: the three numbers of ZIP64.
const MAX_EXTRA_BYTES: usize = 4 + 3 * 8;

/// What the directory says of one file.
pub(super) struct Record {
    pub(super) bytes: Vec<u8>,
    pub(super) moment: Option<DateTime<Utc>>,
    pub(super) entry: Entry,
    pub(super) offset: u64,
}

impl Record {
    /// The next record; nothing if what comes is none.
    pub(super) fn read(records: &mut impl Read) -> io::Result<Option<Self>> {
        let mut bytes = vec![0; RECORD_BYTES];
        if !fill(records, &mut bytes)? || !bytes.starts_with(CENTRAL) {
            return Ok(None);
        }
        let length = |at| number_16(&bytes, at).map_or(usize::MAX, usize::from);
        let (name, extra) = (length(28), length(30));
        if name > MAX_NAME_BYTES || extra > MAX_EXTRA_BYTES {
            return Ok(None);
        }
        bytes.resize(RECORD_BYTES + name + extra, 0);
        let is_whole = fill(records, bytes.get_mut(RECORD_BYTES..).unwrap_or_default())?;
        Ok(if is_whole { Self::of(bytes, name) } else { None })
    }

    fn of(bytes: Vec<u8>, name_bytes: usize) -> Option<Self> {
        let (name, extra) = bytes.get(RECORD_BYTES..)?.split_at_checked(name_bytes)?;
        let (size, place) = (number_32(&bytes, 24)?, number_32(&bytes, 42)?);
        let (mut size_bytes, mut offset) = (u64::from(size), u64::from(place));
        let mut at = 4;
        if size == u32::MAX {
            // The size stands there twice: as it is, and as it is stored.
            (size_bytes, at) = (number_64(extra, at)?, at + 16);
        }
        if place == u32::MAX {
            offset = number_64(extra, at)?;
        }
        let name = String::from_utf8(name.to_vec()).ok()?;
        let moment = moment(number_16(&bytes, 12)?, number_16(&bytes, 14)?);
        let crc32 = number_32(&bytes, 16)?;
        Some(Self { moment, entry: Entry { name, size_bytes, crc32 }, offset, bytes })
    }
}

/// The moment that two fields of a header say, if they say one.
fn moment(time: u16, date: u16) -> Option<DateTime<Utc>> {
    let (time, date) = (u32::from(time), u32::from(date));
    let year = i32::try_from(date >> 9).ok()?.checked_add(1980)?;
    let day = NaiveDate::from_ymd_opt(year, date >> 5 & 15, date & 31)?;
    Some(day.and_hms_opt(time >> 11, time >> 5 & 63, (time & 31) * 2)?.and_utc())
}

/// Fills a buffer; not if there is less to be read.
fn fill(from: &mut impl Read, buffer: &mut [u8]) -> io::Result<bool> {
    match from.read_exact(buffer) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at.checked_add(N)?)?.try_into().ok()
}

pub(super) fn number_16(bytes: &[u8], at: usize) -> Option<u16> {
    array(bytes, at).map(u16::from_le_bytes)
}

pub(super) fn number_32(bytes: &[u8], at: usize) -> Option<u32> {
    array(bytes, at).map(u32::from_le_bytes)
}

pub(super) fn number_64(bytes: &[u8], at: usize) -> Option<u64> {
    array(bytes, at).map(u64::from_le_bytes)
}

#[cfg(test)]
mod tests {
    use assets_domain::archive::Form;

    use super::*;

    #[test]
    fn numbers_beyond_32_bits_are_read_where_they_stand() {
        let form = Form::at("2026-11-22T21:36:58Z".parse().unwrap());
        let limit = u64::from(u32::MAX);
        for (size_bytes, offset) in [(1, 2), (limit - 1, limit - 1), (limit, 7), (7, limit), (limit + 9, limit + 8), (1 << 50, 1 << 60)] {
            let entry = Entry { name: "video/a.mp4".to_owned(), size_bytes, crc32: 0xdead_beef };
            let bytes = form.record(&entry, offset);
            let record = Record::read(&mut bytes.as_slice()).unwrap().unwrap();
            assert_eq!((record.entry, record.offset, record.bytes), (entry, offset, bytes));
            assert_eq!(record.moment.map(Form::at), Some(form));
        }
    }

    #[test]
    fn a_moment_that_is_none_is_none() {
        assert_eq!(moment(0, 0), None);
        assert_eq!(moment(u16::MAX, u16::MAX), None);
        assert_eq!(moment(0, 1 << 5 | 1), Some("1980-01-01T00:00:00Z".parse().unwrap()));
    }
}
