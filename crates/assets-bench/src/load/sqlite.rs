//! Rows into SQLite, as fast as it takes them: nothing is synced until the end, and indexes are built over what is there.

use std::path::Path;

use rusqlite::{Connection, params_from_iter};

use super::{
    Generations,
    mould::{Mould, ONCE},
    template::Table,
};
use crate::Failure;

/// How many generations one transaction holds.
const GENERATIONS_A_TRANSACTION: usize = 10;
/// What a load does without, and the service never would.
const CARELESS: &str =
    "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA foreign_keys=OFF; PRAGMA cache_size=-1000000; PRAGMA locking_mode=EXCLUSIVE";
/// How the service finds it.
const CAREFUL: &str = "PRAGMA locking_mode=NORMAL; PRAGMA synchronous=FULL; PRAGMA journal_mode=WAL";

/// Fills a fresh database of the service.
///
/// # Errors
/// SQLite refuses.
pub(crate) fn fill(database: &Path, source: &Path, mould: &Mould, generations: &Generations<'_>) -> Result<(), Failure> {
    let connection = Connection::open(database)?;
    connection.execute_batch(CARELESS)?;
    connection.execute("ATTACH ? AS source", [source.display().to_string()])?;
    for table in ONCE {
        connection.execute(&format!("INSERT INTO {table} SELECT * FROM source.{table}"), [])?;
    }
    let count = i64::try_from(generations.count)?;
    connection.execute("UPDATE workspaces SET event_sequence = event_sequence * ?", [count])?;
    connection.execute("DETACH source", [])?;

    let indexes = indexes(&connection)?;
    for (name, _) in &indexes {
        connection.execute_batch(&format!("DROP INDEX {name}"))?;
    }
    insert(&connection, &mould.tables, generations)?;
    for (_, sql) in &indexes {
        connection.execute_batch(sql)?;
    }
    check(&connection)?;
    connection.execute_batch(CAREFUL)?;
    Ok(())
}

/// Makes and fills the database of the floor.
///
/// # Errors
/// SQLite refuses.
pub(crate) fn fill_floor(database: &Path, tables: &[Table], generations: &Generations<'_>) -> Result<(), Failure> {
    let connection = Connection::open(database)?;
    connection.execute_batch(CARELESS)?;
    connection.execute_batch(&crate::floor::columns::schema())?;
    insert(&connection, tables, generations)?;
    connection.execute_batch(include_str!("../floor/indexes.sql"))?;
    connection.execute_batch(CAREFUL)?;
    Ok(())
}

/// The indexes that are not part of a table's definition, with how they are made.
fn indexes(connection: &Connection) -> Result<Vec<(String, String)>, Failure> {
    let mut statement = connection.prepare("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn insert(connection: &Connection, tables: &[Table], generations: &Generations<'_>) -> Result<(), Failure> {
    let mut statements = Vec::new();
    for Table { name, columns, .. } in tables {
        // The index of words has its words alone.
        let columns = if name == "listing_text" { columns.get(..3).unwrap_or_default() } else { columns };
        let marks = vec!["?"; columns.len()].join(",");
        statements.push((columns.len(), connection.prepare(&format!("INSERT INTO {name} ({}) VALUES ({marks})", columns.join(",")))?));
    }
    connection.execute_batch("BEGIN")?;
    for (place, generation) in generations.each().enumerate() {
        for (table, (columns, statement)) in tables.iter().zip(&mut statements) {
            for row in &table.rows {
                statement.execute(params_from_iter(row.iter().take(*columns).map(|cell| cell.render(&generation))))?;
            }
        }
        if place % GENERATIONS_A_TRANSACTION == GENERATIONS_A_TRANSACTION - 1 {
            connection.execute_batch("COMMIT; BEGIN")?;
        }
    }
    Ok(connection.execute_batch("COMMIT")?)
}

/// Every reference leads somewhere, and events are numbered without gaps.
fn check(connection: &Connection) -> Result<(), Failure> {
    let dangling: i64 = connection.query_row("SELECT count(*) FROM pragma_foreign_key_check", [], |row| row.get(0))?;
    let gaps: i64 = connection.query_row(
        "SELECT count(*) FROM workspaces w WHERE event_sequence <> (SELECT count(*) FROM events e WHERE e.workspace_id = w.id) \
         OR event_sequence <> (SELECT max(sequence) FROM events e WHERE e.workspace_id = w.id)",
        [],
        |row| row.get(0),
    )?;
    if dangling + gaps == 0 { Ok(()) } else { Err(format!("{dangling} references lead nowhere, {gaps} workspaces have gaps").into()) }
}
