//! Servers as processes: started on one core, asked by the operating system what they used, stopped.

use std::{
    fs::File,
    net::SocketAddr,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use serde::Serialize;

use crate::{
    Failure,
    exchange::{Connection, Request},
};

/// Clock ticks a second that Linux counts processor time in (`USER_HZ`, proc(5)).
const TICKS_A_SECOND: u64 = 100;
/// How long a server may take to answer for the first time.
const PATIENCE: Duration = Duration::from_secs(120);
/// How often it is asked.
const GLANCE: Duration = Duration::from_micros(500);

/// A running server. It is killed when this is dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
    /// From before it was started to its first answer.
    pub(crate) start: Duration,
    /// The database server that works for it, if there is one.
    database: Option<u32>,
    /// Where its rows are, or its database's.
    rows: PathBuf,
}

/// What is to be started.
pub(crate) struct Launch<'a> {
    pub(crate) program: &'a Path,
    pub(crate) arguments: Vec<String>,
    pub(crate) environment: Vec<(String, String)>,
    /// What answers 200 when it serves.
    pub(crate) probe: &'a str,
    /// Where its log goes, beside its rows if no database has them.
    pub(crate) log: PathBuf,
    pub(crate) address: SocketAddr,
    /// The postmaster, whose processes count as the server's.
    pub(crate) database: Option<u32>,
}

/// A port that was free a moment ago.
pub(crate) fn free_address() -> Result<SocketAddr, Failure> {
    Ok(std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()?)
}

impl Server {
    /// Starts a server on the first core, and waits for its first answer.
    ///
    /// # Errors
    /// It cannot be started, or does not answer.
    pub(crate) async fn start(launch: Launch<'_>) -> Result<Self, Failure> {
        let mut command = if has_taskset() {
            let mut command = Command::new("taskset");
            command.args(["-c", "0"]).arg(launch.program);
            command
        } else {
            Command::new(launch.program)
        };
        let (log, log_name) = (File::create(&launch.log)?, launch.log.display().to_string());
        command.args(&launch.arguments).envs(launch.environment).stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        let begun = Instant::now();
        let child = command.spawn()?;
        // A postmaster works in its data directory.
        let rows = launch.database.map_or(launch.log, |postmaster| format!("/proc/{postmaster}/cwd").into());
        let mut server = Self { child, address: launch.address, start: Duration::ZERO, database: launch.database, rows };
        let probe = Request::new("GET", launch.probe, &[], "", 200);
        loop {
            if let Ok(mut connection) = Connection::open(launch.address).await
                && connection.exchange(&probe, 0, false).await.is_ok()
            {
                server.start = begun.elapsed();
                return Ok(server);
            }
            if let Some(status) = server.child.try_wait()? {
                return Err(format!("the server ended with {status}; its log is {}", log_name).into());
            }
            if begun.elapsed() > PATIENCE {
                return Err(format!("the server does not answer; its log is {}", log_name).into());
            }
            tokio::time::sleep(GLANCE).await;
        }
    }

    /// Processor time that it has used so far, with its database.
    pub(crate) fn processor_time(&self) -> Result<Duration, Failure> {
        let own = ticks_of(self.child.id())?;
        let database = self.database.map_or(Ok(0), ticks_of_family)?;
        Ok(duration(own + database))
    }

    /// Its memory now and at most, in bytes, without its database.
    pub(crate) fn memory(&self) -> Result<Memory, Failure> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let kib = |name: &str| -> Option<u64> {
            let line = status.lines().find(|line| line.starts_with(name))?;
            line.split_whitespace().nth(1)?.parse().ok()
        };
        let bytes = |name| kib(name).map(|kib| kib << 10).ok_or("a process without memory");
        Ok(Memory { now_bytes: bytes("VmRSS:")?, peak_bytes: bytes("VmHWM:")? })
    }

    /// What it asked of the system so far, with its database.
    pub(crate) fn asked(&self) -> Result<Asked, Failure> {
        let mut asked = Asked::of(self.child.id())?;
        for process in self.database.map_or_else(|| Ok(Vec::new()), children_of)? {
            // One that ended meanwhile does nothing any more.
            let Ok(more) = Asked::of(process) else { continue };
            asked = Asked { calls: asked.calls + more.calls, written_bytes: asked.written_bytes + more.written_bytes };
        }
        Ok(asked)
    }

    /// How often the disk that has its rows was told to keep what it has been given, by anybody; `None` if it does not say.
    pub(crate) fn flushes(&self) -> Result<Option<u64>, Failure> {
        flushes_below(&self.rows)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nobody to kill.
        let _ended = self.child.kill();
        let _ended = self.child.wait();
    }
}

/// Memory of a process.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Memory {
    pub(crate) now_bytes: u64,
    pub(crate) peak_bytes: u64,
}

/// What a process asked of the system: what does not depend on the machine.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Asked {
    /// Calls that read or wrote files, logs and pipes; sockets have calls of their own, which are not counted.
    pub(crate) calls: u64,
    /// What those wrote.
    pub(crate) written_bytes: u64,
}

impl Asked {
    fn of(process: u32) -> Result<Self, Failure> {
        let io = std::fs::read_to_string(format!("/proc/{process}/io"))?;
        let field = |name: &str| io.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok()).unwrap_or(0);
        Ok(Self { calls: field("syscw:") + field("syscr:"), written_bytes: field("wchar:") })
    }
}

fn flushes_below(file: &Path) -> Result<Option<u64>, Failure> {
    let device = std::fs::metadata(file)?.dev();
    // As glibc takes a device number apart (makedev(3)).
    let major = (device >> 8 & 0xfff) | (device >> 32 & 0xffff_f000);
    let minor = (device & 0xff) | (device >> 12 & 0xffff_ff00);
    let disks = std::fs::read_to_string("/proc/diskstats")?;
    let fields = disks.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let mut disk = fields.filter(|fields| fields.first() == Some(&&*major.to_string()) && fields.get(1) == Some(&&*minor.to_string()));
    // The nineteenth field of /proc/diskstats (Documentation/admin-guide/iostats.rst).
    Ok(disk.next().and_then(|fields| fields.get(18)?.parse().ok()))
}

fn duration(ticks: u64) -> Duration {
    Duration::from_millis(ticks.saturating_mul(1000 / TICKS_A_SECOND))
}

/// Whether a process can be kept to a core here.
pub(crate) fn has_taskset() -> bool {
    Command::new("taskset").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

/// Keeps this process to the last core, so that it does not take from the server's.
pub(crate) fn keep_to_last_core() -> Result<(), Failure> {
    let cores = std::thread::available_parallelism()?.get();
    if cores < 2 || !has_taskset() {
        return Ok(());
    }
    let last = (cores - 1).to_string();
    let own = std::process::id().to_string();
    Command::new("taskset").args(["-a", "-p", "-c", &last, &own]).stdout(Stdio::null()).status()?;
    Ok(())
}

/// Keeps a process, and those that it begins from now on, to the core of the servers.
pub(crate) fn keep_to_first_core(process: u32) -> Result<(), Failure> {
    if has_taskset() {
        Command::new("taskset").args(["-p", "-c", "0", &process.to_string()]).stdout(Stdio::null()).status()?;
    }
    Ok(())
}

/// The process that began another.
pub(crate) fn parent_of(process: u32) -> Result<u32, Failure> {
    Ok(u32::try_from(field(&stat(process)?, 4))?)
}

/// The fields of `/proc/PID/stat` behind the name of the program, which may hold anything.
fn stat(pid: u32) -> Result<Vec<u64>, Failure> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let (_, fields) = text.rsplit_once(')').ok_or("a process without a name")?;
    Ok(fields.split_whitespace().map(|field| field.parse().unwrap_or(0)).collect())
}

fn field(fields: &[u64], number: usize) -> u64 {
    // The first field behind the name is the third of all (proc(5)).
    fields.get(number - 3).copied().unwrap_or(0)
}

fn ticks_of(pid: u32) -> Result<u64, Failure> {
    let fields = stat(pid)?;
    Ok(field(&fields, 14) + field(&fields, 15))
}

/// A process, its children that live, and those that ended.
fn ticks_of_family(parent: u32) -> Result<u64, Failure> {
    let own = stat(parent)?;
    let mut ticks = [14, 15, 16, 17].map(|number| field(&own, number)).iter().sum();
    for child in children_of(parent)? {
        // One that ended meanwhile is among the ended ones next time.
        ticks += ticks_of(child).unwrap_or(0);
    }
    Ok(ticks)
}

/// The children of a process that live.
fn children_of(parent: u32) -> Result<Vec<u32>, Failure> {
    let mut children = Vec::new();
    for entry in std::fs::read_dir("/proc")? {
        let Some(pid) = entry?.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        if stat(pid).is_ok_and(|fields| field(&fields, 4) == u64::from(parent)) {
            children.push(pid);
        }
    }
    Ok(children)
}

/// Processor time that all processes of the machine have used so far.
pub(crate) fn machine_time() -> Result<Duration, Failure> {
    let text = std::fs::read_to_string("/proc/stat")?;
    let line = text.lines().next().ok_or("a machine without processors")?;
    let fields: Vec<u64> = line.split_whitespace().skip(1).map(|field| field.parse().unwrap_or(0)).collect();
    // All but idle and waiting for disks (proc(5)).
    let busy = fields.iter().take(8).enumerate().filter(|(place, _)| ![3, 4].contains(place)).map(|(_, ticks)| ticks).sum();
    Ok(duration(busy))
}

/// Processor time that this process has used so far.
pub(crate) fn own_time() -> Result<Duration, Failure> {
    Ok(duration(ticks_of(std::process::id())?))
}
