//! The floor on PostgreSQL: a connection a thread, over which statements follow each other without waiting.

use std::{cell::RefCell, collections::HashMap, rc::Rc};

use futures_util::future::try_join3;
use tokio_postgres::{Client, NoTls, Row, Statement, types::ToSql};

use super::{
    body::{Decision, Item, Json, Version},
    query::{Asked, DECISIONS, ITEM, MOVE, PAGE, RECORD, VERSIONS},
};
use crate::Failure;

/// The schema of the floor's tables, apart from the service's.
pub(crate) const SCHEMA: &str = "floor";

thread_local! {
    static CONNECTION: RefCell<Option<Rc<Connection>>> = const { RefCell::new(None) };
}

struct Connection {
    client: Client,
    statements: RefCell<HashMap<String, Statement>>,
}

impl Connection {
    async fn of_thread(url: &str) -> Result<Rc<Self>, Failure> {
        if let Some(kept) = CONNECTION.with_borrow(Clone::clone) {
            return Ok(kept);
        }
        let (client, work) = tokio_postgres::connect(url, NoTls).await?;
        actix_web::rt::spawn(work);
        client.batch_execute(&format!("SET search_path = {SCHEMA}; SET synchronous_commit = on")).await?;
        let connection = Rc::new(Self { client, statements: RefCell::default() });
        CONNECTION.set(Some(connection.clone()));
        Ok(connection)
    }

    /// A statement that is prepared once; values are named as SQLite does.
    async fn prepared(&self, sql: &str) -> Result<Statement, Failure> {
        if let Some(kept) = self.statements.borrow().get(sql) {
            return Ok(kept.clone());
        }
        let prepared = self.client.prepare(&sql.replace('?', "$")).await?;
        self.statements.borrow_mut().insert(sql.to_owned(), prepared.clone());
        Ok(prepared)
    }

    async fn rows(&self, sql: &str, values: &[&(dyn ToSql + Sync)]) -> Result<Vec<Row>, Failure> {
        Ok(self.client.query(&self.prepared(sql).await?, values).await?)
    }
}

pub(super) async fn page(url: &str, asked: &Asked) -> Result<Vec<u8>, Failure> {
    let connection = Connection::of_thread(url).await?;
    let (sql, texts) = asked.statement();
    let (created, place) = (asked.created.unwrap_or(i64::MAX), asked.place.unwrap_or(i64::MAX));
    let mut values: Vec<&(dyn ToSql + Sync)> = vec![&0_i64, &created, &place];
    values.extend(texts.iter().map(|text| -> &(dyn ToSql + Sync) { text }));
    let rows = connection.rows(&sql, &values).await?;
    let mut json = Json::with_room(128 << 10);
    json.raw("{\"items\":[");
    let mut last = None;
    for row in rows.iter().take(PAGE) {
        item(row)?.write_open(&mut json);
        json.trim();
        json.raw("},");
        last = Some((row.try_get::<_, i64>(24)?, row.try_get::<_, i64>(25)?));
    }
    json.trim();
    json.raw("],\"next_cursor\":");
    json.value(&last.filter(|_| rows.len() > PAGE).map(|(created, place)| format!("{created}-{place}")));
    json.raw("}");
    Ok(json.0)
}

pub(super) async fn history(url: &str, id: &str) -> Result<Option<Vec<u8>>, Failure> {
    let connection = Connection::of_thread(url).await?;
    let of_item = |sql: &str| sql.replace("item = ?1", "item = (SELECT place FROM items WHERE id = ?1)");
    let head = format!("SELECT {ITEM} FROM items i WHERE id = ?1");
    let (versions, decisions) = (of_item(VERSIONS), of_item(DECISIONS));
    let values: [&(dyn ToSql + Sync); 1] = [&id];
    let (head, versions, decisions) =
        try_join3(connection.rows(&head, &values), connection.rows(&versions, &values), connection.rows(&decisions, &values)).await?;
    let Some(head) = head.first() else { return Ok(None) };
    let mut json = Json::with_room(16 << 10);
    item(head)?.write_open(&mut json);
    json.raw("\"versions\":[");
    for row in &versions {
        version(row, 0)?.write(&mut json);
    }
    json.trim();
    json.raw("],\"decisions\":[");
    for row in &decisions {
        decision(row)?.write(&mut json);
    }
    json.trim();
    json.raw("]}");
    Ok(Some(json.0))
}

/// One statement, and so one transaction.
pub(super) async fn transition(url: &str, id: &str, from: &str, to: &str, at: &str) -> Result<Option<Vec<u8>>, Failure> {
    let connection = Connection::of_thread(url).await?;
    let record = RECORD.replace("FROM items WHERE id = ?1", "FROM moved");
    let sql = format!("WITH moved AS ({MOVE} RETURNING *), recorded AS ({record}) SELECT {ITEM} FROM moved i");
    one(&connection.rows(&sql, &[&id, &to, &at, &from]).await?)
}

pub(super) async fn add(url: &str, name: &str, digest: &str, size_bytes: usize, like: &str) -> Result<Option<Vec<u8>>, Failure> {
    let connection = Connection::of_thread(url).await?;
    let sql = format!(
        "WITH added AS (INSERT INTO uploads (name, digest, size_bytes, item) VALUES (?1, ?2, ?3, ?4)) \
         SELECT {ITEM} FROM items i WHERE id = ?4"
    );
    one(&connection.rows(&sql, &[&name, &digest, &i64::try_from(size_bytes)?, &like]).await?)
}

pub(super) async fn digest(url: &str, id: &str) -> Result<Option<String>, Failure> {
    let connection = Connection::of_thread(url).await?;
    let rows = connection.rows("SELECT digest FROM items WHERE id = ?1", &[&id]).await?;
    Ok(rows.first().map(|row| row.try_get(0)).transpose()?)
}

fn one(rows: &[Row]) -> Result<Option<Vec<u8>>, Failure> {
    let Some(row) = rows.first() else { return Ok(None) };
    let mut json = Json::with_room(4 << 10);
    item(row)?.write_open(&mut json);
    json.trim();
    json.raw("}");
    Ok(Some(json.0))
}

fn version(row: &Row, first: usize) -> Result<Version<'_>, Failure> {
    Ok(Version {
        number: row.try_get(first)?,
        status: row.try_get(first + 1)?,
        digest: row.try_get(first + 2)?,
        size_bytes: row.try_get(first + 3)?,
        media_type: row.try_get(first + 4)?,
        filename: row.try_get(first + 5)?,
        facts: row.try_get(first + 6)?,
        provenance: row.try_get(first + 7)?,
        note: row.try_get(first + 8)?,
        restored_from: row.try_get(first + 9)?,
        created_by: row.try_get(first + 10)?,
        created_at: row.try_get(first + 11)?,
    })
}

fn item(row: &Row) -> Result<Item<'_>, Failure> {
    Ok(Item {
        id: row.try_get(0)?,
        kind: row.try_get(1)?,
        title: row.try_get(2)?,
        description: row.try_get(3)?,
        status: row.try_get(4)?,
        tags: row.try_get(5)?,
        provenance: row.try_get(6)?,
        latest: version(row, 7)?,
        approved: row.try_get(19)?,
        preview_url: row.try_get(20)?,
        created_at: row.try_get(21)?,
        updated_at: row.try_get(22)?,
        revision: row.try_get(23)?,
    })
}

fn decision(row: &Row) -> Result<Decision<'_>, Failure> {
    Ok(Decision {
        action: row.try_get(0)?,
        version: row.try_get(1)?,
        digest: row.try_get(2)?,
        bytes_named: row.try_get::<_, i64>(3)? != 0,
        by: row.try_get(4)?,
        at: row.try_get(5)?,
        comment: row.try_get(6)?,
        carried_from: row.try_get(7)?,
        title: row.try_get(8)?,
        description: row.try_get(9)?,
        tags: row.try_get(10)?,
    })
}
