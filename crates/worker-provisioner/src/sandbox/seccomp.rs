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

/// From Linux 6.15; the same number on every architecture.
const SYS_OPEN_TREE_ATTR: libc::c_long = 467;

/// Sockets that reach around the network namespace, or kernel code that no build needs.
const SOCKETS: &[i32] = &[libc::AF_ALG, libc::AF_PACKET, libc::AF_VSOCK];

/// How many filters there are.
pub(super) const FILTERS: usize = 3;

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
    SYS_OPEN_TREE_ATTR,
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

/// The filters, as `bwrap` reads them: what is denied, what is said not to exist, and what is
/// called through another door.
pub(super) fn filters() -> Result<[Vec<u8>; FILTERS], SandboxError> {
    let arch = TargetArch::try_from(std::env::consts::ARCH)
        .map_err(|e| SandboxError::Filter(e.to_string()))?;
    let mut denied: BTreeMap<i64, Vec<SeccompRule>> =
        DENIED.iter().map(|call| (*call, Vec::new())).collect();
    let new_namespace = NAMESPACES.iter().map(|flag| masked(0, u64::from(flag.unsigned_abs())));
    denied.insert(libc::SYS_clone, new_namespace.collect::<Result<_, _>>()?);
    // Pushing characters into a terminal's input.
    let push = [libc::TIOCSTI, libc::TIOCLINUX].map(|request| equal(1, request));
    denied.insert(libc::SYS_ioctl, push.into_iter().collect::<Result<_, _>>()?);
    let sockets = SOCKETS.iter().map(|family| equal(0, u64::from(family.unsigned_abs())));
    denied.insert(libc::SYS_socket, sockets.collect::<Result<_, _>>()?);
    // `clone3` takes its flags in memory, where a filter cannot look: without it the C library
    // falls back to `clone`.
    let absent = BTreeMap::from([(libc::SYS_clone3, Vec::new())]);
    Ok([program(denied, libc::EPERM, arch)?, program(absent, libc::ENOSYS, arch)?, other_numbers()])
}

/// Refuses the system call numbers of x32, under which every call above has a second one. The other
/// filters end a program of another architecture, but x32 is none.
fn other_numbers() -> Vec<u8> {
    const LOAD: u16 = 0x20; // BPF_LD | BPF_W | BPF_ABS
    const AT_LEAST: u16 = 0x35; // BPF_JMP | BPF_JGE | BPF_K
    const RETURN: u16 = 0x06; // BPF_RET | BPF_K
    let steps: [(u16, u8, u8, u32); 4] = [
        (LOAD, 0, 0, 0), // seccomp_data.nr
        (AT_LEAST, 0, 1, 0x4000_0000),
        (RETURN, 0, 0, libc::SECCOMP_RET_ERRNO | libc::ENOSYS.unsigned_abs()),
        (RETURN, 0, 0, libc::SECCOMP_RET_ALLOW),
    ];
    steps.iter().flat_map(|(code, jt, jf, k)| step(*code, *jt, *jf, *k)).collect()
}

/// `struct sock_filter` of linux/filter.h, in the machine's byte order.
fn step(code: u16, jt: u8, jf: u8, k: u32) -> [u8; 8] {
    let ([c0, c1], [k0, k1, k2, k3]) = (code.to_ne_bytes(), k.to_ne_bytes());
    [c0, c1, jt, jf, k0, k1, k2, k3]
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
    Ok(program.iter().flat_map(|s| step(s.code, s.jt, s.jf, s.k)).collect())
}
