//! The floor on PostgreSQL: a connection a thread, over which statements follow each other without waiting.

use std::{cell::RefCell, collections::HashMap, rc::Rc};

use futures_util::future::try_join3;
use tokio_postgres::{Client, NoTls, Row, Statement, types::ToSql};

use super::{
    body::{Body, Decision, Fields, Item, Version},
    query::{ADD, Asked, DECISIONS, DIGEST, MOVE, ONE, PAGE, RECORD, VERSIONS},
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
    let mut body = Body::of(128 << 10);
    body.begin("items");
    let mut last = None;
    for row in rows.iter().take(PAGE) {
        body.element(&Item::read(row)?)?;
        last = row.integer(2)?.zip(row.integer(0)?);
    }
    body.end_page(last.filter(|_| rows.len() > PAGE))
}

/// Three statements that follow each other without waiting.
pub(super) async fn history(url: &str, id: &str) -> Result<Option<Vec<u8>>, Failure> {
    let connection = Connection::of_thread(url).await?;
    let of_item = |sql: &str| sql.replace("item = ?1", "item = (SELECT place FROM items WHERE id = ?1)");
    let (versions, decisions) = (of_item(VERSIONS), of_item(DECISIONS));
    let values: [&(dyn ToSql + Sync); 1] = [&id];
    let (head, versions, decisions) =
        try_join3(connection.rows(ONE, &values), connection.rows(&versions, &values), connection.rows(&decisions, &values)).await?;
    let Some(head) = head.first() else { return Ok(None) };
    let mut body = Body::of(16 << 10);
    body.value(&Item::read(head)?)?;
    body.begin("versions");
    for row in &versions {
        body.element(&Version::read(row, 1)?)?;
    }
    body.end();
    body.begin("decisions");
    for row in &decisions {
        body.element(&Decision::read(row)?)?;
    }
    body.end();
    Ok(Some(body.into_bytes()))
}

/// One statement, and so one transaction.
pub(super) async fn transition(url: &str, id: &str, from: &str, to: &str, at: &str) -> Result<Option<Vec<u8>>, Failure> {
    let connection = Connection::of_thread(url).await?;
    let record = RECORD.replace("FROM items WHERE id = ?1", "FROM moved");
    let sql = format!("WITH moved AS ({MOVE} RETURNING *), recorded AS ({record}) SELECT * FROM moved");
    one(&connection.rows(&sql, &[&id, &to, &at, &from]).await?)
}

pub(super) async fn add(url: &str, name: &str, digest: &str, size_bytes: usize, like: &str) -> Result<Option<Vec<u8>>, Failure> {
    let connection = Connection::of_thread(url).await?;
    let sql = format!("WITH added AS ({ADD}) {}", ONE.replace("?1", "?4"));
    one(&connection.rows(&sql, &[&name, &digest, &i64::try_from(size_bytes)?, &like]).await?)
}

pub(super) async fn digest(url: &str, id: &str) -> Result<Option<String>, Failure> {
    let rows = Connection::of_thread(url).await?.rows(DIGEST, &[&id]).await?;
    Ok(rows.first().map(|row| row.try_get(0)).transpose()?)
}

fn one(rows: &[Row]) -> Result<Option<Vec<u8>>, Failure> {
    let Some(row) = rows.first() else { return Ok(None) };
    let mut body = Body::of(4 << 10);
    body.value(&Item::read(row)?)?;
    Ok(Some(body.into_bytes()))
}

impl Fields for Row {
    fn text(&self, place: usize) -> Result<Option<&str>, Failure> {
        Ok(self.try_get(place)?)
    }

    fn integer(&self, place: usize) -> Result<Option<i64>, Failure> {
        Ok(self.try_get(place)?)
    }

    fn real(&self, place: usize) -> Result<Option<f64>, Failure> {
        Ok(self.try_get(place)?)
    }

    fn flag(&self, place: usize) -> Result<Option<bool>, Failure> {
        Ok(self.try_get(place)?)
    }
}
