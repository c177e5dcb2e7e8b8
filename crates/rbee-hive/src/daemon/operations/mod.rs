//! What who looks after the daemon needs: its log, its numbers, and what it tells systemd.

mod descriptors;
mod exposition;
mod logging;
mod metrics;
mod observed;
mod supervisor;

pub(crate) use descriptors::allow_many_files;
pub(crate) use exposition::{KnownDisk, metrics};
pub(crate) use logging::log_to_stderr;
pub(crate) use metrics::Metrics;
pub(crate) use observed::observe;
pub(crate) use supervisor::Supervisor;
