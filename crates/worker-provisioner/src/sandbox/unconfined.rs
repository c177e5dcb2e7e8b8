//! Finding the processes of a program that runs without a sandbox.

use std::sync::atomic::{AtomicU64, Ordering};

use rustix::process::{Pid, Signal};

/// The environment variable that every process of an unconfined program inherits.
pub(super) const MARK: &str = "RBEE_HIVE_PROCESS";

static NEXT: AtomicU64 = AtomicU64::new(0);

/// A mark that no other program has.
pub(super) fn mark() -> String {
    format!("{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Ends every process that carries the mark. Repeats until none is left, because one may start
/// another while the list is read.
pub(super) fn kill_marked(mark: &str) {
    let wanted = format!("{MARK}={mark}");
    for _ in 0..50 {
        let marked: Vec<Pid> = processes().filter(|pid| carries(*pid, &wanted)).collect();
        if marked.is_empty() {
            return;
        }
        for pid in marked {
            let _ = rustix::process::kill_process(pid, Signal::KILL);
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}

fn processes() -> impl Iterator<Item = Pid> {
    let entries = fs_err::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|e| Pid::from_raw(e.file_name().to_str()?.parse().ok()?))
}

fn carries(pid: Pid, wanted: &str) -> bool {
    let path = format!("/proc/{}/environ", pid.as_raw_nonzero());
    fs_err::read(path).is_ok_and(|e| e.split(|b| *b == 0).any(|v| v == wanted.as_bytes()))
}
