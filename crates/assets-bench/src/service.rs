//! The service as its users run it: the release binary, with its settings in the environment, logging as shipped.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::{
    Failure,
    process::{Launch, Server, free_address},
};

/// As many requests a minute as nobody makes.
const UNREACHED_LIMIT: u32 = 1_000_000_000;

/// An installation: a data directory, and where its rows are.
#[derive(Debug, Clone)]
pub(crate) struct Installation {
    pub(crate) binary: PathBuf,
    pub(crate) data: PathBuf,
    /// `None`: SQLite in the data directory.
    pub(crate) database_url: Option<String>,
    /// `None`: a folder in the data directory.
    pub(crate) store_url: Option<String>,
}

impl Installation {
    pub(crate) fn new(binary: &Path, data: &Path, database_url: Option<String>) -> Self {
        Self { binary: binary.to_owned(), data: data.to_owned(), database_url, store_url: None }
    }

    fn environment(&self) -> Result<Vec<(String, String)>, Failure> {
        // Requests are counted as shipped, up to a limit that nobody reaches: 0 would spare the counting.
        let limit = ("ASSETS_RATE_LIMIT".to_owned(), UNREACHED_LIMIT.to_string());
        let mut all = vec![("ASSETS_DATA_DIR".to_owned(), self.data.display().to_string()), limit];
        for (name, url) in [("ASSETS_DATABASE_URL", &self.database_url), ("ASSETS_STORE_URL", &self.store_url)] {
            all.extend(url.as_ref().map(|url| (name.to_owned(), url.clone())));
        }
        if self.database_url.is_some() || self.store_url.is_some() {
            // What others may share with it does not hold the secret: it has to be given.
            let key = std::fs::read_to_string(self.data.join("signing.key"))?;
            all.push(("ASSETS_SIGNING_KEY".to_owned(), key.trim().to_owned()));
        }
        Ok(all)
    }

    /// Runs a command of the service to its end, and answers what it printed.
    ///
    /// # Errors
    /// It cannot be run, or fails.
    pub(crate) fn command(&self, arguments: &[&str]) -> Result<String, Failure> {
        let output = Command::new(&self.binary).args(arguments).envs(self.environment()?).stderr(Stdio::piped()).output()?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            return Err(format!("assets {}: {}: {}", arguments.join(" "), output.status, said.trim()).into());
        }
        Ok(String::from_utf8(output.stdout)?.trim().to_owned())
    }

    /// Starts the service and waits for its first answer.
    ///
    /// # Errors
    /// It does not start.
    pub(crate) async fn serve(&self, database: Option<u32>) -> Result<Server, Failure> {
        let address: SocketAddr = free_address()?;
        let mut environment = self.environment()?;
        environment.push(("ASSETS_LISTEN".to_owned(), address.to_string()));
        Server::start(Launch {
            program: &self.binary,
            arguments: vec!["serve".to_owned()],
            environment,
            probe: "/healthz",
            log: self.data.join("serve.log"),
            address,
            database,
        })
        .await
    }
}
