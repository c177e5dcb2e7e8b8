//! Finding the processes of a program that runs without a sandbox.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use rustix::process::{Pid, Signal};

/// The environment variable that every process of an unconfined program inherits.
pub(super) const MARK: &str = "RBEE_HIVE_PROCESS";

static NEXT: AtomicU64 = AtomicU64::new(0);

/// A mark that no other program has.
pub(super) fn mark() -> String {
    format!("{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Ends every process that carries the mark. Repeats until none is left, because one may start
/// another while the list is read, and because one that is just starting a program has no
/// environment for a moment.
pub(super) fn kill_marked(mark: &str) {
    let wanted = format!("{MARK}={mark}");
    let mut unclear_for = 0;
    for _ in 0..100 {
        let (mut marked, mut unclear) = (Vec::new(), false);
        for pid in processes() {
            match environment(pid) {
                Some(found) if found.split(|b| *b == 0).any(|v| v == wanted.as_bytes()) => {
                    marked.push(pid);
                }
                // Each variable ends with a zero. What does not was read while a program started.
                Some(found) => unclear |= !found.ends_with(&[0]) && is_program(pid),
                None => {}
            }
        }
        // Some programs have none for good.
        unclear_for = if marked.is_empty() { unclear_for + 1 } else { 0 };
        if unclear_for > if unclear { UNCLEAR } else { 0 } {
            return;
        }
        for pid in marked {
            let _ = rustix::process::kill_process(pid, Signal::KILL);
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// How often the list is read again for processes whose environment is not to be seen.
const UNCLEAR: u32 = 20;

fn processes() -> impl Iterator<Item = Pid> {
    let entries = fs_err::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|e| Pid::from_raw(e.file_name().to_str()?.parse().ok()?))
}

/// What a process was started with, unless it is gone or somebody else's.
fn environment(pid: Pid) -> Option<Vec<u8>> {
    fs_err::read(format!("/proc/{}/environ", pid.as_raw_nonzero())).ok()
}

/// Whether it is neither a thread of the kernel nor one that has ended and waits to be buried.
fn is_program(pid: Pid) -> bool {
    const KERNEL_THREAD: u64 = 0x0020_0000;
    let stat = fs_err::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero()));
    // `PID (NAME) STATE PPID PGRP SESSION TTY TPGID FLAGS`, and NAME may have anything in it.
    let Some((_, fields)) = stat.as_deref().ok().and_then(|s| s.rsplit_once(") ")) else {
        return false;
    };
    let fields: Vec<&str> = fields.split(' ').take(7).collect();
    let flags = fields.get(6).and_then(|flags| flags.parse::<u64>().ok()).unwrap_or_default();
    !matches!(fields.first(), Some(&("Z" | "X"))) && flags & KERNEL_THREAD == 0
}
