//! Keeping SQLite's log of changes (WAL) short, beside the writing and never in somebody's commit.
//!
//! What is committed is in the log, and on disk; a checkpoint moves it into the database file, so that the log can begin
//! anew. Nothing is lost without one: whoever opens the file next reads the log. The last connection to be closed moves
//! what is left.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use sea_orm::{DbErr, sea_query::Values, sqlx::sqlite::SqliteConnectOptions};

use crate::session::Session;

/// After about so much was written, it is moved.
const DUE_AFTER_BYTES: usize = 16 << 20;
/// Beyond so many pages the log is made to begin anew, which writers wait for. It grows so long only if somebody is always
/// writing or reading: otherwise it begins anew by itself, once all of it was moved. Its file stays, since to write over what is
/// there costs less than to make a file longer.
const LONGEST_PAGES: i64 = (16 << 20) / 4096;
/// A file that somebody who read for long has let grow is cut to this when the log begins anew.
pub(crate) const LONGEST_FILE_BYTES: u32 = 64 << 20;
/// For how long that waits for readers, and writers for it.
const PATIENCE: Duration = Duration::from_millis(50);

/// Moves what was written when it is enough.
#[derive(Debug)]
pub(crate) struct Checkpoints {
    options: SqliteConnectOptions,
    grown_bytes: AtomicUsize,
    is_running: AtomicBool,
}

impl Checkpoints {
    pub(crate) fn new(options: SqliteConnectOptions) -> Self {
        Self { options: options.busy_timeout(PATIENCE), grown_bytes: AtomicUsize::new(0), is_running: AtomicBool::new(false) }
    }

    /// Notes that about so much was written. Returns at once.
    pub(crate) fn grown(self: &Arc<Self>, by_bytes: usize) {
        let grown = self.grown_bytes.fetch_add(by_bytes, Ordering::Relaxed).saturating_add(by_bytes);
        if grown >= DUE_AFTER_BYTES && !self.is_running.swap(true, Ordering::AcqRel) {
            self.grown_bytes.store(0, Ordering::Relaxed);
            let running = Running(self.clone());
            // One that fails has moved nothing and harmed nothing: another follows when as much again was written.
            tokio::spawn(async move {
                if let Err(error) = running.0.run().await {
                    tracing::warn!(%error, "the log of changes could not be moved into the database");
                }
            });
        }
    }

    async fn run(&self) -> Result<(), DbErr> {
        let mut session = Session::open(&self.options).await?;
        let Log { pages, .. } = checkpoint(&mut session, "PASSIVE").await?;
        if pages > LONGEST_PAGES {
            let Log { pages, is_hindered } = checkpoint(&mut session, "RESTART").await?;
            if is_hindered && pages > i64::from(LONGEST_FILE_BYTES / 4096) {
                tracing::warn!(pages, "the log of changes is long, and somebody reads or writes all the time");
            }
        }
        Ok(())
    }
}

/// What a checkpoint found.
struct Log {
    /// How many pages it has.
    pages: i64,
    /// Whether somebody was in the way of moving all of it.
    is_hindered: bool,
}

async fn checkpoint(session: &mut Session, how: &str) -> Result<Log, DbErr> {
    let moved = session.run(&format!("PRAGMA wal_checkpoint({how})"), Values(Vec::new())).await;
    match (moved.failed, moved.rows.first()) {
        (Some(error), _) => Err(error),
        (None, Some(row)) => Ok(Log { pages: row.try_get_by_index(1)?, is_hindered: row.try_get_by_index::<i64>(0)? != 0 }),
        (None, None) => Err(DbErr::RecordNotFound("a checkpoint".to_owned())),
    }
}

/// A checkpoint under way: there is one at a time.
struct Running(Arc<Checkpoints>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.is_running.store(false, Ordering::Release);
    }
}
