//! WebM: elements within elements (EBML), of which a few in front tell how long and how large.

use assets_domain::{
    Facts,
    ports::{Breakage, RandomRead},
};

/// How much is looked at: what is said of the whole stands before the first picture.
const HEAD_BYTES: u64 = 1 << 20;
/// How many elements are looked at: many times what a file has in front.
const MAX_ELEMENTS: u32 = 2000;

const SEGMENT: u32 = 0x1853_8067;
const INFO: u32 = 0x1549_a966;
const TIME_SCALE: u32 = 0x002a_d7b1;
const DURATION: u32 = 0x4489;
const TRACKS: u32 = 0x1654_ae6b;
const TRACK: u32 = 0xae;
const VIDEO: u32 = 0xe0;
const WIDTH: u32 = 0xb0;
const HEIGHT: u32 = 0xba;
/// Nanoseconds a tick, where the file does not say.
const USUAL_TIME_SCALE: u64 = 1_000_000;

pub(super) async fn measure(content: &dyn RandomRead) -> Result<Facts, Breakage> {
    Ok(facts(&content.read(0..HEAD_BYTES).await?))
}

fn facts(head: &[u8]) -> Facts {
    let mut walk = Walk { elements_left: MAX_ELEMENTS };
    let (mut ticks, mut scale) = (None, USUAL_TIME_SCALE);
    let mut size = (None, None);
    for (id, segment) in walk.elements(head) {
        if id != SEGMENT {
            continue;
        }
        for (id, element) in walk.elements(segment) {
            match id {
                INFO => {
                    for (id, value) in walk.elements(element) {
                        match id {
                            TIME_SCALE => scale = unsigned(value).filter(|scale| *scale > 0).unwrap_or(scale),
                            DURATION => ticks = float(value),
                            _ => {}
                        }
                    }
                }
                TRACKS => size = walk.size(element),
                _ => {}
            }
        }
    }
    // A tick is a whole number of nanoseconds, far below what a double holds exactly.
    let seconds = ticks.map(|ticks| ticks * u32::try_from(scale).map_or(f64::INFINITY, f64::from) / 1e9);
    Facts {
        width: size.0,
        height: size.1,
        duration_seconds: seconds.filter(|seconds| seconds.is_finite() && *seconds > 0.0),
        ..Facts::default()
    }
}

/// Goes from element to element.
struct Walk {
    elements_left: u32,
}

impl Walk {
    /// The elements of a piece, as far as there are whole headers. What is cut off at its end, or of unknown size, reaches to the
    /// end.
    fn elements<'a>(&mut self, piece: &'a [u8]) -> Vec<(u32, &'a [u8])> {
        let (mut found, mut rest) = (Vec::new(), piece);
        while self.elements_left > 0
            && let Some((id, behind)) = id(rest)
            && let Some((size, behind)) = size(behind)
        {
            self.elements_left = self.elements_left.saturating_sub(1);
            let end = size.and_then(|size| usize::try_from(size).ok()).unwrap_or(usize::MAX).min(behind.len());
            let (element, after) = behind.split_at(end);
            found.push((id, element));
            rest = after;
        }
        found
    }

    /// Width and height of the first track that has pictures.
    fn size(&mut self, tracks: &[u8]) -> (Option<u32>, Option<u32>) {
        let tracks = self.elements(tracks).into_iter().filter(|(id, _)| *id == TRACK);
        let Some((_, video)) = tracks.flat_map(|(_, track)| self.elements(track)).find(|(id, _)| *id == VIDEO) else {
            return (None, None);
        };
        let elements = self.elements(video);
        let pixels = |wanted| {
            let value = elements.iter().find(|(id, _)| *id == wanted).and_then(|(_, value)| unsigned(value));
            value.and_then(|pixels| u32::try_from(pixels).ok()).filter(|pixels| *pixels > 0)
        };
        (pixels(WIDTH), pixels(HEIGHT))
    }
}

/// An id of one to four bytes, with the bits that say how many.
fn id(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let length = usize::try_from(bytes.first()?.leading_zeros()).ok()?.checked_add(1).filter(|length| *length <= 4)?;
    let (id, rest) = bytes.split_at_checked(length)?;
    Some((id.iter().fold(0, |id, byte| id << 8 | u32::from(*byte)), rest))
}

/// A size of one to eight bytes, without the bit that says how many; nothing if all of its bits are ones.
fn size(bytes: &[u8]) -> Option<(Option<u64>, &[u8])> {
    let first = *bytes.first()?;
    let length = usize::try_from(first.leading_zeros()).ok()?.checked_add(1).filter(|length| *length <= 8)?;
    let (size, rest) = bytes.split_at_checked(length)?;
    let bits = u32::try_from(length).ok()?.checked_mul(7)?;
    let ones = 1_u64.checked_shl(bits)?.checked_sub(1)?;
    let value = size.iter().fold(0, |size, byte| size << 8 | u64::from(*byte)) & ones;
    Some(((value != ones).then_some(value), rest))
}

fn unsigned(value: &[u8]) -> Option<u64> {
    (value.len() <= 8).then(|| value.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

fn float(value: &[u8]) -> Option<f64> {
    match value.len() {
        4 => Some(f64::from(f32::from_be_bytes(*value.first_chunk()?))),
        8 => Some(f64::from_be_bytes(*value.first_chunk()?)),
        _ => None,
    }
}
