//! Rings when something was committed, in all processes.
//!
//! Within the process, whoever commits rings. On PostgreSQL what was committed is told to other processes by NOTIFY, by a task of its
//! own behind the commit: within the transaction it would be one more round trip while the workspace's row is locked, and PostgreSQL
//! lets one transaction that notifies commit at a time, whatever its tenant. While one NOTIFY is on its way, what is to be told next
//! gathers. Each process has one connection that listens, if anybody in it does. What is lost by all this, polling finds.

use std::{
    collections::BTreeSet,
    mem,
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::Duration,
};

use assets_domain::{
    WorkspaceId,
    ports::{Bell, Ring, Rings},
};
use futures_util::stream;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Statement, sqlx::postgres::PgListener};
use tokio::{
    runtime::Handle,
    sync::{
        Notify,
        broadcast::{self, error::RecvError},
    },
    task::AbortHandle,
};

use crate::{Database, connect::DatabaseOptions};

/// Where processes tell each other which workspace has something new.
const CHANNEL: &str = "assets_events";
/// How many rings may be missed before it is said that some were.
const KEPT_RINGS: usize = 256;
/// How long a server that does not let anybody listen is left alone.
const PAUSE: Duration = Duration::from_secs(1);

/// The bell of a process. It falls silent with the last who has it.
#[derive(Debug)]
pub(crate) struct Belfry {
    rings: broadcast::Sender<Ring>,
    /// Where it is rung for others, and heard from them: within the runtime that it was made in.
    runtime: Handle,
    others: Option<Others>,
}

/// The other processes on one PostgreSQL.
#[derive(Debug)]
struct Others {
    options: DatabaseOptions,
    connection: DatabaseConnection,
    untold: Arc<Untold>,
    crier: OnceLock<AbortHandle>,
    listener: OnceLock<AbortHandle>,
}

/// What is to be told others next.
#[derive(Debug, Default)]
struct Untold {
    workspaces: Mutex<BTreeSet<WorkspaceId>>,
    is_more: Notify,
}

impl Drop for Others {
    fn drop(&mut self) {
        for task in [self.crier.get(), self.listener.get()].into_iter().flatten() {
            task.abort();
        }
    }
}

impl Belfry {
    /// A bell that is heard within the process.
    pub(crate) fn new() -> Self {
        Self { rings: broadcast::Sender::new(KEPT_RINGS), runtime: Handle::current(), others: None }
    }

    /// A bell that is heard by every process on a PostgreSQL.
    pub(crate) fn on_postgres(options: &DatabaseOptions, connection: &DatabaseConnection) -> Self {
        let others = Others {
            options: options.clone(),
            connection: connection.clone(),
            untold: Arc::default(),
            crier: OnceLock::new(),
            listener: OnceLock::new(),
        };
        Self { others: Some(others), ..Self::new() }
    }

    /// Says that something was committed.
    pub(crate) fn ring(&self, workspace: WorkspaceId) {
        // Whether anybody listens here is not asked.
        let _ = self.rings.send(Ring::In(workspace));
        if let Some(others) = &self.others {
            others.crier.get_or_init(|| {
                let cries = cry(others.connection.clone(), others.untold.clone());
                self.runtime.spawn(cries).abort_handle()
            });
            others.untold.add(workspace);
        }
    }

    fn hear_others(&self) {
        if let Some(others) = &self.others {
            others.listener.get_or_init(|| self.runtime.spawn(hear(others.options.clone(), self.rings.clone())).abort_handle());
        }
    }
}

impl Untold {
    fn add(&self, workspace: WorkspaceId) {
        self.workspaces.lock().unwrap_or_else(PoisonError::into_inner).insert(workspace);
        self.is_more.notify_one();
    }

    fn take(&self) -> Vec<WorkspaceId> {
        mem::take(&mut *self.workspaces.lock().unwrap_or_else(PoisonError::into_inner)).into_iter().collect()
    }
}

/// Tells others. What could not be told they find by themselves.
async fn cry(connection: DatabaseConnection, untold: Arc<Untold>) {
    loop {
        untold.is_more.notified().await;
        let workspaces = untold.take();
        if workspaces.is_empty() {
            continue;
        }
        let names = workspaces.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
        let sql = "SELECT count(pg_notify($1, name)) FROM unnest(string_to_array($2, ',')) AS name";
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, [CHANNEL.into(), names.into()]);
        if let Err(error) = connection.query_one_raw(statement).await {
            tracing::debug!(error = %error, "other processes were not told of a commit");
        }
    }
}

/// Hears others, for as long as there is somebody to tell.
async fn hear(options: DatabaseOptions, rings: broadcast::Sender<Ring>) {
    loop {
        if let Err(error) = hear_on(&options, &rings).await {
            tracing::debug!(error = %error, "commits of other processes are not heard for now");
        }
        tokio::time::sleep(PAUSE).await;
        let _ = rings.send(Ring::Anywhere);
    }
}

async fn hear_on(options: &DatabaseOptions, rings: &broadcast::Sender<Ring>) -> Result<(), DbErr> {
    let own = sea_orm::Database::connect(options.connect_postgres(1)).await?;
    let mut listener = PgListener::connect_with(own.get_postgres_connection_pool()).await.map_err(told)?;
    listener.listen(CHANNEL).await.map_err(told)?;
    let _ = rings.send(Ring::Anywhere);
    // It ends where the connection was lost.
    while let Some(notice) = listener.try_recv().await.map_err(told)? {
        let _ = rings.send(notice.payload().parse().map_or(Ring::Anywhere, Ring::In));
    }
    Ok(())
}

fn told(error: sea_orm::sqlx::Error) -> DbErr {
    DbErr::Conn(sea_orm::RuntimeErr::SqlxError(error.into()))
}

impl Bell for Database {
    fn listen(&self) -> Rings {
        self.bell.hear_others();
        Box::pin(stream::unfold(self.bell.rings.subscribe(), async |mut heard| match heard.recv().await {
            Ok(ring) => Some((ring, heard)),
            Err(RecvError::Lagged(_)) => Some((Ring::Anywhere, heard)),
            Err(RecvError::Closed) => None,
        }))
    }
}
