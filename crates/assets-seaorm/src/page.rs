//! The rows of a page. The driver of SQLite hands over each row from one thread to another, so there all of them come as one
//! text, each behind what is to be known of it: `<at> <asset> <is ready> <bytes> <text>`.

use assets_domain::{AssetId, Position};
use bytes::{Buf, Bytes};
use sea_orm::{DbErr, QueryResult};
use uuid::Uuid;

use crate::{entity::moment, error::Fault};

/// What a page is sorted by, as its rows call it.
pub(crate) const AT: &str = "at";
/// What decides between rows of one moment, as they call it.
pub(crate) const ASSET: &str = "asset";
/// Whether the text is how the asset is shown, else it is the asset itself; 1 or 0.
pub(crate) const IS_READY: &str = "is_ready";
/// What there is of the asset.
pub(crate) const TEXT: &str = "text";

/// All rows as one, for SQLite.
pub(crate) const AS_ONE: &str =
    r#"string_agg("at" || ' ' || hex("asset") || ' ' || "is_ready" || ' ' || octet_length("text") || ' ' || "text", '')"#;

/// A row of a page. Rows sort by their place in time.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PageRow {
    pub(crate) at: i64,
    asset: Uuid,
    pub(crate) is_ready: bool,
    pub(crate) text: Bytes,
}

impl PageRow {
    pub(crate) fn position(&self) -> Result<Position, Fault> {
        Ok(Position { at: moment(self.at)?, id: AssetId::new(self.asset) })
    }

    /// Reads a row that came by itself, behind `first` other columns. There is none where an outer join found none.
    pub(crate) fn of(row: &QueryResult, first: usize) -> Result<Option<Self>, DbErr> {
        let Some(at) = row.try_get_by_index(first)? else { return Ok(None) };
        let (is_ready, text): (i32, String) = (row.try_get_by_index(first + 2)?, row.try_get_by_index(first + 3)?);
        Ok(Some(Self { at, asset: row.try_get_by_index(first + 1)?, is_ready: is_ready == 1, text: text.into() }))
    }

    /// Takes rows that came as one apart. Their texts share its memory.
    pub(crate) fn all_of(one: String) -> Result<Vec<Self>, Fault> {
        each(one.into(), Self::first_of).ok_or_else(|| Fault::row("a page that cannot be taken apart"))
    }

    fn first_of(rest: &mut Bytes) -> Option<Self> {
        let at = counter(rest)?;
        let asset = Uuid::try_parse(&word(rest)?).ok()?;
        let is_ready = word(rest)? == "1";
        Some(Self { at, asset, is_ready, text: counted(rest)? })
    }
}

/// Takes items off a text until nothing is left; `None` if one of them is not what it should be.
pub(crate) fn each<T>(mut rest: Bytes, take: impl Fn(&mut Bytes) -> Option<T>) -> Option<Vec<T>> {
    let mut items = Vec::new();
    while !rest.is_empty() {
        items.push(take(&mut rest)?);
    }
    Some(items)
}

/// Takes a number and the space behind it.
pub(crate) fn counter(rest: &mut Bytes) -> Option<i64> {
    word(rest)?.parse().ok()
}

/// Takes a text behind the number of its bytes.
pub(crate) fn counted(rest: &mut Bytes) -> Option<Bytes> {
    let length = usize::try_from(counter(rest)?).ok()?;
    (length <= rest.len()).then(|| rest.split_to(length))
}

/// Takes a word and the space behind it.
pub(crate) fn word(rest: &mut Bytes) -> Option<String> {
    let end = rest.iter().take(40).position(|byte| *byte == b' ')?;
    let word = rest.split_to(end);
    rest.advance(1);
    String::from_utf8(word.to_vec()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_came_as_one_are_taken_apart() {
        let (first, second) = (Uuid::from_u128(7), Uuid::from_u128(8));
        let one = format!("12 {:X} 1 3 a b-5 {:X} 0 0 ", first.simple(), second.simple());
        let row = |at, asset, is_ready, text: &'static str| PageRow { at, asset, is_ready, text: text.into() };
        assert_eq!(PageRow::all_of(one).unwrap(), [row(12, first, true, "a b"), row(-5, second, false, "")]);
        assert!(PageRow::all_of(String::new()).unwrap().is_empty());
    }

    #[test]
    fn what_is_cut_short_is_no_page() {
        let whole = format!("12 {} 1 3 a b", Uuid::from_u128(7).simple());
        for length in 1..whole.len() {
            assert!(PageRow::all_of(whole[..length].to_owned()).is_err(), "{}", &whole[..length]);
        }
    }
}
