//! What who looks after the daemon needs: its log, its numbers, and what it tells systemd.

mod logging;
mod supervisor;

pub(crate) use logging::log_to_stderr;
pub(crate) use supervisor::Supervisor;
