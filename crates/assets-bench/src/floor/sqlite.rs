//! The floor on SQLite: a connection a thread, kept statements, nothing between the row and the answer.

use std::{cell::RefCell, path::Path, time::Duration};

use rusqlite::{Connection, OptionalExtension, Row, params, params_from_iter, types::Value};

use super::{
    body::{Body, Decision, Fields, Item, Version},
    query::{ADD, Asked, DECISIONS, DIGEST, MOVE, ONE, PAGE, RECORD, VERSIONS},
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
        let mut body = Body::of(128 << 10);
        body.begin("items");
        let mut last = None;
        for _ in 0..PAGE {
            let Some(row) = rows.next()? else { break };
            body.element(&Item::read(row)?)?;
            last = row.integer(2)?.zip(row.integer(0)?);
        }
        let more = rows.next()?.is_some();
        body.end_page(last.filter(|_| more))
    })
}

pub(super) fn history(database: &Path, id: &str) -> Result<Option<Vec<u8>>, Failure> {
    with(database, |connection| {
        let mut statement = connection.prepare_cached(ONE)?;
        let mut rows = statement.query([id])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        let mut body = Body::of(16 << 10);
        body.value(&Item::read(row)?)?;
        let place = row.integer(0)?;
        body.begin("versions");
        let mut statement = connection.prepare_cached(VERSIONS)?;
        let mut rows = statement.query([place])?;
        while let Some(row) = rows.next()? {
            body.element(&Version::read(row, 1)?)?;
        }
        body.end();
        body.begin("decisions");
        let mut statement = connection.prepare_cached(DECISIONS)?;
        let mut rows = statement.query([place])?;
        while let Some(row) = rows.next()? {
            body.element(&Decision::read(row)?)?;
        }
        body.end();
        Ok(Some(body.into_bytes()))
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
        connection.prepare_cached(ADD)?.execute(params![name, digest, i64::try_from(size_bytes)?, like])?;
        one(connection, like)
    })
}

pub(super) fn digest(database: &Path, id: &str) -> Result<Option<String>, Failure> {
    with(database, |connection| Ok(connection.prepare_cached(DIGEST)?.query_row([id], |row| row.get(0)).optional()?))
}

fn one(connection: &Connection, id: &str) -> Result<Option<Vec<u8>>, Failure> {
    let mut statement = connection.prepare_cached(ONE)?;
    let mut rows = statement.query([id])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let mut body = Body::of(4 << 10);
    body.value(&Item::read(row)?)?;
    Ok(Some(body.into_bytes()))
}

impl Fields for Row<'_> {
    fn text(&self, place: usize) -> Result<Option<&str>, Failure> {
        Ok(self.get_ref(place)?.as_str_or_null()?)
    }

    fn integer(&self, place: usize) -> Result<Option<i64>, Failure> {
        Ok(self.get_ref(place)?.as_i64_or_null()?)
    }

    fn real(&self, place: usize) -> Result<Option<f64>, Failure> {
        Ok(self.get_ref(place)?.as_f64_or_null()?)
    }

    fn flag(&self, place: usize) -> Result<Option<bool>, Failure> {
        Ok(self.integer(place)?.map(|number| number != 0))
    }
}
