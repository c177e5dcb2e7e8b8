//! The system calls that no recipe needs.
//!
//! The namespaces already keep the host out of sight; this takes away the kernel's rarely used
//! doors, where most escapes were found. What compilers, interpreters, debuggers and leak checkers
//! use stays.

use std::collections::BTreeMap;

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, TargetArch,
};

use super::SandboxError;

/// Answered with "operation not permitted".
const DENIED: &[libc::c_long] = &[
    libc::SYS_acct,
    libc::SYS_add_key,
    libc::SYS_bpf,
    libc::SYS_delete_module,
    libc::SYS_fanotify_init,
    libc::SYS_finit_module,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fsopen,
    libc::SYS_fspick,
    libc::SYS_init_module,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_io_uring_setup,
    libc::SYS_kcmp,
    libc::SYS_kexec_file_load,
    libc::SYS_kexec_load,
    libc::SYS_keyctl,
    libc::SYS_mount,
    libc::SYS_mount_setattr,
    libc::SYS_move_mount,
    libc::SYS_move_pages,
    libc::SYS_name_to_handle_at,
    libc::SYS_open_by_handle_at,
    libc::SYS_open_tree,
    libc::SYS_perf_event_open,
    libc::SYS_pivot_root,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_quotactl,
    libc::SYS_reboot,
    libc::SYS_request_key,
    libc::SYS_setns,
    libc::SYS_settimeofday,
    libc::SYS_swapoff,
    libc::SYS_swapon,
    libc::SYS_syslog,
    libc::SYS_umount2,
    libc::SYS_unshare,
    libc::SYS_userfaultfd,
    libc::SYS_vhangup,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_ioperm,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_iopl,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_uselib,
];

/// Flags of `clone` that make a namespace.
const NAMESPACES: &[i32] = &[
    libc::CLONE_NEWCGROUP,
    libc::CLONE_NEWIPC,
    libc::CLONE_NEWNET,
    libc::CLONE_NEWNS,
    libc::CLONE_NEWPID,
    libc::CLONE_NEWUSER,
    libc::CLONE_NEWUTS,
];

/// The two filters, as `bwrap` reads them: what is denied, and what is said not to exist.
pub(super) fn filters() -> Result<[Vec<u8>; 2], SandboxError> {
    let arch = TargetArch::try_from(std::env::consts::ARCH)
        .map_err(|e| SandboxError::Filter(e.to_string()))?;
    let mut denied: BTreeMap<i64, Vec<SeccompRule>> =
        DENIED.iter().map(|call| (*call, Vec::new())).collect();
    let new_namespace = NAMESPACES.iter().map(|flag| masked(0, u64::from(flag.unsigned_abs())));
    denied.insert(libc::SYS_clone, new_namespace.collect::<Result<_, _>>()?);
    // Pushing characters into a terminal's input.
    let push = [libc::TIOCSTI, libc::TIOCLINUX].map(|request| equal(1, request));
    denied.insert(libc::SYS_ioctl, push.into_iter().collect::<Result<_, _>>()?);
    // `clone3` takes its flags in memory, where a filter cannot look: without it the C library
    // falls back to `clone`.
    let absent = BTreeMap::from([(libc::SYS_clone3, Vec::new())]);
    Ok([program(denied, libc::EPERM, arch)?, program(absent, libc::ENOSYS, arch)?])
}

fn masked(argument: u8, flag: u64) -> Result<SeccompRule, SandboxError> {
    rule(argument, SeccompCmpArgLen::Qword, SeccompCmpOp::MaskedEq(flag), flag)
}

fn equal(argument: u8, value: u64) -> Result<SeccompRule, SandboxError> {
    rule(argument, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, value)
}

fn rule(
    argument: u8,
    length: SeccompCmpArgLen,
    operator: SeccompCmpOp,
    value: u64,
) -> Result<SeccompRule, SandboxError> {
    SeccompCondition::new(argument, length, operator, value)
        .and_then(|condition| SeccompRule::new(vec![condition]))
        .map_err(|e| SandboxError::Filter(e.to_string()))
}

fn program(
    rules: BTreeMap<i64, Vec<SeccompRule>>,
    errno: i32,
    arch: TargetArch,
) -> Result<Vec<u8>, SandboxError> {
    let action = SeccompAction::Errno(errno.unsigned_abs());
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, action, arch);
    let program: BpfProgram = filter
        .and_then(TryInto::try_into)
        .map_err(|e: seccompiler::BackendError| SandboxError::Filter(e.to_string()))?;
    // `struct sock_filter` of linux/filter.h, in the machine's byte order.
    let mut bytes = Vec::with_capacity(program.len() * 8);
    for step in program {
        bytes.extend(step.code.to_ne_bytes());
        bytes.extend([step.jt, step.jf]);
        bytes.extend(step.k.to_ne_bytes());
    }
    Ok(bytes)
}
