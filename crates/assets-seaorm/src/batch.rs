//! Statements that are done together: all of them, or none.

use assets_domain::WorkspaceId;
use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, QueryResult, QueryTrait, Statement, StatementBuilder, TransactionOptions, Value, sea_query::Values,
};

use crate::{
    Database,
    error::Fault,
    scope::{Scope, begin},
};

/// Statements that are done together, in their order: all of them, or none.
///
/// On SQLite they go to the writer, and with whatever else waits there into one transaction; on PostgreSQL they are a
/// transaction. None of them may depend on what another answers, since on SQLite they are sent at once.
#[derive(Debug)]
pub(crate) struct Batch {
    scope: Scope,
    backend: DbBackend,
    is_guarded: bool,
    is_told: bool,
    statements: Vec<Statement>,
}

/// Why nothing of a batch was done.
#[derive(Debug, Clone)]
pub(crate) enum Undone {
    /// Its first statement, which was to answer a row, answered none.
    Unmet,
    /// Something broke.
    Broken(DbErr),
}

impl From<DbErr> for Undone {
    fn from(error: DbErr) -> Self {
        Self::Broken(error)
    }
}

impl From<Undone> for Fault {
    fn from(undone: Undone) -> Self {
        match undone {
            Undone::Unmet => Self::row("a row was to be there"),
            Undone::Broken(error) => error.into(),
        }
    }
}

/// Fails where the statement before has changed nothing, since what it then reads is no JSON; else it answers nothing.
const MET: &str = "SELECT 1 WHERE json(iif(changes() = 0, 'unmet', 'null')) IS NULL";

impl Batch {
    /// Nothing yet.
    pub(crate) const fn new(backend: DbBackend, scope: Scope) -> Self {
        Self { scope, backend, is_guarded: false, is_told: false, statements: Vec::new() }
    }

    /// What is done only if this statement answers a row: one that changes rows, and answers those that it changed.
    pub(crate) fn guarded_by(backend: DbBackend, scope: Scope, guard: &impl StatementBuilder) -> Self {
        Self { is_guarded: true, statements: vec![guard.build(&backend)], ..Self::new(backend, scope) }
    }

    pub(crate) const fn backend(&self) -> DbBackend {
        self.backend
    }

    /// Adds a statement.
    pub(crate) fn add(&mut self, statement: &impl StatementBuilder) {
        self.statements.push(statement.build(&self.backend));
    }

    /// Adds what an entity is to do.
    pub(crate) fn add_query(&mut self, query: &impl QueryTrait) {
        self.statements.push(query.build(self.backend));
    }

    /// Adds a statement that is built already.
    pub(crate) fn add_built(&mut self, statement: Statement) {
        self.statements.push(statement);
    }

    /// Has whoever waits for events hear of it when it is done.
    pub(crate) const fn tell(&mut self) {
        self.is_told = true;
    }

    /// The workspace in which others hear of it.
    const fn told_in(&self) -> Option<WorkspaceId> {
        match self.scope {
            Scope::Tenant(workspace) if self.is_told => Some(workspace),
            Scope::Tenant(_) | Scope::Every => None,
        }
    }

    /// Whether it was for nothing if no row came back.
    pub(crate) const fn is_guarded(&self) -> bool {
        self.is_guarded
    }

    /// About how much this writes, in bytes: what it brings, and the pages around that.
    pub(crate) fn weight_bytes(&self) -> usize {
        const PAGES_BYTES: usize = 120 << 10;
        let values = self.statements.iter().filter_map(|statement| statement.values.as_ref()).flat_map(|values| &values.0);
        let sizes = values.map(|value| match value {
            Value::String(Some(text)) => text.len(),
            Value::Bytes(Some(bytes)) => bytes.len(),
            _ => 0,
        });
        sizes.sum::<usize>().saturating_add(PAGES_BYTES)
    }

    /// All of it as one text for SQLite, between others. Placeholders without a number count on from statement to
    /// statement. If the first statement is to answer a row and answers none, the next one fails.
    pub(crate) fn joined(&self, before: &str, behind: Option<&str>) -> (String, Values) {
        let mut parts = vec![before];
        parts.extend(self.statements.iter().map(|statement| statement.sql.as_str()));
        if self.is_guarded {
            parts.insert(2, MET);
        }
        parts.extend(behind);
        let values = self.statements.iter().filter_map(|statement| statement.values.clone()).flat_map(|values| values.0);
        (parts.join(";"), Values(values.collect()))
    }

    /// Does it within a transaction, which is to be given up if this fails.
    pub(crate) async fn run<C: ConnectionTrait>(self, connection: &C) -> Result<Vec<QueryResult>, Undone> {
        let mut rows = Vec::new();
        for (place, statement) in self.statements.into_iter().enumerate() {
            rows.extend(connection.query_all_raw(statement).await?);
            if place == 0 && self.is_guarded && rows.is_empty() {
                return Err(Undone::Unmet);
            }
        }
        Ok(rows)
    }
}

impl Database {
    /// Does a batch. Answers the rows of all its statements.
    pub(crate) async fn apply(&self, batch: Batch) -> Result<Vec<QueryResult>, Undone> {
        let told_in = batch.told_in();
        let rows = match &self.group {
            Some(group) => group.write([batch]).await.pop().unwrap_or(Err(Undone::Unmet))?,
            None => {
                let transaction = begin(&self.writer, batch.scope, TransactionOptions::default()).await?;
                let rows = batch.run(&transaction).await?;
                transaction.commit().await?;
                rows
            }
        };
        self.tell(told_in);
        Ok(rows)
    }

    fn tell(&self, workspace: Option<WorkspaceId>) {
        if let Some(workspace) = workspace {
            self.bell.ring(workspace);
        }
    }

    /// Does batches in their order, each for itself: one that is not done does not keep the others from it.
    pub(crate) async fn apply_each(&self, batches: Vec<Batch>) -> Vec<Result<(), Undone>> {
        let mut outcomes = Vec::with_capacity(batches.len());
        match &self.group {
            Some(group) => {
                let told_in: Vec<_> = batches.iter().map(Batch::told_in).collect();
                for (outcome, told_in) in group.write(batches).await.into_iter().zip(told_in) {
                    outcomes.push(outcome.map(|_| self.tell(told_in)));
                }
            }
            None => {
                for batch in batches {
                    outcomes.push(self.apply(batch).await.map(|_| ()));
                }
            }
        }
        outcomes
    }
}
