//! The half that runs in a child: it walls itself in, does one job, and is gone.

use std::{
    io::{Read, Write},
    os::unix::process::CommandExt,
    path::Path,
    process::{Command, ExitCode, Stdio},
};

use crate::{
    draw,
    job::{Answer, Assignment, Job, MAX_ANSWER_BYTES},
    walls::{self, Inmate},
};

/// How a worker ends that could not raise its walls: it looks at nothing then.
pub(crate) const UNWALLED: u8 = 70;

/// Does the one job that is read from standard input, in the folder where the process stands, and answers on standard output.
///
/// To be called first thing in `main`, in a process started by a [`Workshop`](crate::Workshop): what the process gives up here, it
/// has not got back when this returns, and only the thread that calls this is walled in as far as files go.
#[must_use]
pub fn work() -> ExitCode {
    // What was started for a service that is gone has nobody to answer to.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL));
    let mut letter = Vec::new();
    let read = std::io::stdin().lock().take(MAX_ANSWER_BYTES).read_to_end(&mut letter);
    let Some(Assignment { job, content_bytes }) = read.ok().and_then(|_| serde_json::from_slice(&letter).ok()) else {
        return ExitCode::FAILURE;
    };
    let inmate = match job {
        Job::Ffmpeg(..) => Inmate::Tool { knocks: false },
        Job::LibreOffice(..) => Inmate::Tool { knocks: true },
        _ => Inmate::Pure,
    };
    if walls::raise(job.limits(content_bytes), inmate, Path::new(".")).is_err() {
        return ExitCode::from(UNWALLED);
    }
    let answer = match job {
        Job::Ffmpeg(program, arguments) | Job::LibreOffice(program, arguments) => return become_tool(&program, &arguments),
        Job::Draw(wanted) => draw::content(&wanted),
        Job::DrawFrame(wanted) => draw::frame(&wanted),
        Job::DrawPrint(wanted) => draw::print(&wanted),
        Job::Pages => draw::pages(),
        Job::Card(wanted, shortfall) => draw::card(&wanted, &shortfall),
        Job::Nothing(variant) => draw::nothing(&variant),
    };
    if say(&answer).is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn say(answer: &Answer) -> std::io::Result<()> {
    let mut stdout = std::io::stdout().lock();
    serde_json::to_writer(&mut stdout, answer)?;
    stdout.flush()
}

/// From here on this process is the tool, behind the same walls. It comes back only if that failed.
fn become_tool(program: &Path, arguments: &[String]) -> ExitCode {
    let _ = Command::new(program).args(arguments).stdin(Stdio::null()).exec();
    ExitCode::FAILURE
}
