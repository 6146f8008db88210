//! Group commit: on SQLite, what waits to be written is written in one transaction, and so to the disk at once.
//!
//! There is no thread that waits for work. Whoever brings a batch and finds nobody writing starts the writing, which goes
//! on until nothing waits; whoever comes meanwhile is in the next transaction. So a lone writer waits for nobody, and many
//! share one sync of the disk. Nobody is answered before the transaction is on disk.

use std::{
    collections::VecDeque,
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use sea_orm::{DbErr, QueryResult, RuntimeErr, sqlx::sqlite::SqliteConnectOptions};
use tokio::{runtime::Handle, sync::oneshot};

use crate::{
    batch::{Batch, Undone},
    checkpoint::{Checkpoints, LONGEST_FILE_BYTES},
    session::Session,
};

/// The most batches of one transaction, so that the first of them does not wait long for the last.
const MOST_TOGETHER: usize = 128;
/// How much of the database is held in memory while it is written, in KiB: about what so many batches change. What does not fit
/// is written more than once.
const CACHE_KIB: u32 = 8 << 10;
/// How many shapes of batches are kept prepared.
const KEPT_BATCHES: usize = 64;
/// The most batches that wait. Who comes then is told to come again later.
const MOST_WAITING: usize = 8192;

type Outcome = Result<Vec<QueryResult>, Undone>;

/// Writes a SQLite file for all who share it.
#[derive(Debug)]
pub(crate) struct Group {
    options: SqliteConnectOptions,
    queue: Mutex<Queue>,
    checkpoints: Arc<Checkpoints>,
    /// Where writing goes on: whoever begins it may be gone before others have what they wait for, runtime and all.
    runtime: Handle,
}

#[derive(Debug, Default)]
struct Queue {
    waiting: VecDeque<Job>,
    is_writing: bool,
    /// The connection, while nobody writes. One that may be in the middle of something is not kept.
    session: Option<Session>,
}

#[derive(Debug)]
struct Job {
    batch: Batch,
    told: oneshot::Sender<Outcome>,
}

impl Group {
    /// A writer that opens its connection when it is first needed, and works in the runtime that this is called in.
    pub(crate) fn new(options: SqliteConnectOptions) -> Self {
        let checkpoints = Arc::new(Checkpoints::new(options.clone()));
        // A checkpoint in the middle of somebody's commit would make that one wait for all that others wrote.
        // What is kept of a batch is all of its statements.
        let options = options.statement_cache_capacity(KEPT_BATCHES).pragma("wal_autocheckpoint", "0");
        let options = options.pragma("cache_size", format!("-{CACHE_KIB}")).pragma("journal_size_limit", LONGEST_FILE_BYTES.to_string());
        Self { options, queue: Mutex::default(), checkpoints, runtime: Handle::current() }
    }

    /// Writes batches in their order, each for itself. A caller that goes away is not waited for: what it brought is written
    /// all the same.
    pub(crate) async fn write(self: &Arc<Self>, batches: impl IntoIterator<Item = Batch>) -> Vec<Outcome> {
        let mut answers = Vec::new();
        let starts = {
            let mut queue = self.queue();
            for batch in batches {
                let (told, answer) = oneshot::channel();
                answers.push(answer);
                if queue.waiting.len() < MOST_WAITING {
                    queue.waiting.push_back(Job { batch, told });
                }
            }
            !mem::replace(&mut queue.is_writing, true)
        };
        if starts {
            self.runtime.spawn(Turn { group: self.clone(), is_over: false }.write());
        }
        let mut outcomes = Vec::with_capacity(answers.len());
        for answer in answers {
            outcomes.push(answer.await.unwrap_or_else(|_| Err(Undone::Broken(turned_away()))));
        }
        outcomes
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn turned_away() -> DbErr {
    DbErr::Conn(RuntimeErr::Internal("too much waits to be written, or the writing was broken off".to_owned()))
}

/// The right to write, until nothing waits.
struct Turn {
    group: Arc<Group>,
    is_over: bool,
}

impl Drop for Turn {
    /// If writing is broken off, because its runtime ends, those who wait are told, and the next one may write.
    fn drop(&mut self) {
        if !self.is_over {
            let mut queue = self.group.queue();
            queue.is_writing = false;
            queue.waiting.clear();
        }
    }
}

impl Turn {
    async fn write(mut self) {
        let mut session = self.group.queue().session.take();
        while let Some(jobs) = self.next(&mut session) {
            let weight_bytes = jobs.iter().map(|job| job.batch.weight_bytes()).sum();
            let (batches, told): (Vec<_>, Vec<_>) = jobs.into_iter().map(|job| (job.batch, job.told)).unzip();
            let written = match self.opened(&mut session).await {
                Ok(session) => Transaction { session, batches: &batches }.write().await,
                Err(error) => Err(error),
            };
            // What the connection is in the middle of is not known if the transaction failed as such.
            if written.is_err() {
                session = None;
            }
            self.group.checkpoints.grown(weight_bytes);
            // Whoever does not listen any more has gone away.
            match written {
                Ok(outcomes) => told.into_iter().zip(outcomes).for_each(|(told, outcome)| drop(told.send(outcome))),
                Err(error) => told.into_iter().for_each(|told| drop(told.send(Err(Undone::Broken(error.clone()))))),
            }
        }
    }

    /// What is written next. If there is nothing, the turn is over.
    fn next(&mut self, session: &mut Option<Session>) -> Option<Vec<Job>> {
        let mut queue = self.group.queue();
        if queue.waiting.is_empty() {
            queue.session = session.take();
            queue.is_writing = false;
            self.is_over = true;
            return None;
        }
        let together = queue.waiting.len().min(MOST_TOGETHER);
        Some(queue.waiting.drain(..together).collect())
    }

    async fn opened<'a>(&self, session: &'a mut Option<Session>) -> Result<&'a mut Session, DbErr> {
        match session {
            Some(session) => Ok(session),
            None => Ok(session.insert(Session::open(&self.group.options).await?)),
        }
    }
}

/// Batches that are committed together.
struct Transaction<'a> {
    session: &'a mut Session,
    batches: &'a [Batch],
}

impl Transaction<'_> {
    /// Writes all batches that can be. Fails if none was written.
    async fn write(mut self) -> Result<Vec<Outcome>, DbErr> {
        let mut outcomes = Vec::with_capacity(self.batches.len());
        if let [only] = self.batches {
            outcomes.push(self.write_alone(only).await?);
            return Ok(outcomes);
        }
        let mut before = "BEGIN IMMEDIATE;SAVEPOINT batch";
        for batch in self.batches {
            let outcome = self.run(batch, before, None).await;
            if let Err(undone) = &outcome {
                self.take_back("ROLLBACK TO batch", undone).await?;
            }
            before = "RELEASE batch;SAVEPOINT batch";
            outcomes.push(outcome);
        }
        self.session.tell("COMMIT").await?;
        Ok(outcomes)
    }

    /// What comes alone needs no savepoint: it is the transaction, in one round trip.
    async fn write_alone(&mut self, batch: &Batch) -> Result<Outcome, DbErr> {
        let outcome = self.run(batch, "BEGIN IMMEDIATE", Some("COMMIT")).await;
        if let Err(undone) = &outcome {
            self.take_back("ROLLBACK", undone).await?;
        }
        Ok(outcome)
    }

    /// A transaction that cannot be taken back never began, or SQLite has ended it by itself.
    async fn take_back(&mut self, sql: &str, undone: &Undone) -> Result<(), DbErr> {
        self.session.tell(sql).await.map_err(|error| match undone {
            Undone::Broken(cause) => cause.clone(),
            Undone::Unmet => error,
        })
    }

    async fn run(&mut self, batch: &Batch, before: &str, behind: Option<&str>) -> Outcome {
        let (sql, values) = batch.joined(before, behind);
        let answers = self.session.run(&sql, values).await;
        // What stands before the batch is done, and so is its first statement.
        if batch.is_guarded() && answers.rows.is_empty() && answers.done > before.split(';').count() {
            return Err(Undone::Unmet);
        }
        answers.failed.map_or(Ok(answers.rows), |error| Err(Undone::Broken(error)))
    }
}
