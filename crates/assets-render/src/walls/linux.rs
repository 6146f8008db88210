//! The walls that only Linux has: Landlock around the files, and a filter on system calls.

use std::{collections::BTreeMap, io, path::Path};

use landlock::{
    ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, Ruleset, RulesetAttr, RulesetCreatedAttr, Scope, path_beneath_rules,
};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule, apply_filter_all_threads,
};

use super::Inmate;

/// Where fonts are installed.
const FONTS: [&str; 2] = ["/usr/share/fonts", "/usr/local/share/fonts"];
/// What a program that is installed needs to run.
const SEEN_BY_TOOLS: [&str; 10] = [
    "/usr",
    "/lib",
    "/lib64",
    "/bin",
    "/etc",
    "/proc",
    "/dev",
    "/var/cache/fontconfig",
    // Where Debian keeps what comes with LibreOffice.
    "/var/lib/libreoffice",
    "/var/spool/libreoffice",
];
/// Numbers that x86-64 also knows by this bit (the x32 way of calling).
#[cfg(target_arch = "x86_64")]
const X32: i64 = 0x4000_0000;

pub(super) fn fence(inmate: Inmate, folder: &Path) -> io::Result<()> {
    fence_files(inmate, folder).map_err(io::Error::other)?;
    let mut filters = vec![filter(inmate)];
    if inmate == (Inmate::Tool { knocks: true }) {
        filters.push(make_believe());
    }
    filters.into_iter().try_for_each(|filter| apply_filter_all_threads(&filter.map_err(io::Error::other)?).map_err(io::Error::other))
}

/// Best effort: a kernel without Landlock leaves files to their permissions, and the filter below still holds.
fn fence_files(inmate: Inmate, folder: &Path) -> Result<(), landlock::RulesetError> {
    let abi = ABI::V6;
    let all = AccessFs::from_all(abi);
    let (read, run) = (AccessFs::ReadFile | AccessFs::ReadDir, AccessFs::from_read(abi));
    let walls = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(all)?
        .handle_access(AccessNet::from_all(abi))?
        .scope(Scope::from_all(abi))?
        .create()?;
    let own = all & !(AccessFs::MakeSym | AccessFs::MakeChar | AccessFs::MakeBlock | AccessFs::Execute);
    let walls = match inmate {
        Inmate::Pure => walls
            .add_rules(path_beneath_rules([folder], own & !AccessFs::MakeFifo & !AccessFs::MakeSock))?
            .add_rules(path_beneath_rules(FONTS, read))?,
        Inmate::Tool { .. } => walls
            .add_rules(path_beneath_rules([folder], all & !AccessFs::Execute))?
            .add_rules(path_beneath_rules(["/dev/null"], AccessFs::from_file(abi)))?
            .add_rules(path_beneath_rules(SEEN_BY_TOOLS, run))?,
    };
    walls.restrict_self().map(drop)
}

/// What nobody here has use for, and others have broken out by.
const REFUSED: [libc::c_long; 26] = [
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_io_uring_setup,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_open_by_handle_at,
    libc::SYS_kexec_load,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_reboot,
    libc::SYS_swapon,
    libc::SYS_acct,
    libc::SYS_mknodat,
    libc::SYS_pidfd_getfd,
];

/// What one who only draws has no use for: to talk, to start, to reach for others, and to raise its own limits.
const REFUSED_TO_PURE: [libc::c_long; 26] = [
    libc::SYS_tkill,
    libc::SYS_rt_tgsigqueueinfo,
    libc::SYS_socket,
    libc::SYS_socketpair,
    libc::SYS_connect,
    libc::SYS_bind,
    libc::SYS_listen,
    libc::SYS_accept,
    libc::SYS_accept4,
    libc::SYS_sendto,
    libc::SYS_sendmsg,
    libc::SYS_sendmmsg,
    libc::SYS_execve,
    libc::SYS_execveat,
    libc::SYS_clone,
    libc::SYS_clone3,
    libc::SYS_kill,
    libc::SYS_pidfd_open,
    libc::SYS_pidfd_send_signal,
    libc::SYS_rt_sigqueueinfo,
    libc::SYS_symlinkat,
    libc::SYS_linkat,
    libc::SYS_setrlimit,
    libc::SYS_prlimit64,
    libc::SYS_setpgid,
    libc::SYS_setsid,
];

/// To leave the group that is ended with the job.
const REFUSED_TO_TOOLS: [libc::c_long; 2] = [libc::SYS_setsid, libc::SYS_setpgid];

/// To send signals: where Landlock cannot keep them within the walls, they could end the service.
const SIGNALS: [libc::c_long; 4] = [libc::SYS_kill, libc::SYS_tkill, libc::SYS_pidfd_send_signal, libc::SYS_rt_sigqueueinfo];

/// The older names of some of them, which only this architecture has.
#[cfg(target_arch = "x86_64")]
const OLDER: [libc::c_long; 5] = [libc::SYS_fork, libc::SYS_vfork, libc::SYS_symlink, libc::SYS_link, libc::SYS_mknod];
#[cfg(not(target_arch = "x86_64"))]
const OLDER: [libc::c_long; 0] = [];

fn filter(inmate: Inmate) -> Result<BpfProgram, seccompiler::BackendError> {
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> = REFUSED.into_iter().map(|call| (call, Vec::new())).collect();
    match inmate {
        Inmate::Pure => rules.extend(REFUSED_TO_PURE.into_iter().chain(OLDER).map(|call| (call, Vec::new()))),
        Inmate::Tool { knocks: false } => {
            let alone = [libc::SYS_socket, libc::SYS_connect].into_iter().chain(REFUSED_TO_TOOLS).chain(SIGNALS);
            rules.extend(alone.map(|call| (call, Vec::new())));
        }
        Inmate::Tool { knocks: true } => {
            let local = u64::try_from(libc::AF_UNIX).unwrap_or_default();
            let other = SeccompCondition::new(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Ne, local)?;
            rules.extend([libc::SYS_connect].into_iter().chain(REFUSED_TO_TOOLS).map(|call| (call, Vec::new())));
            rules.extend([(libc::SYS_socket, vec![SeccompRule::new(vec![other])?])]);
        }
    }
    let refused = SeccompAction::Errno(u32::try_from(libc::EPERM).unwrap_or(1));
    compile(rules, refused)
}

/// LibreOffice does not start unless it can wait for its other instances at a socket, which it puts into a folder that is not its
/// own. There are none: it is told that it waits.
fn make_believe() -> Result<BpfProgram, seccompiler::BackendError> {
    compile([libc::SYS_bind, libc::SYS_listen].into_iter().map(|call| (call, Vec::new())).collect(), SeccompAction::Errno(0))
}

fn compile(rules: BTreeMap<i64, Vec<SeccompRule>>, answer: SeccompAction) -> Result<BpfProgram, seccompiler::BackendError> {
    #[cfg(target_arch = "x86_64")]
    let rules = rules.iter().flat_map(|(call, conditions)| [(*call, conditions.clone()), (*call | X32, conditions.clone())]).collect();
    SeccompFilter::new(rules, SeccompAction::Allow, answer, std::env::consts::ARCH.try_into()?)?.try_into()
}
