//! The floor's own tables, made from what the service answers about the same assets: the values that are asked by in
//! columns, the parts of an answer that nobody asks by as ready JSON.

use rusqlite::types::Value as Kept;
use serde_json::Value;
use uuid::Uuid;

use super::{
    studio::Made,
    template::{Cell, Holes, Table},
};
use crate::Failure;

const ITEM: [&str; 31] = [
    "place",
    "id",
    "workspace",
    "created",
    "type",
    "title",
    "description",
    "status",
    "tags",
    "campaign_id",
    "provenance",
    "number",
    "version_status",
    "digest",
    "size_bytes",
    "media_type",
    "filename",
    "facts",
    "version_provenance",
    "note",
    "restored_from",
    "created_by",
    "version_created_at",
    "approved",
    "preview_url",
    "created_at",
    "updated_at",
    "revision",
    "agent_slug",
    "type_filter",
    "has_approved",
];
const VERSION: [&str; 13] = [
    "item",
    "number",
    "status",
    "digest",
    "size_bytes",
    "media_type",
    "filename",
    "facts",
    "provenance",
    "note",
    "restored_from",
    "created_by",
    "created_at",
];
const DECISION: [&str; 13] = [
    "item",
    "revision",
    "action",
    "version",
    "digest",
    "bytes_named",
    "made_by",
    "at",
    "comment",
    "carried_from",
    "title",
    "description",
    "tags",
];
const TAG: [&str; 4] = ["workspace", "tag", "created", "place"];

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
            versions.push(rows.version(place, version)?);
        }
        for (revision, decision) in (2..).zip(array(document, "decisions")) {
            decisions.push(rows.decision(place, revision, decision)?);
        }
        for tag in array(document, "tags") {
            let tag = tag.as_str().unwrap_or_default();
            let workspace = integer(i64::try_from(made.tenant)?);
            tags.push(vec![workspace, Cell::Fixed(Kept::Text(tag.to_owned())), rows.created(document)?, rows.place(place)]);
        }
    }
    let table = |name: &str, columns: &[&str], rows| Table {
        name: name.to_owned(),
        columns: columns.iter().map(|column| (*column).to_owned()).collect(),
        rows,
    };
    Ok(vec![
        table("items", &ITEM, items),
        table("versions", &VERSION, versions),
        table("decisions", &DECISION, decisions),
        table("tags", &TAG, tags),
    ])
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
        let latest = document.get("latest_version").ok_or("an asset without a version")?;
        let provenance = document.get("provenance").ok_or("an asset without provenance")?;
        let approved = document.get("approved_version").filter(|approved| !approved.is_null());
        let id = Uuid::parse_str(text(document, "id").unwrap_or_default())?;
        if !self.holes.ids.contains_key(&id) {
            return Err(format!("the database does not have {id}").into());
        }
        let mut row = vec![self.place(place), self.words(document, "id"), integer(i64::try_from(made.tenant)?), self.created(document)?];
        row.extend(["type", "title", "description", "status"].map(|name| self.words(document, name)));
        row.push(self.json(document, "tags"));
        row.push(self.words(provenance, "campaign_id"));
        row.push(self.json(document, "provenance"));
        row.extend(self.version_cells(latest));
        row.push(approved.map_or(Cell::Fixed(Kept::Null), |approved| Cell::text(&approved.to_string(), self.holes)));
        row.extend(["preview_url", "created_at", "updated_at"].map(|name| self.words(document, name)));
        row.push(self.count(document, "revision"));
        row.push(self.words(provenance, "agent_slug"));
        row.push(self.words(document, "type"));
        row.push(integer(i64::from(approved.is_some())));
        Ok(row)
    }

    /// The twelve values of a version.
    fn version_cells(&self, version: &Value) -> Vec<Cell> {
        let nothing = Value::Null;
        let content = version.get("content").unwrap_or(&nothing);
        vec![
            self.count(version, "number"),
            self.words(version, "status"),
            self.words(content, "digest"),
            self.count(content, "size_bytes"),
            self.words(content, "media_type"),
            self.words(content, "filename"),
            self.json(content, "facts"),
            self.json(version, "provenance"),
            self.words(version, "note"),
            self.count(version, "restored_from"),
            self.json(version, "created_by"),
            self.words(version, "created_at"),
        ]
    }

    fn version(&self, place: i64, version: &Value) -> Result<Vec<Cell>, Failure> {
        let mut row = vec![self.place(place)];
        row.extend(self.version_cells(version));
        Ok(row)
    }

    fn decision(&self, place: i64, revision: i64, decision: &Value) -> Result<Vec<Cell>, Failure> {
        let named = decision.get("bytes_named").and_then(Value::as_bool).unwrap_or(false);
        Ok(vec![
            self.place(place),
            integer(revision),
            self.words(decision, "action"),
            self.count(decision, "version"),
            self.words(decision, "digest"),
            integer(i64::from(named)),
            self.json(decision, "by"),
            self.words(decision, "at"),
            self.words(decision, "comment"),
            self.count(decision, "carried_from"),
            self.words(decision, "title"),
            self.words(decision, "description"),
            self.json(decision, "tags"),
        ])
    }

    fn words(&self, from: &Value, name: &str) -> Cell {
        text(from, name).map_or(Cell::Fixed(Kept::Null), |text| Cell::text(text, self.holes))
    }

    fn count(&self, from: &Value, name: &str) -> Cell {
        from.get(name).and_then(Value::as_i64).map_or(Cell::Fixed(Kept::Null), integer)
    }

    fn json(&self, from: &Value, name: &str) -> Cell {
        from.get(name).map_or(Cell::Fixed(Kept::Null), |value| Cell::text(&value.to_string(), self.holes))
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
