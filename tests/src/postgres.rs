//! A database of its own for each installation, on a server that many tests share.

use reqwest::Url;
use sea_orm::{ConnectOptions, ConnectionTrait, Database};

/// A database on PostgreSQL, dropped with this.
#[derive(Debug)]
pub(crate) struct OwnDatabase {
    server: String,
    name: String,
    url: String,
}

impl OwnDatabase {
    /// Makes an empty database on the server that this URL leads to.
    pub(crate) fn create(server: &str, name: &str) -> Self {
        let mut url = Url::parse(server).unwrap_or_else(|error| panic!("{server} is no URL of a database: {error}"));
        url.set_path(name);
        let made = Self { server: server.to_owned(), name: name.to_owned(), url: url.into() };
        execute(&made.server, &format!("CREATE DATABASE {name}")).unwrap_or_else(|error| panic!("no database was made: {error}"));
        made
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for OwnDatabase {
    fn drop(&mut self) {
        // A server that the test stopped takes its databases with it.
        drop(execute(&self.server, &format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name)));
    }
}

/// Executes a statement outside of any runtime, since databases are made and dropped where nothing can be awaited.
fn execute(server: &str, statement: &str) -> Result<(), String> {
    let mut options = ConnectOptions::new(server);
    options.max_connections(1).sqlx_logging(false);
    let work = async {
        let connection = Database::connect(options).await.map_err(|error| error.to_string())?;
        let done = connection.execute_unprepared(statement).await.map(drop).map_err(|error| error.to_string());
        connection.close().await.map_err(|error| error.to_string())?;
        done
    };
    let settle = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work);
    std::thread::scope(|scope| scope.spawn(settle).join().unwrap())
}
