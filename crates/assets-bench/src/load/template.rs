//! Text with holes: what differs between two generations of the same mould.

use std::{collections::HashMap, fmt::Write, ops::RangeInclusive};

use chrono::{DateTime, SecondsFormat};
use rusqlite::types::Value;
use uuid::Uuid;

use super::studio::GENERATION;

const ID_LENGTH: usize = 36;
const MICROS_DIGITS: usize = 16;
/// The longest a moment is as text: microseconds and `Z`.
const MOMENT_LENGTH: usize = 27;

/// Which moments and ids a mould has.
pub(crate) struct Holes {
    pub(crate) ids: HashMap<Uuid, usize>,
    /// In microseconds since 1970.
    pub(crate) span: RangeInclusive<i64>,
}

impl Holes {
    fn moment(&self, text: &str) -> Option<i64> {
        let moment = DateTime::parse_from_rfc3339(text).ok()?.timestamp_micros();
        self.span.contains(&moment).then_some(moment)
    }
}

/// One generation: what goes into the holes.
pub(crate) struct Generation {
    pub(crate) number: u64,
    /// How many there are in all; the last one is the mould as it was made.
    pub(crate) count: u64,
    pub(crate) ids: Vec<Uuid>,
    /// The span of the mould, and how long a generation lasts, in microseconds.
    pub(crate) span: RangeInclusive<i64>,
    pub(crate) lasts_micros: i64,
}

impl Generation {
    /// A generation that comes at its place in time, the last one ending when the mould was finished.
    pub(crate) fn new(number: u64, count: u64, holes: &Holes, lasts_micros: i64) -> Self {
        let mut ids = vec![Uuid::nil(); holes.ids.len()];
        let mut generation = Self { number, count, ids: Vec::new(), span: holes.span.clone(), lasts_micros };
        for (id, place) in &holes.ids {
            if let Some(free) = ids.get_mut(*place) {
                *free = generation.id(*id);
            }
        }
        generation.ids = ids;
        generation
    }

    /// When something of the mould happens here.
    pub(crate) fn moment(&self, mould: i64) -> i64 {
        let (first, last) = (*self.span.start(), *self.span.end());
        let behind = i64::try_from(self.count - self.number).unwrap_or(i64::MAX).saturating_mul(self.lasts_micros);
        let within = i128::from(mould - first) * i128::from(self.lasts_micros) / i128::from((last - first).max(1) + 1);
        last - behind + i64::try_from(within).unwrap_or(0)
    }

    /// An id of this generation: its time fits, its rest is one of its own.
    fn id(&self, mould: Uuid) -> Uuid {
        let (high, low) = mould.as_u64_pair();
        let millis = self.moment(i64::try_from(high >> 16).unwrap_or(0) * 1000) / 1000;
        let mark = (self.number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 4;
        let (version, variant) = (high & 0xffff, low >> 62 << 62);
        let time = u64::try_from(millis).unwrap_or(0) << 16;
        Uuid::from_u64_pair(time | version, variant | ((low ^ mark) & (u64::MAX >> 2)))
    }
}

#[derive(Clone)]
enum Piece {
    Text(String),
    Id(usize),
    Moment(i64),
    Micros(i64),
    Generation,
}

/// Text with holes.
#[derive(Clone)]
pub(crate) struct Template(Vec<Piece>);

impl Template {
    /// Finds the holes in a text.
    pub(crate) fn parse(text: &str, holes: &Holes) -> Self {
        let mut pieces = Vec::new();
        let (mut kept, mut place) = (0, 0);
        while place < text.len() {
            let Some((piece, length)) = hole(text, place, holes) else {
                place += 1;
                continue;
            };
            pieces.push(Piece::Text(text.get(kept..place).unwrap_or_default().to_owned()));
            pieces.push(piece);
            place += length;
            kept = place;
        }
        pieces.push(Piece::Text(text.get(kept..).unwrap_or_default().to_owned()));
        Self(pieces)
    }

    fn render(&self, generation: &Generation) -> String {
        let mut text = String::with_capacity(2048);
        for piece in &self.0 {
            // Writing into a string does not fail.
            let _written = match piece {
                Piece::Text(kept) => text.write_str(kept),
                Piece::Id(place) => write!(text, "{}", generation.ids.get(*place).copied().unwrap_or_default()),
                Piece::Micros(mould) => write!(text, "{}", generation.moment(*mould)),
                Piece::Generation => write!(text, "generation{:04}", generation.number),
                Piece::Moment(mould) => {
                    let moment = DateTime::from_timestamp_micros(generation.moment(*mould)).unwrap_or_default();
                    text.write_str(&moment.to_rfc3339_opts(SecondsFormat::AutoSi, true))
                }
            };
        }
        text
    }
}

fn hole(text: &str, place: usize, holes: &Holes) -> Option<(Piece, usize)> {
    let bytes = text.as_bytes();
    let first = bytes.get(place)?;
    if *first == b'g' && text.get(place..)?.starts_with(GENERATION) {
        return Some((Piece::Generation, GENERATION.len()));
    }
    if !first.is_ascii_hexdigit() || place.checked_sub(1).and_then(|before| bytes.get(before)).is_some_and(u8::is_ascii_alphanumeric) {
        return None;
    }
    if bytes.get(place + 8) == Some(&b'-')
        && let Some(id) = text.get(place..place + ID_LENGTH).and_then(|text| Uuid::parse_str(text).ok())
        && let Some(known) = holes.ids.get(&id)
    {
        return Some((Piece::Id(*known), ID_LENGTH));
    }
    if bytes.get(place + 4) == Some(&b'-') {
        let long = text.get(place..(place + MOMENT_LENGTH).min(text.len()))?;
        let length = long.find('Z')? + 1;
        return Some((Piece::Moment(holes.moment(long.get(..length)?)?), length));
    }
    let micros: i64 = text.get(place..place + MICROS_DIGITS)?.parse().ok()?;
    let ends = !bytes.get(place + MICROS_DIGITS).is_some_and(u8::is_ascii_alphanumeric);
    (ends && holes.span.contains(&micros)).then_some((Piece::Micros(micros), MICROS_DIGITS))
}

/// One value of a row of the mould.
#[derive(Clone)]
pub(crate) enum Cell {
    /// The same in every generation.
    Fixed(Value),
    /// An id as its 16 bytes.
    Id(usize),
    /// Microseconds since 1970.
    Moment(i64),
    Text(Template),
    /// A number that goes on from generation to generation: the number, and by how much a generation advances it.
    Counted(i64, i64),
    /// The id of a row of a list: the moment of its creation, and what tells rows of one moment apart.
    Placed(i64),
}

/// How many bits of the id of a row of a list tell rows of one moment apart.
const TIES_BITS: u32 = 11;

impl Cell {
    /// A text, with holes if it has any.
    pub(crate) fn text(text: &str, holes: &Holes) -> Self {
        let template = Template::parse(text, holes);
        if template.0.len() == 1 { Self::Fixed(Value::Text(text.to_owned())) } else { Self::Text(template) }
    }

    /// The value in a generation.
    pub(crate) fn render(&self, generation: &Generation) -> Value {
        match self {
            Self::Fixed(value) => value.clone(),
            Self::Id(place) => Value::Blob(generation.ids.get(*place).copied().unwrap_or_default().as_bytes().to_vec()),
            Self::Moment(mould) => Value::Integer(generation.moment(*mould)),
            Self::Text(template) => Value::Text(template.render(generation)),
            Self::Counted(number, stride) => {
                let before = i64::try_from(generation.number).unwrap_or(i64::MAX).saturating_mul(*stride);
                Value::Integer(number.saturating_add(before))
            }
            Self::Placed(id) => Value::Integer(generation.moment(id >> TIES_BITS) << TIES_BITS | (id & ((1 << TIES_BITS) - 1))),
        }
    }
}

/// The rows of one table.
pub(crate) struct Table {
    pub(crate) name: String,
    pub(crate) columns: Vec<String>,
    pub(crate) rows: Vec<Vec<Cell>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generation_has_its_own_ids_and_times_and_the_same_rest() {
        let id = Uuid::parse_str("01a20266-f3a1-7010-816a-e0b3127b573f").unwrap();
        let holes = Holes { ids: HashMap::from([(id, 0)]), span: 1_795_336_631_000_000..=1_795_336_632_000_000 };
        let text = r#"{"id":"01a20266-f3a1-7010-816a-e0b3127b573f","at":1795336631201200,"when":"2026-11-22T08:37:11.201200Z","n":"generation0000 ü"}"#;
        let cell = Cell::text(text, &holes);
        let last = Generation::new(0, 2, &holes, 1_000_001);
        let Value::Text(rendered) = cell.render(&last) else { panic!("no text") };
        let kept: serde_json::Value = serde_json::from_str(&rendered).unwrap();
        assert_eq!(kept["n"], "generation0000 ü");
        assert_eq!(kept["at"], 1_795_336_630_201_198_i64);
        assert_eq!(kept["when"], "2026-11-22T08:37:10.201198Z");
        let own = Uuid::parse_str(kept["id"].as_str().unwrap()).unwrap();
        assert_ne!(own, id);
        assert_eq!(own.get_version_num(), 7);
    }

    #[test]
    fn what_is_no_hole_stays() {
        let holes = Holes { ids: HashMap::new(), span: 0..=1 };
        let text = "sha256:b21573e4ce73871396f7ffa83d3fd483 2026-11-22T08:37:11Z 01a20266-f3a1-7010-816a-e0b3127b573f";
        assert!(matches!(Cell::text(text, &holes), Cell::Fixed(Value::Text(kept)) if kept == text));
    }
}
