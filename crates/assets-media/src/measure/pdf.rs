//! Pages of a PDF, where its page tree lies open: newer files may keep it packed, and then the number is not known.

use assets_domain::ports::{Breakage, RandomRead};

use super::tail;

/// How much is looked at, at each end.
const END_BYTES: u64 = 1 << 20;

/// How many pages there are: the greatest count of a node of the page tree, which is that of its root.
pub(super) async fn pages(content: &dyn RandomRead) -> Result<Option<u32>, Breakage> {
    let head = count(&content.read(0..END_BYTES).await?);
    if content.size_bytes() <= END_BYTES {
        return Ok(head);
    }
    Ok(head.max(count(&content.read(tail(content, END_BYTES)).await?)))
}

fn count(bytes: &[u8]) -> Option<u32> {
    objects(bytes).filter(|object| is_page_tree(object)).filter_map(page_count).max().filter(|count| *count > 0)
}

/// What stands between one `endobj` and the next.
fn objects(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(bytes);
    std::iter::from_fn(move || {
        let bytes = rest?;
        let (object, behind) = match split_once(bytes, b"endobj") {
            Some((object, behind)) => (object, Some(behind)),
            None => (bytes, None),
        };
        rest = behind;
        Some(object)
    })
}

fn is_page_tree(object: &[u8]) -> bool {
    let mut rest = object;
    while let Some((_, behind)) = split_once(rest, b"/Type") {
        if let Some(after) = behind.trim_ascii_start().strip_prefix(b"/Pages") {
            return !after.first().is_some_and(u8::is_ascii_alphanumeric);
        }
        rest = behind;
    }
    false
}

fn page_count(object: &[u8]) -> Option<u32> {
    let (_, behind) = split_once(object, b"/Count")?;
    let behind = behind.trim_ascii_start();
    let digits = behind.iter().take_while(|byte| byte.is_ascii_digit()).count();
    std::str::from_utf8(behind.get(..digits)?).ok()?.parse().ok()
}

fn split_once<'a>(bytes: &'a [u8], by: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = bytes.windows(by.len()).position(|window| window == by)?;
    Some((bytes.get(..at)?, bytes.get(at.checked_add(by.len())?..)?))
}
