//! The floor on SQLite: a connection a thread, kept statements, nothing between the row and the answer.

use std::{cell::RefCell, path::Path, time::Duration};

use rusqlite::{Connection, OptionalExtension, Row, params, params_from_iter, types::Value};

use super::{
    body::{Decision, Item, Json, Version},
    query::{Asked, DECISIONS, ITEM, MOVE, PAGE, RECORD, VERSIONS},
};
use crate::Failure;

thread_local! {
    static CONNECTION: RefCell<Option<Connection>> = const { RefCell::new(None) };
}

/// Opens what this thread reads and writes with: as durable as the service.
fn open(database: &Path) -> Result<Connection, Failure> {
    let connection = Connection::open(database)?;
    connection.execute_batch("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL")?;
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

fn with<T>(database: &Path, work: impl FnOnce(&Connection) -> Result<T, Failure>) -> Result<T, Failure> {
    CONNECTION.with_borrow_mut(|kept| {
        let connection = match kept {
            Some(connection) => connection,
            None => kept.insert(open(database)?),
        };
        work(connection)
    })
}

pub(super) fn page(database: &Path, asked: &Asked) -> Result<Vec<u8>, Failure> {
    with(database, |connection| {
        let (sql, texts) = asked.statement();
        let mut values =
            vec![Value::Integer(0), Value::Integer(asked.created.unwrap_or(i64::MAX)), Value::Integer(asked.place.unwrap_or(i64::MAX))];
        values.extend(texts.into_iter().map(|text| Value::Text(text.to_owned())));
        let mut statement = connection.prepare_cached(&sql)?;
        let mut rows = statement.query(params_from_iter(values))?;
        let mut json = Json::with_room(128 << 10);
        json.raw("{\"items\":[");
        let mut last = None;
        for _ in 0..PAGE {
            let Some(row) = rows.next()? else { break };
            item(row)?.write_open(&mut json);
            json.trim();
            json.raw("},");
            last = Some((row.get::<_, i64>(24)?, row.get::<_, i64>(25)?));
        }
        let more = rows.next()?.is_some();
        json.trim();
        json.raw("],\"next_cursor\":");
        json.value(&last.filter(|_| more).map(|(created, place)| format!("{created}-{place}")));
        json.raw("}");
        Ok(json.0)
    })
}

pub(super) fn history(database: &Path, id: &str) -> Result<Option<Vec<u8>>, Failure> {
    with(database, |connection| {
        let mut statement = connection.prepare_cached(&format!("SELECT {ITEM} FROM items i WHERE id = ?1"))?;
        let mut rows = statement.query([id])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        let mut json = Json::with_room(16 << 10);
        item(row)?.write_open(&mut json);
        let place: i64 = row.get(25)?;
        json.raw("\"versions\":[");
        let mut statement = connection.prepare_cached(VERSIONS)?;
        let mut rows = statement.query([place])?;
        while let Some(row) = rows.next()? {
            version(row, 0)?.write(&mut json);
        }
        json.trim();
        json.raw("],\"decisions\":[");
        let mut statement = connection.prepare_cached(DECISIONS)?;
        let mut rows = statement.query([place])?;
        while let Some(row) = rows.next()? {
            decision(row)?.write(&mut json);
        }
        json.trim();
        json.raw("]}");
        Ok(Some(json.0))
    })
}

pub(super) fn transition(database: &Path, id: &str, from: &str, to: &str, at: &str) -> Result<Option<Vec<u8>>, Failure> {
    with(database, |connection| {
        connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        let moved = connection.prepare_cached(MOVE)?.execute(params![id, to, at, from])?;
        if moved == 0 {
            connection.execute_batch("ROLLBACK")?;
            return Ok(None);
        }
        connection.prepare_cached(RECORD)?.execute(params![id, to, at])?;
        let body = one(connection, id)?;
        connection.prepare_cached("COMMIT")?.execute([])?;
        Ok(body)
    })
}

pub(super) fn add(database: &Path, name: &str, digest: &str, size_bytes: usize, like: &str) -> Result<Option<Vec<u8>>, Failure> {
    with(database, |connection| {
        let insert = "INSERT INTO uploads (name, digest, size_bytes, item) VALUES (?1, ?2, ?3, ?4)";
        connection.prepare_cached(insert)?.execute(params![name, digest, i64::try_from(size_bytes)?, like])?;
        one(connection, like)
    })
}

pub(super) fn digest(database: &Path, id: &str) -> Result<Option<String>, Failure> {
    with(database, |connection| {
        let mut statement = connection.prepare_cached("SELECT digest FROM items WHERE id = ?1")?;
        Ok(statement.query_row([id], |row| row.get(0)).optional()?)
    })
}

fn one(connection: &Connection, id: &str) -> Result<Option<Vec<u8>>, Failure> {
    let mut statement = connection.prepare_cached(&format!("SELECT {ITEM} FROM items i WHERE id = ?1"))?;
    let mut rows = statement.query([id])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let mut json = Json::with_room(4 << 10);
    item(row)?.write_open(&mut json);
    json.trim();
    json.raw("}");
    Ok(Some(json.0))
}

fn text<'r>(row: &'r Row<'_>, place: usize) -> Result<&'r str, Failure> {
    Ok(row.get_ref(place)?.as_str()?)
}

fn perhaps<'r>(row: &'r Row<'_>, place: usize) -> Result<Option<&'r str>, Failure> {
    Ok(row.get_ref(place)?.as_str_or_null()?)
}

fn version<'r>(row: &'r Row<'_>, first: usize) -> Result<Version<'r>, Failure> {
    Ok(Version {
        number: row.get(first)?,
        status: text(row, first + 1)?,
        digest: text(row, first + 2)?,
        size_bytes: row.get(first + 3)?,
        media_type: text(row, first + 4)?,
        filename: text(row, first + 5)?,
        facts: text(row, first + 6)?,
        provenance: text(row, first + 7)?,
        note: perhaps(row, first + 8)?,
        restored_from: row.get(first + 9)?,
        created_by: text(row, first + 10)?,
        created_at: text(row, first + 11)?,
    })
}

fn item<'r>(row: &'r Row<'_>) -> Result<Item<'r>, Failure> {
    Ok(Item {
        id: text(row, 0)?,
        kind: text(row, 1)?,
        title: text(row, 2)?,
        description: perhaps(row, 3)?,
        status: text(row, 4)?,
        tags: text(row, 5)?,
        provenance: text(row, 6)?,
        latest: version(row, 7)?,
        approved: perhaps(row, 19)?,
        preview_url: perhaps(row, 20)?,
        created_at: text(row, 21)?,
        updated_at: text(row, 22)?,
        revision: row.get(23)?,
    })
}

fn decision<'r>(row: &'r Row<'_>) -> Result<Decision<'r>, Failure> {
    Ok(Decision {
        action: text(row, 0)?,
        version: row.get(1)?,
        digest: text(row, 2)?,
        bytes_named: row.get(3)?,
        by: text(row, 4)?,
        at: text(row, 5)?,
        comment: perhaps(row, 6)?,
        carried_from: row.get(7)?,
        title: text(row, 8)?,
        description: perhaps(row, 9)?,
        tags: text(row, 10)?,
    })
}
