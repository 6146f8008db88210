//! Slides of a presentation: the files so named in the directory at the end of the archive.

use assets_domain::ports::{Breakage, RandomRead};

use super::tail;

/// The end record is 22 bytes and a comment of up to 65,535.
const END_BYTES: u64 = 22 + 65_535;
const END_RECORD: &[u8] = b"PK\x05\x06";
const DIRECTORY_ENTRY: &[u8] = b"PK\x01\x02";
/// A directory beyond this is not counted: it would be one of some 50,000 files.
const MAX_DIRECTORY_BYTES: u64 = 4 << 20;

/// How many slides there are; `None` if the directory cannot be read, or names none.
pub(super) async fn slides(content: &dyn RandomRead) -> Result<Option<u32>, Breakage> {
    let end = content.read(tail(content, END_BYTES)).await?;
    let Some((offset, size)) = directory(&end).filter(|(_, size)| *size <= MAX_DIRECTORY_BYTES) else {
        return Ok(None);
    };
    let directory = content.read(offset..offset.saturating_add(size)).await?;
    let count = names(&directory).filter(|name| is_slide(name)).count();
    Ok(u32::try_from(count).ok().filter(|count| *count > 0))
}

/// Where the directory lies and how large it is.
fn directory(end: &[u8]) -> Option<(u64, u64)> {
    let at = end.windows(END_RECORD.len()).rposition(|window| window == END_RECORD)?;
    let record = end.get(at..)?;
    let number = |at: usize| Some(u64::from(u32::from_le_bytes(*record.get(at..)?.first_chunk()?)));
    Some((number(16)?, number(12)?))
}

fn names(directory: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = directory;
    std::iter::from_fn(move || {
        let entry = rest.strip_prefix(DIRECTORY_ENTRY)?;
        let number = |at: usize| Some(usize::from(u16::from_le_bytes(*entry.get(at..)?.first_chunk()?)));
        let (name_size, extra_size, comment_size) = (number(24)?, number(26)?, number(28)?);
        let behind = entry.get(42..)?;
        let (name, behind) = behind.split_at_checked(name_size)?;
        rest = behind.get(extra_size.checked_add(comment_size)?..).unwrap_or_default();
        Some(name)
    })
}

/// `ppt/slides/slide12.xml`
fn is_slide(name: &[u8]) -> bool {
    let number = name.strip_prefix(b"ppt/slides/slide").and_then(|rest| rest.strip_suffix(b".xml"));
    number.is_some_and(|digits| !digits.is_empty() && digits.iter().all(u8::is_ascii_digit))
}
