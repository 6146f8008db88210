//! Several processes on one foundation, as behind a load balancer.

use std::sync::Arc;

use crate::{App, Caller, Finished, Foundation, Records, door::Door};

/// What every process of a cluster is told: one address for all, and to log little.
const SETTINGS: [(&str, &str); 2] = [("ASSETS_PUBLIC_URL", "http://assets.test"), ("ASSETS_LOG", "warn,assets_server=info")];

/// Processes of one installation. Who calls the cluster gets to any of them in turn.
#[derive(Debug)]
pub struct Cluster {
    processes: Vec<App>,
    door: Arc<Door>,
}

impl Cluster {
    /// So many processes, serving.
    pub async fn start(foundation: Foundation, processes: usize) -> Self {
        let mut cluster = Self::prepare(foundation, processes, &[]);
        for process in &mut cluster.processes {
            process.begin().await;
        }
        cluster
    }

    /// So many processes with settings besides the usual, none of which runs yet.
    #[must_use]
    pub fn prepare(foundation: Foundation, processes: usize, settings: &[(&str, &str)]) -> Self {
        let foundation = Arc::new(foundation);
        let settings = [&SETTINGS[..], settings].concat();
        let processes: Vec<App> = (0..processes).map(|_| App::on(foundation.clone(), &settings)).collect();
        let door = Arc::new(Door::to(processes.iter().map(|process| process.way().clone()).collect()));
        Self { processes, door }
    }

    /// One of the processes, counted from 0.
    pub fn process(&self, place: usize) -> &App {
        self.processes.get(place).unwrap()
    }

    /// Every process.
    pub fn processes(&mut self) -> &mut [App] {
        &mut self.processes
    }

    /// Kills one process in the midst of whatever it does.
    pub fn kill(&mut self, place: usize) {
        self.processes.get_mut(place).unwrap().kill();
    }

    /// Starts one process again.
    pub async fn begin(&mut self, place: usize) {
        self.processes.get_mut(place).unwrap().begin().await;
    }

    /// Whoever holds this key, at any of the processes.
    pub fn holder(&self, key: &str) -> Caller {
        Caller::new(self.door.clone(), Some(key.to_owned()))
    }

    /// The person of the first start, who may do everything, at any of the processes.
    pub fn owner(&self) -> Caller {
        let shown = self.processes.iter().find_map(App::shown_owner);
        self.holder(shown.unwrap_or_else(|| panic!("no process has shown the first keys")))
    }

    /// A person who may read, write and approve, at any of the processes.
    pub async fn person(&self, name: &str) -> Caller {
        self.made(name, "person", &["assets:read", "assets:write", "assets:approve"]).await
    }

    /// An agent that may read and write, at any of the processes.
    pub async fn agent(&self, name: &str) -> Caller {
        self.made(name, "agent", &["assets:read", "assets:write"]).await
    }

    async fn made(&self, name: &str, kind: &str, scopes: &[&str]) -> Caller {
        self.holder(&self.owner().made_key(name, kind, scopes).await)
    }

    /// Runs another command of the program on the same foundation.
    pub fn command(&self, arguments: &[&str]) -> Finished {
        self.process(0).command(arguments)
    }

    /// What their database holds.
    pub async fn records(&self) -> Records {
        Records::of(self.process(0)).await
    }

    /// After a sweep there is one object for each row, and each row has its bytes. Nobody writes meanwhile.
    pub async fn assert_nothing_is_left_behind(&self) {
        for _ in 0..2 {
            self.command(&["gc", "--older-than", "0s"]).ok();
        }
        let said = self.command(&["fsck"]).ok();
        assert!(said.contains("0 faults; 0 orphaned files and 0 rests of uploads"), "{said}");
        let rows = self.records().await.number("SELECT COUNT(*) FROM blobs").await;
        assert_eq!(i64::try_from(self.process(0).stored().await.len()).unwrap(), rows, "one object for each row");
    }
}
