use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// As many as connections, with what each reads, and the rest of the daemon.
const WANTED: u64 = 16384;

/// Has the process open as many files as it may, up to what a daemon needs. The usual limit, 1024,
/// is for programs that use select(2), and a thousand watchers are beyond it.
pub(crate) fn allow_many_files() {
    let limit = getrlimit(Resource::Nofile);
    let most = limit.maximum.unwrap_or(WANTED).min(WANTED);
    if limit.current.is_some_and(|current| current < most) {
        let raised = Rlimit { current: Some(most), ..limit };
        if let Err(error) = setrlimit(Resource::Nofile, raised) {
            tracing::warn!(%error, "failed to raise the limit of open files to {most}");
        }
    }
}
