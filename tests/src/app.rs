//! The program, started on a folder of its own, stopped when the test is over.

use std::{
    collections::BTreeMap,
    fs::File,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use tempfile::TempDir;

use crate::{
    Foundation, Store,
    caller::{Ask, Caller},
    door::{Address, Door},
};

/// The service, running.
#[derive(Debug)]
pub struct App {
    folder: TempDir,
    foundation: Arc<Foundation>,
    settings: Vec<(String, String)>,
    process: Option<Child>,
    starts: usize,
    address: Arc<Address>,
    door: Arc<Door>,
    owner: String,
    first_agent: String,
}

/// A command that came to its end.
#[derive(Debug)]
pub struct Finished {
    /// Whether it succeeded.
    pub success: bool,
    /// What it printed.
    pub stdout: String,
    /// What it complained.
    pub stderr: String,
}

impl Finished {
    /// What it printed, without the last line break, if it succeeded.
    #[track_caller]
    pub fn ok(self) -> String {
        assert!(self.success, "the command failed: {self:#?}");
        self.stdout.trim_end().to_owned()
    }

    /// What it complained, if it failed.
    #[track_caller]
    pub fn failed(self) -> String {
        assert!(!self.success, "the command should fail: {self:#?}");
        self.stderr
    }
}

impl App {
    /// A new installation, serving.
    pub async fn start() -> Self {
        Self::with(&[]).await
    }

    /// A new installation with settings besides the usual, serving.
    pub async fn with(settings: &[(&str, &str)]) -> Self {
        let mut app = Self::prepare(settings);
        app.begin().await;
        app
    }

    /// A new installation on SQLite and disk, whatever this run of the tests is on: for what is about these two alone.
    pub async fn embedded(settings: &[(&str, &str)]) -> Self {
        let mut app = Self::on(Foundation::embedded().into(), settings);
        app.begin().await;
        app
    }

    /// A service over a data directory that is there already, e.g. a backup.
    pub async fn over(data: &Path, settings: &[(&str, &str)]) -> Self {
        let mut app = Self::on(Foundation::over(data).into(), settings);
        app.begin().await;
        app
    }

    /// An installation that nothing runs on yet.
    #[must_use]
    pub fn prepare(settings: &[(&str, &str)]) -> Self {
        Self::on(Foundation::of_this_run().into(), settings)
    }

    /// A process that does not run yet, on a foundation that others may share.
    #[must_use]
    pub fn on(foundation: Arc<Foundation>, settings: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let settings = settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let address = Arc::new(Address::default());
        let door = Arc::new(Door::to(vec![address.clone()]));
        Self { folder, foundation, settings, process: None, starts: 0, address, door, owner: String::new(), first_agent: String::new() }
    }

    /// Starts the service and waits until it serves.
    pub async fn begin(&mut self) {
        assert!(self.process.is_none(), "it runs already");
        self.starts += 1;
        let (said, log) = (self.file("said"), self.file("log"));
        let mut command = self.program(&["serve"]);
        command.stdin(Stdio::null()).stdout(File::create(&said).unwrap()).stderr(File::create(&log).unwrap());
        self.process = Some(command.spawn().unwrap());
        let began = Instant::now();
        let address = loop {
            if let Some(address) = self.log().lines().find_map(served_address) {
                break address;
            }
            let ended = self.process.as_mut().and_then(|process| process.try_wait().unwrap());
            assert!(
                ended.is_none() && began.elapsed() < Duration::from_secs(30),
                "the service does not start ({ended:?}):\n{}",
                self.log()
            );
            tokio::time::sleep(Duration::from_millis(10)).await;
        };
        self.address.set(format!("http://{address}"));
        let said = std::fs::read_to_string(said).unwrap();
        let exported = |name: &str| said.lines().find_map(|line| line.strip_prefix(&format!("export {name}=")).map(str::to_owned));
        if let (Some(person), Some(agent)) = (exported("PERSON"), exported("AGENT")) {
            (self.owner, self.first_agent) = (person, agent);
        }
    }

    /// Asks the service to stop, waits until it has, and answers whether it ended well.
    pub fn stop(&mut self) -> bool {
        let mut process = self.process.take().unwrap();
        let asked = Command::new("sh").arg("-c").arg(format!("kill -TERM {}", process.id())).status().unwrap();
        assert!(asked.success());
        process.wait().unwrap().success()
    }

    /// Ends the service in the midst of whatever it does.
    pub fn kill(&mut self) {
        let mut process = self.process.take().unwrap();
        process.kill().unwrap();
        process.wait().unwrap();
    }

    /// Stops the service if it runs, and starts it again on the same data. Who calls it finds it at its new address.
    pub async fn restart(&mut self) {
        if self.process.is_some() {
            assert!(self.stop(), "the service ended badly:\n{}", self.log());
        }
        self.begin().await;
    }

    /// Sets something otherwise, from the next start on.
    pub fn set(&mut self, name: &str, value: &str) {
        self.settings.retain(|(known, _)| known != name);
        self.settings.push((name.to_owned(), value.to_owned()));
    }

    /// Runs another command of the program on the same data, beside the service.
    pub fn command(&self, arguments: &[&str]) -> Finished {
        let output = self.program(arguments).output().unwrap();
        Finished {
            success: output.status.success(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Begins another command of the program on the same data, for a test that does not let it come to its end.
    pub fn begin_command(&self, arguments: &[&str]) -> Child {
        let mut command = self.program(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().unwrap()
    }

    /// Where the service is.
    pub fn base(&self) -> String {
        self.address.get()
    }

    /// Where the service is, without `http://`.
    pub fn address(&self) -> String {
        self.base().trim_start_matches("http://").to_owned()
    }

    /// The data directory.
    pub fn data(&self) -> &Path {
        self.foundation.data()
    }

    /// What it stands on.
    pub const fn foundation(&self) -> &Arc<Foundation> {
        &self.foundation
    }

    pub(crate) fn database_url(&self) -> String {
        self.foundation.database_url()
    }

    pub(crate) const fn way(&self) -> &Arc<Address> {
        &self.address
    }

    /// A place for files of the test, gone with it.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The size in bytes of all content in the store, by its key.
    pub async fn stored(&self) -> BTreeMap<String, u64> {
        self.store().list().await
    }

    /// The content, seen past the service.
    pub fn store(&self) -> &Store {
        self.foundation.store()
    }

    /// What the service has logged since it was started last.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.file("log")).unwrap_or_default()
    }

    /// The person of the first start, who may do everything.
    pub fn owner(&self) -> Caller {
        self.holder(&self.owner)
    }

    /// The key of that person, if this process has shown it.
    pub fn shown_owner(&self) -> Option<&str> {
        Some(self.owner.as_str()).filter(|key| !key.is_empty())
    }

    /// The operating system's number of the process.
    pub fn process_id(&self) -> u32 {
        self.process.as_ref().unwrap().id()
    }

    /// The agent of the first start.
    pub fn first_agent(&self) -> Caller {
        self.holder(&self.first_agent)
    }

    /// Whoever holds this key.
    pub fn holder(&self, key: &str) -> Caller {
        Caller::new(self.door.clone(), Some(key.to_owned()))
    }

    /// Somebody without a key.
    pub fn stranger(&self) -> Caller {
        Caller::new(self.door.clone(), None)
    }

    /// A person who may read, write and approve.
    pub async fn person(&self, name: &str) -> Caller {
        self.named_key(name, "person", &["assets:read", "assets:write", "assets:approve"]).await
    }

    /// An agent that may read and write.
    pub async fn agent(&self, name: &str) -> Caller {
        self.named_key(name, "agent", &["assets:read", "assets:write"]).await
    }

    /// A service that may read what is approved.
    pub async fn publisher(&self) -> Caller {
        self.key("service", &["assets:read:approved"]).await
    }

    /// A key of a kind with scopes.
    pub async fn key(&self, kind: &str, scopes: &[&str]) -> Caller {
        self.named_key(kind, kind, scopes).await
    }

    /// A key with a name, of a kind, with scopes.
    pub async fn named_key(&self, name: &str, kind: &str, scopes: &[&str]) -> Caller {
        self.holder(&self.owner().made_key(name, kind, scopes).await)
    }

    /// A new tenant.
    pub fn workspace(&self, name: &str) {
        self.command(&["workspace", "create", name]).ok();
    }

    /// A key of another tenant, made on the command line.
    pub fn key_in(&self, workspace: &str, name: &str, kind: &str, scopes: &[&str]) -> Caller {
        let mut arguments = vec!["key", "create", "--workspace", workspace, "--name", name, "--kind", kind];
        for scope in scopes {
            arguments.extend(["--scope", scope]);
        }
        self.holder(&self.command(&arguments).ok())
    }

    /// A request without a key for a whole link.
    pub fn follow(&self, link: &str) -> Ask {
        self.stranger().get(self.path_of(link))
    }

    /// The path of a link to this service.
    pub fn path_of<'l>(&self, link: &'l str) -> &'l str {
        let rest = link.strip_prefix("http://").unwrap_or_else(|| panic!("not a link: {link}"));
        rest.find('/').and_then(|slash| rest.get(slash..)).unwrap_or("/")
    }

    fn program(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(program());
        command.args(arguments).current_dir(self.folder.path()).env_clear();
        command.env("ASSETS_LISTEN", "127.0.0.1:0").env("ASSETS_DATA_DIR", self.data()).env("ASSETS_RATE_LIMIT", "0");
        // What is in the store is what a test put there, and programs that help are found nowhere: neither depends on time or machine.
        command.env("ASSETS_PREVIEWS_AHEAD", "false");
        command.envs(self.foundation.settings());
        command.envs(self.settings.iter().map(|(name, value)| (name, value)));
        command
    }

    fn file(&self, what: &str) -> PathBuf {
        self.folder.path().join(format!("{what}-{}", self.starts))
    }
}

impl Drop for App {
    fn drop(&mut self) {
        if self.process.is_some() {
            self.kill();
        }
        if std::thread::panicking() {
            let log = self.log();
            let skipped = log.lines().count().saturating_sub(40);
            let last: Vec<_> = log.lines().skip(skipped).collect();
            #[expect(clippy::print_stderr, reason = "whoever reads about the failure wants to know")]
            {
                eprintln!("the last that the service logged:\n{}", last.join("\n"));
            }
        }
    }
}

/// The program, which is built beside the tests.
#[must_use]
pub fn program() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let found = test.ancestors().skip(1).take(3).map(|folder| folder.join("assets-under-test")).find(|file| file.is_file());
    found.unwrap_or_else(|| panic!("assets-under-test is not built beside {}", test.display()))
}

fn served_address(line: &str) -> Option<String> {
    let line: serde_json::Value = serde_json::from_str(line).ok()?;
    let serving = line.get("message")?.as_str()? == "serving";
    line.get("address")?.as_str().filter(|_| serving).map(str::to_owned)
}
