//! MP4 and QuickTime: boxes within boxes, of which three tell how long and how large.

use assets_domain::{
    Facts,
    ports::{Breakage, RandomRead},
};

/// How many boxes are looked at: many times what a player's file has, and little enough for a made-up one.
const MAX_BOXES: u32 = 1000;
/// The longest of the boxes that are read, `tkhd` of version 1.
const READ_BYTES: u64 = 96;

/// A box: what kind it is, and where its content lies.
struct Box {
    kind: [u8; 4],
    start: u64,
    end: u64,
}

pub(super) async fn measure(content: &dyn RandomRead) -> Result<Facts, Breakage> {
    let mut walk = Walk { content, boxes_left: MAX_BOXES };
    let mut facts = Facts::default();
    let whole = Box { kind: *b"file", start: 0, end: content.size_bytes() };
    let Some(movie) = walk.find(&whole, *b"moov").await? else { return Ok(facts) };

    let mut at = movie.start;
    while let Some(inner) = walk.next(at, movie.end).await? {
        at = inner.end;
        match &inner.kind {
            b"mvhd" => facts.duration_seconds = duration(&walk.read(&inner).await?),
            b"trak" if facts.width.is_none() => {
                if let Some(header) = walk.find(&inner, *b"tkhd").await?
                    && let Some((width, height)) = size(&walk.read(&header).await?)
                {
                    (facts.width, facts.height) = (Some(width), Some(height));
                }
            }
            _ => {}
        }
    }
    Ok(facts)
}

/// Goes from box to box.
struct Walk<'a> {
    content: &'a dyn RandomRead,
    boxes_left: u32,
}

impl Walk<'_> {
    /// The box that begins at a place, if there is a whole header and its size fits into what it lies in.
    async fn next(&mut self, at: u64, limit: u64) -> Result<Option<Box>, Breakage> {
        if self.boxes_left == 0 || limit.saturating_sub(at) < 8 {
            return Ok(None);
        }
        self.boxes_left = self.boxes_left.saturating_sub(1);
        let header = self.content.read(at..limit.min(at.saturating_add(16))).await?;
        Ok(parse(&header, at, limit))
    }

    async fn find(&mut self, within: &Box, kind: [u8; 4]) -> Result<Option<Box>, Breakage> {
        let mut at = within.start;
        while let Some(inner) = self.next(at, within.end).await? {
            if inner.kind == kind {
                return Ok(Some(inner));
            }
            at = inner.end;
        }
        Ok(None)
    }

    async fn read(&self, inner: &Box) -> Result<bytes::Bytes, Breakage> {
        self.content.read(inner.start..inner.end.min(inner.start.saturating_add(READ_BYTES))).await
    }
}

/// A size of 1 stands for a longer size behind the kind, a size of 0 for all that is left.
fn parse(header: &[u8], at: u64, limit: u64) -> Option<Box> {
    let size = u32::from_be_bytes(*header.first_chunk()?);
    let kind = *header.get(4..)?.first_chunk()?;
    let (header_size, size) = match size {
        0 => (8, limit.checked_sub(at)?),
        1 => (16, u64::from_be_bytes(*header.get(8..)?.first_chunk()?)),
        size => (8, u64::from(size)),
    };
    let (start, end) = (at.checked_add(header_size)?, at.checked_add(size)?);
    (start <= end && end <= limit).then_some(Box { kind, start, end })
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().copied().map(u32::from_be_bytes)
}

/// `mvhd`: version and flags, two times, ticks a second, ticks. All ones, or none, means not known.
fn duration(header: &[u8]) -> Option<f64> {
    let (scale, high, low) = match header.first()? {
        0 => (number(header, 12)?, 0, number(header, 16)?),
        1 => (number(header, 20)?, number(header, 24)?, number(header, 28)?),
        _ => return None,
    };
    let ticks = f64::from(high) * 4_294_967_296.0 + f64::from(low);
    (scale > 0 && low != u32::MAX && ticks > 0.0).then(|| ticks / f64::from(scale))
}

/// `tkhd`: at its end a matrix and the size, whose upper half is whole pixels. Tracks of sound have none. A matrix
/// without its diagonal is a quarter turn, as of a telephone held upright.
fn size(header: &[u8]) -> Option<(u32, u32)> {
    let matrix = match header.first()? {
        0 => 40,
        1 => 52,
        _ => return None,
    };
    let (width, height) = (number(header, matrix + 36)? >> 16, number(header, matrix + 40)? >> 16);
    let is_turned = number(header, matrix)? == 0 && number(header, matrix + 16)? == 0;
    let shown = if is_turned { (height, width) } else { (width, height) };
    (width > 0 && height > 0).then_some(shown)
}
