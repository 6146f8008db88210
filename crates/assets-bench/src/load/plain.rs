//! The floor's own tables, made from what the service answers about the same assets.

use rusqlite::types::Value as Kept;
use serde_json::Value;
use uuid::Uuid;

use super::{
    studio::Made,
    template::{Cell, Holes, Table},
};
use crate::{
    Failure,
    floor::columns::{Column, DECISION, Holds, ITEM, ITEM_KEYS, PLACES, VERSION},
};

/// Makes the rows of the floor.
///
/// # Errors
/// An answer is not what the service documents.
pub(crate) fn tables(made: &[Made], holes: &Holes) -> Result<Vec<Table>, Failure> {
    let mut sorted: Vec<_> = made.iter().collect();
    sorted.sort_by_key(|made| text(&made.document, "created_at").map(str::to_owned));
    let rows = Rows { holes, stride: i64::try_from(made.len())? };
    let (mut items, mut versions, mut decisions, mut tags) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (place, made) in (1..).zip(sorted) {
        let document = &made.document;
        items.push(rows.item(place, made)?);
        for version in array(document, "versions") {
            versions.push([vec![rows.place(place)], rows.cells(version, &VERSION)].concat());
        }
        for (revision, decision) in (2..).zip(array(document, "decisions")) {
            decisions.push([vec![rows.place(place), integer(revision)], rows.cells(decision, &DECISION)].concat());
        }
        for tag in array(document, "tags") {
            let tag = tag.as_str().unwrap_or_default();
            let workspace = integer(i64::try_from(made.tenant)?);
            tags.push(vec![workspace, Cell::Fixed(Kept::Text(tag.to_owned())), rows.created(document)?, rows.place(place)]);
        }
    }
    let of_item = PLACES.iter().flat_map(|(prefix, _)| VERSION.iter().map(move |column| format!("{prefix}_{}", column.name)));
    Ok(vec![
        Table { name: "items".to_owned(), columns: [names(&[], &ITEM_KEYS), names(&[], &ITEM), of_item.collect()].concat(), rows: items },
        Table { name: "versions".to_owned(), columns: names(&["item"], &VERSION), rows: versions },
        Table { name: "decisions".to_owned(), columns: names(&["item", "revision"], &DECISION), rows: decisions },
        Table { name: "tags".to_owned(), columns: names(&["workspace", "tag", "created", "place"], &[]), rows: tags },
    ])
}

fn names(keys: &[&str], columns: &[Column]) -> Vec<String> {
    keys.iter().copied().chain(columns.iter().map(|column| column.name)).map(str::to_owned).collect()
}

struct Rows<'a> {
    holes: &'a Holes,
    /// By how much a generation advances the places of the items.
    stride: i64,
}

impl Rows<'_> {
    fn place(&self, place: i64) -> Cell {
        Cell::Counted(place, self.stride)
    }

    fn created(&self, document: &Value) -> Result<Cell, Failure> {
        let created = text(document, "created_at").ok_or("an asset without a time")?;
        Ok(Cell::Moment(chrono::DateTime::parse_from_rfc3339(created)?.timestamp_micros()))
    }

    fn item(&self, place: i64, made: &Made) -> Result<Vec<Cell>, Failure> {
        let document = &made.document;
        let id = Uuid::parse_str(text(document, "id").unwrap_or_default())?;
        if !self.holes.ids.contains_key(&id) {
            return Err(format!("the database does not have {id}").into());
        }
        let has_approved = document.get("approved_version").is_some_and(|version| !version.is_null());
        let mut row =
            vec![self.place(place), integer(i64::try_from(made.tenant)?), self.created(document)?, integer(i64::from(has_approved))];
        row.extend(self.cells(document, &ITEM));
        for (_, pointer) in PLACES {
            row.extend(self.cells(document.pointer(pointer).unwrap_or(&Value::Null), &VERSION));
        }
        Ok(row)
    }

    fn cells(&self, from: &Value, columns: &[Column]) -> Vec<Cell> {
        columns.iter().map(|column| self.cell(from, column)).collect()
    }

    fn cell(&self, from: &Value, column: &Column) -> Cell {
        let value = from.pointer(column.pointer).filter(|value| !value.is_null());
        let kept = match (column.holds, value) {
            (Holds::Text, Some(Value::String(text))) => return Cell::text(text, self.holes),
            (Holds::List, Some(list)) => return Cell::text(&list.to_string(), self.holes),
            (Holds::Integer, Some(value)) => value.as_i64().map(Kept::Integer),
            (Holds::Real, Some(value)) => value.as_f64().map(Kept::Real),
            (Holds::Flag, Some(value)) => value.as_bool().map(|flag| Kept::Integer(i64::from(flag))),
            _ => None,
        };
        Cell::Fixed(kept.unwrap_or(Kept::Null))
    }
}

fn integer(number: i64) -> Cell {
    Cell::Fixed(Kept::Integer(number))
}

fn text<'v>(from: &'v Value, name: &str) -> Option<&'v str> {
    from.get(name).and_then(Value::as_str)
}

fn array<'v>(from: &'v Value, name: &str) -> &'v [Value] {
    from.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}
