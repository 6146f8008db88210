//! A PostgreSQL server of a test's own, which it may stop.

use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use tempfile::TempDir;

/// A server with durable settings, gone with this.
#[derive(Debug)]
pub struct PostgresServer {
    folder: TempDir,
    programs: PathBuf,
    port: u16,
}

impl PostgresServer {
    /// A new server, started, with an ordinary role that may make databases.
    #[must_use]
    pub fn start() -> Self {
        let server = Self { folder: tempfile::tempdir().unwrap(), programs: programs(), port: free_port() };
        if is_root() {
            run(Command::new("chown").arg("postgres:").arg(server.folder.path()));
        }
        let data = server.data();
        run(server.as_owner("initdb").arg("--pgdata").arg(&data).args([
            "--username=postgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
        ]));
        server.begin();
        let role = "CREATE ROLE assets LOGIN CREATEDB NOSUPERUSER";
        let mut psql = server.as_owner("psql");
        psql.args(["--host=127.0.0.1", "--username=postgres", "--quiet"]).arg(format!("--port={}", server.port));
        run(psql.args(["--command", role, "--command", "CREATE DATABASE assets OWNER assets"]));
        server
    }

    /// The URL of a database of the ordinary role.
    #[must_use]
    pub fn url(&self) -> String {
        format!("postgres://assets@127.0.0.1:{}/assets", self.port)
    }

    /// Stops it: whoever is connected is cut off.
    pub fn stop(&self) {
        run(self.as_owner("pg_ctl").arg("--pgdata").arg(self.data()).args(["--mode=immediate", "--wait", "--silent", "stop"]));
    }

    /// Starts it again on the same data and port.
    pub fn begin(&self) {
        let folder = self.folder.path().display();
        let options = format!("-p {} -k {folder} -c listen_addresses=127.0.0.1 -c max_connections=200", self.port);
        let mut start = self.as_owner("pg_ctl");
        start.arg("--pgdata").arg(self.data()).arg("--log").arg(self.folder.path().join("log"));
        run(start.args(["--wait", "--silent", "--options", &options, "start"]));
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// PostgreSQL refuses to run as root.
    fn as_owner(&self, program: &str) -> Command {
        let program = self.programs.join(program);
        let mut command = if is_root() {
            let mut command = Command::new("runuser");
            command.args(["--user", "postgres", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        command.current_dir("/");
        command
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        let mut stop = self.as_owner("pg_ctl");
        stop.arg("--pgdata").arg(self.data()).args(["--mode=immediate", "--silent", "stop"]);
        drop(stop.stdout(Stdio::null()).stderr(Stdio::null()).status());
    }
}

/// Runs a program to its end. What it starts may live on, and would keep a pipe open.
fn run(command: &mut Command) {
    let ended = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    assert!(ended.as_ref().is_ok_and(std::process::ExitStatus::success), "{command:?}: {ended:?}");
}

fn is_root() -> bool {
    Command::new("id").arg("--user").output().unwrap().stdout.starts_with(b"0\n")
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Where the newest PostgreSQL of this machine is.
fn programs() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().map(|entry| entry.unwrap().path().join("bin"));
    let debian = versions.filter(|folder| folder.join("initdb").is_file()).max_by_key(|folder| version(folder));
    debian.unwrap_or_else(|| {
        let found = Command::new("pg_config").arg("--bindir").output().unwrap_or_else(|_| panic!("PostgreSQL is missing: just setup"));
        PathBuf::from(String::from_utf8(found.stdout).unwrap().trim())
    })
}

fn version(folder: &Path) -> Option<u32> {
    folder.parent()?.file_name()?.to_str()?.parse().ok()
}
