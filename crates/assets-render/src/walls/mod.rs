//! What a worker gives up before it looks at content.

#[cfg(target_os = "linux")]
mod linux;

use std::{io, path::Path};

use rustix::process::{Resource, Rlimit, nice, setrlimit};

use crate::job::Limits;

/// What stands behind the walls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Inmate {
    /// This program, which draws. It reads fonts and its folder, and starts nothing.
    Pure,
    /// Another program, which reads what is installed and its folder, and starts what it likes behind the same walls.
    Tool {
        /// Whether it insists on knocking at the doors of its other instances. It may hold a socket then, which leads nowhere.
        knocks: bool,
    },
}

/// Limits this process and takes its rights away for good. All that it starts has the same walls around it.
///
/// # Errors
/// A limit could not be set, or system calls could not be fenced off; nothing may be looked at then. That files are fenced off
/// besides is left to kernels that can (Linux 5.13 with Landlock).
pub(crate) fn raise(limits: Limits, inmate: Inmate, folder: &Path) -> io::Result<()> {
    let to = |current: u64, maximum: u64| Rlimit { current: Some(current), maximum: Some(maximum) };
    setrlimit(Resource::Core, to(0, 0))?;
    // One second more: it is told first and ended then.
    setrlimit(Resource::Cpu, to(limits.cpu_seconds, limits.cpu_seconds.saturating_add(1)))?;
    setrlimit(Resource::Fsize, to(limits.file_bytes, limits.file_bytes))?;
    setrlimit(Resource::Nofile, to(limits.files, limits.files))?;
    setrlimit(Resource::Data, to(limits.data_bytes, limits.data_bytes))?;
    // Whoever waits for an answer of the service goes first; where that is refused, nothing is less safe.
    let _ = nice(10);
    #[cfg(target_os = "linux")]
    linux::fence(inmate, folder)?;
    #[cfg(not(target_os = "linux"))]
    let _ = (inmate, folder);
    Ok(())
}

/// Runs something behind the walls of pure work, in the folder where the process stands, for those who want to see them hold.
///
/// # Errors
/// The walls could not be raised.
#[doc(hidden)]
pub fn confine<Answer>(work: impl FnOnce() -> Answer) -> io::Result<Answer> {
    raise(crate::job::Job::Pages.limits(0), Inmate::Pure, Path::new("."))?;
    Ok(work())
}
