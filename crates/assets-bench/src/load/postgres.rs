//! Rows into PostgreSQL, by COPY.

use std::{collections::HashMap, fmt::Write, path::Path, pin::pin};

use bytes::Bytes;
use futures_util::SinkExt;
use rusqlite::{OpenFlags, types::Value};
use tokio_postgres::{Client, NoTls};
use uuid::Uuid;

use super::{
    Generations,
    mould::{Mould, ONCE},
    template::{Cell, Table},
};
use crate::{Failure, floor::postgres::SCHEMA};

/// How many generations are copied at once.
const GENERATIONS_A_COPY: u64 = 10;

/// A connection to a database, served in the background.
///
/// # Errors
/// The server does not answer.
pub(crate) async fn connect(url: &str) -> Result<Client, Failure> {
    let (client, work) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(async move {
        if let Err(error) = work.await {
            crate::say(&format!("postgres: {error}"));
        }
    });
    Ok(client)
}

/// The same server with another database.
pub(crate) fn beside(url: &str, database: &str) -> String {
    let (place, options) = url.split_once('?').map_or((url, String::new()), |(place, options)| (place, format!("?{options}")));
    let server = place.rsplit_once('/').map_or(place, |(server, _)| server);
    format!("{server}/{database}{options}")
}

/// Fills a fresh database of the service, which has its schema already.
///
/// # Errors
/// PostgreSQL refuses.
pub(crate) async fn fill(url: &str, source: &Path, mould: &Mould, generations: &Generations<'_>) -> Result<(), Failure> {
    let client = connect(url).await?;
    // The owner may look over the wall while it is down; COPY knows no other way.
    let walled = names(&client, "SELECT relname FROM pg_class WHERE relforcerowsecurity AND relnamespace = 'public'::regnamespace").await?;
    for table in &walled {
        client.batch_execute(&format!("ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")).await?;
    }
    for table in ONCE {
        let (columns, rows) = whole(source, table)?;
        copy(&client, table, &columns, rows).await?;
    }
    let advance = "UPDATE workspaces SET event_sequence = event_sequence * $1";
    client.execute(advance, &[&i64::try_from(generations.count)?]).await?;
    insert(&client, &mould.tables, generations).await?;
    client.batch_execute("SELECT setval(pg_get_serial_sequence('listing', 'id'), (SELECT max(id) FROM listing))").await?;
    for table in &walled {
        client.batch_execute(&format!("ALTER TABLE {table} FORCE ROW LEVEL SECURITY")).await?;
    }
    Ok(client.batch_execute("VACUUM ANALYZE").await?)
}

/// Makes and fills the tables of the floor.
///
/// # Errors
/// PostgreSQL refuses.
pub(crate) async fn fill_floor(url: &str, tables: &[Table], generations: &Generations<'_>) -> Result<(), Failure> {
    let client = connect(url).await?;
    client.batch_execute(&format!("CREATE SCHEMA {SCHEMA}; SET search_path = {SCHEMA}")).await?;
    client.batch_execute(&crate::floor::columns::schema()).await?;
    insert(&client, tables, generations).await?;
    client.batch_execute(include_str!("../floor/indexes.sql")).await?;
    Ok(client.batch_execute("VACUUM ANALYZE").await?)
}

async fn names(client: &Client, sql: &str) -> Result<Vec<String>, Failure> {
    let rows = client.query(sql, &[]).await?;
    Ok(rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?)
}

/// All rows of a table of SQLite.
fn whole(source: &Path, table: &str) -> Result<(Vec<String>, Vec<Vec<Value>>), Failure> {
    let connection = rusqlite::Connection::open_with_flags(source, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let mut statement = connection.prepare(&format!("SELECT * FROM {table}"))?;
    let columns: Vec<String> = statement.column_names().into_iter().map(str::to_owned).collect();
    let rows = statement.query_map([], |row| (0..columns.len()).map(|place| row.get(place)).collect())?;
    let rows = rows.collect::<Result<_, _>>()?;
    Ok((columns, rows))
}

async fn insert(client: &Client, tables: &[Table], generations: &Generations<'_>) -> Result<(), Failure> {
    let mut texts: HashMap<&str, String> = HashMap::new();
    for (place, generation) in (1..).zip(generations.each()) {
        for table in tables {
            let text = texts.entry(&table.name).or_default();
            for row in &table.rows {
                line(text, searched(table, row.iter().map(|cell: &Cell| cell.render(&generation)).collect()));
            }
        }
        if place % GENERATIONS_A_COPY == 0 || place == generations.count {
            for table in tables {
                let columns =
                    if table.name == "listing_text" { "id,scope,words,created_at,asset_id".to_owned() } else { table.columns.join(",") };
                send(client, &table.name, &columns, texts.remove(table.name.as_str()).unwrap_or_default()).await?;
            }
        }
    }
    Ok(())
}

async fn copy(client: &Client, table: &str, columns: &[String], rows: Vec<Vec<Value>>) -> Result<(), Failure> {
    let mut text = String::new();
    for row in rows {
        line(&mut text, row);
    }
    send(client, table, &columns.join(","), text).await
}

async fn send(client: &Client, table: &str, columns: &str, text: String) -> Result<(), Failure> {
    let mut sink = pin!(client.copy_in(&format!("COPY {table} ({columns}) FROM STDIN")).await?);
    sink.send(Bytes::from(text)).await?;
    sink.as_mut().finish().await.map_err(|error| format!("{table}: {error:?}"))?;
    Ok(())
}

/// The words of a row of the index of words, with the word for its tenant and view, as PostgreSQL has them.
fn searched(table: &Table, row: Vec<Value>) -> Vec<Value> {
    if table.name != "listing_text" {
        return row;
    }
    let mut row = row;
    if let (Some(Value::Text(tenant)), [_, scope, Value::Text(words), ..]) = (row.pop(), row.as_mut_slice()) {
        *words = words.split(' ').chain([tenant.as_str()]).map(|word| format!("'{word}'")).collect::<Vec<_>>().join(" ");
        *scope = Value::Text(tenant);
    }
    row
}

/// A row in the text format of COPY.
fn line(text: &mut String, row: Vec<Value>) {
    for (place, value) in row.into_iter().enumerate() {
        if place > 0 {
            text.push('\t');
        }
        // Writing into a string does not fail.
        let _written = match value {
            Value::Null => text.write_str("\\N"),
            Value::Integer(number) => write!(text, "{number}"),
            Value::Real(number) => write!(text, "{number}"),
            Value::Text(kept) => text.write_str(&escaped(&kept)),
            Value::Blob(bytes) => match Uuid::from_slice(&bytes) {
                Ok(id) => write!(text, "{id}"),
                Err(_) => {
                    text.push_str("\\\\x");
                    bytes.iter().try_for_each(|byte| write!(text, "{byte:02x}"))
                }
            },
        };
    }
    text.push('\n');
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\t', "\\t").replace('\n', "\\n").replace('\r', "\\r")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_written_as_copy_reads_it() {
        let mut text = String::new();
        line(&mut text, vec![Value::Null, Value::Integer(7), Value::Text("a\tb\\c\n".to_owned()), Value::Blob(vec![1, 171])]);
        line(&mut text, vec![Value::Blob(vec![0; 16])]);
        assert_eq!(text, "\\N\t7\ta\\tb\\\\c\\n\t\\\\x01ab\n00000000-0000-0000-0000-000000000000\n");
    }

    #[test]
    fn another_database_is_on_the_same_server() {
        assert_eq!(beside("postgres://ann@host:5/first?sslmode=disable", "second"), "postgres://ann@host:5/second?sslmode=disable");
    }
}
