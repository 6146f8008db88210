//! One child, from its start to its end.

use std::{io, path::Path, process::Stdio, time::Duration};

use assets_domain::ports::Breakage;
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    process::{Child, Command},
    time::timeout,
};

use super::{Bench, broken};
use crate::{
    WORKER_ARGUMENT,
    job::{Assignment, CONTENT, DECK, Job, MAX_ANSWER_BYTES, PRINT},
    worker::UNWALLED,
};

/// How a child ended.
pub(super) enum Ending {
    /// Well, and it said this.
    Done(Vec<u8>),
    /// It gave up.
    Failed,
    /// It was stopped, because it used more than it may.
    Stopped,
}

/// Starts the children's group, and ends all that is left of it when the job is over, however that came about.
struct Group(Option<Pid>);

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(leader) = self.0 {
            let _ = kill_process_group(leader, Signal::KILL);
        }
    }
}

/// Has a job done in a child.
///
/// # Errors
/// It could not be started, or could not be walled in.
pub(super) async fn run(program: &Path, bench: &Bench, job: Job) -> Result<Ending, Breakage> {
    let name = match job {
        Job::DrawPrint(_) => PRINT,
        Job::LibreOffice(..) => DECK,
        _ => CONTENT,
    };
    let assignment = Assignment { content_bytes: bench.size_bytes(name), job };
    let wall = assignment.job.limits(assignment.content_bytes).wall;
    let letter = serde_json::to_vec(&assignment).map_err(|error| Breakage::Failed(Box::new(error)))?;
    let mut child = start(program, bench.path()).map_err(broken)?;
    let group = Group(child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw));
    let ending = see_off(&mut child, &letter, wall).await.map_err(broken)?;
    drop(group);
    ending.ok_or_else(|| Breakage::Failed("a worker could not be walled in".into()))
}

fn start(program: &Path, folder: &Path) -> io::Result<Child> {
    Command::new(program)
        .arg(WORKER_ARGUMENT)
        .env_clear()
        .envs([("HOME", folder), ("TMPDIR", folder), ("XDG_RUNTIME_DIR", folder), ("PATH", Path::new("/usr/bin:/bin"))])
        .env("LANG", "C.UTF-8")
        .current_dir(folder)
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
}

/// How it ended; `None` if the walls could not be raised.
async fn see_off(child: &mut Child, letter: &[u8], wall: Duration) -> io::Result<Option<Ending>> {
    let (Some(mut stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else { return Err(io::ErrorKind::BrokenPipe.into()) };
    let whole = async {
        // One that is gone already has an ending that says more than the broken pipe.
        let _ = stdin.write_all(letter).await;
        drop(stdin);
        let mut said = Vec::new();
        stdout.take(MAX_ANSWER_BYTES).read_to_end(&mut said).await?;
        Ok::<_, io::Error>((child.wait().await?, said))
    };
    let Ok(ended) = timeout(wall, whole).await else { return Ok(Some(Ending::Stopped)) };
    let (status, said) = ended?;
    Ok(match status.code() {
        Some(0) => Some(Ending::Done(said)),
        Some(code) if code == i32::from(UNWALLED) => None,
        Some(_) => Some(Ending::Failed),
        None => Some(Ending::Stopped),
    })
}
