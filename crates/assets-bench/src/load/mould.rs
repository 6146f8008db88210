//! The rows of the mould as they stand in its database, with holes for what every generation has of its own.

use std::{collections::HashMap, path::Path};

use assets_domain::{Details, SearchText};
use rusqlite::{Connection, OpenFlags, types::Value};
use serde::Deserialize;
use uuid::Uuid;

use super::template::{Cell, Holes, Table};
use crate::Failure;

/// What belongs to one asset, in the order in which rows refer to each other.
const TABLES: [&str; 7] = ["assets", "versions", "decisions", "authors", "events", "listing", "listing_tags"];
/// What is there once, however many generations there are.
pub(crate) const ONCE: [&str; 4] = ["workspaces", "keys", "blobs", "texts"];
/// What a fresh database makes for itself, what nothing refers to, and the index of words, which is made anew.
const LEFT: [&str; 6] = ["sqlite_", "seaql_migrations", "leases", "tombstones", "receipts", "listing_text"];

/// The mould.
pub(crate) struct Mould {
    pub(crate) holes: Holes,
    pub(crate) tables: Vec<Table>,
}

impl Mould {
    /// Reads the mould from its database.
    ///
    /// # Errors
    /// The database is not what the service makes.
    pub(crate) fn read(database: &Path) -> Result<Self, Failure> {
        let connection = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        let holes = holes(&connection)?;
        know_every_table(&connection)?;
        let events = by_workspace(&connection)?;
        let reading = Reading { connection: &connection, holes: &holes, events: &events };
        let mut tables = TABLES.iter().map(|name| reading.table(name)).collect::<Result<Vec<_>, _>>()?;
        tables.push(reading.texts()?);
        Ok(Self { holes, tables })
    }
}

fn holes(connection: &Connection) -> Result<Holes, Failure> {
    let mut ids = HashMap::new();
    for sql in ["SELECT id FROM assets ORDER BY rowid", "SELECT id FROM events ORDER BY rowid"] {
        let mut statement = connection.prepare(sql)?;
        let found = statement.query_map([], |row| row.get::<_, Vec<u8>>(0))?;
        for id in found {
            let place = ids.len();
            ids.insert(Uuid::from_slice(&id?)?, place);
        }
    }
    let (first, last) =
        connection.query_row("SELECT min(occurred_at), max(occurred_at) FROM events", [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(Holes { ids, span: first..=last })
}

/// What the loader does not know of would be missing in what it loads.
fn know_every_table(connection: &Connection) -> Result<(), Failure> {
    let mut statement = connection.prepare("SELECT name FROM sqlite_master WHERE type = 'table'")?;
    let names = statement.query_map([], |row| row.get::<_, String>(0))?;
    for name in names {
        let name = name?;
        let is_known = TABLES.iter().chain(&ONCE).any(|known| *known == name) || LEFT.iter().any(|known| name.starts_with(known));
        if !is_known {
            return Err(format!("the service has a table that is not loaded: {name}").into());
        }
    }
    Ok(())
}

fn by_workspace(connection: &Connection) -> Result<HashMap<Vec<u8>, i64>, Failure> {
    let mut statement = connection.prepare("SELECT id, event_sequence FROM workspaces")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

struct Reading<'a> {
    connection: &'a Connection,
    holes: &'a Holes,
    events: &'a HashMap<Vec<u8>, i64>,
}

impl Reading<'_> {
    fn table(&self, name: &str) -> Result<Table, Failure> {
        let order = if matches!(name, "authors" | "listing_tags") { "workspace_id" } else { "rowid" };
        let mut statement = self.connection.prepare(&format!("SELECT * FROM {name} ORDER BY {order}"))?;
        let columns: Vec<String> = statement.column_names().into_iter().map(str::to_owned).collect();
        let mut found = statement.query([])?;
        let mut rows = Vec::new();
        while let Some(row) = found.next()? {
            let mut cells = Vec::with_capacity(columns.len());
            for (place, column) in columns.iter().enumerate() {
                let workspace: Vec<u8> = row.get("workspace_id")?;
                cells.push(self.cell(name, column, row.get(place)?, &workspace)?);
            }
            rows.push(cells);
        }
        Ok(Table { name: name.to_owned(), columns, rows })
    }

    fn cell(&self, table: &str, column: &str, value: Value, workspace: &[u8]) -> Result<Cell, Failure> {
        Ok(match (table, column, value) {
            ("events", "sequence", Value::Integer(number)) => {
                Cell::Counted(number, self.events.get(workspace).copied().ok_or("an event of no workspace")?)
            }
            ("listing", "id", Value::Integer(id)) | ("listing_tags", "listing_id", Value::Integer(id)) => Cell::Placed(id),
            (_, _, Value::Integer(moment)) if self.holes.span.contains(&moment) => Cell::Moment(moment),
            (_, _, Value::Text(text)) => Cell::text(&text, self.holes),
            (_, _, Value::Blob(bytes)) => match Uuid::from_slice(&bytes).ok().and_then(|id| self.holes.ids.get(&id)) {
                Some(place) => Cell::Id(*place),
                None => Cell::Fixed(Value::Blob(bytes)),
            },
            (_, _, value) => Cell::Fixed(value),
        })
    }

    /// What is searched, as the service makes it of a row's details and its content's text. It cannot be read back: the
    /// index keeps no text. Only PostgreSQL has the columns behind the words.
    fn texts(&self) -> Result<Table, Failure> {
        let mut words =
            self.connection.prepare("SELECT words FROM texts WHERE workspace_id = ? AND digest = ? AND type = ? AND media_type = ?")?;
        let mut statement =
            self.connection.prepare("SELECT id, workspace_id, view, type, digest, body, created_at, asset_id FROM listing ORDER BY id")?;
        let mut found = statement.query([])?;
        let mut rows = Vec::new();
        while let Some(row) = found.next()? {
            let (workspace, view, kind, digest): (Vec<u8>, i64, String, Vec<u8>) = (row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?);
            let body: String = row.get(5)?;
            let (details, media_type) = Snapshot::parse(&body)?.seen(view);
            let mut content = words.query((&workspace, digest, kind, media_type))?;
            let content: Option<String> = content.next()?.map(|row| row.get(0)).transpose()?;
            let text = details.search_text().and(&SearchText::from_folded(content.unwrap_or_default()));
            let tenant = Uuid::from_slice(&workspace)?.simple().to_string();
            let short = format!("={}{view}", tenant.get(27..).unwrap_or_default());
            let asset = self.cell("listing", "asset_id", row.get(7)?, &workspace)?;
            rows.push(vec![
                Cell::Placed(row.get(0)?),
                Cell::Fixed(Value::Text(short)),
                Cell::text(text.as_str(), self.holes),
                Cell::Moment(row.get(6)?),
                asset,
                Cell::Fixed(Value::Text(format!("={tenant}v{view}"))),
            ]);
        }
        Ok(Table {
            name: "listing_text".to_owned(),
            columns: ["rowid", "scope", "words", "created_at", "asset_id", "tenant"].map(str::to_owned).to_vec(),
            rows,
        })
    }
}

/// As much of a row's body as its text is made of.
#[derive(Deserialize)]
struct Snapshot {
    details: Details,
    latest: Kept,
    standing: Option<Standing>,
}

#[derive(Deserialize)]
struct Standing {
    version: Option<Kept>,
    details: Option<Details>,
}

#[derive(Deserialize)]
struct Kept {
    content: Content,
}

#[derive(Deserialize)]
struct Content {
    media_type: String,
}

impl Snapshot {
    fn parse(body: &str) -> Result<Self, Failure> {
        Ok(serde_json::from_str(body)?)
    }

    /// Details and media type as a view has them.
    fn seen(self, view: i64) -> (Details, String) {
        let Self { details, latest, standing } = self;
        match standing.filter(|_| view == 1) {
            None => (details, latest.content.media_type),
            Some(standing) => (standing.details.unwrap_or(details), standing.version.unwrap_or(latest).content.media_type),
        }
    }
}
