use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{JobId, JobState};
use crate::WorkerName;

/// What is known of a job, whoever runs it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JobRecord {
    /// Its name.
    pub id: JobId,
    /// What kind of thing it does, `worker_install` for example.
    pub operation: String,
    /// What it makes, as it was asked for, and by its full id once that is known.
    pub worker_id: Option<String>,
    /// What was asked for, as JSON that whoever runs it understands.
    pub request: String,
    /// Whether it runs again after it was interrupted. Otherwise it ends with the process that runs it.
    pub resumable: bool,
    /// Where it is on its way.
    pub state: JobState,
    /// Whether it was asked to stop.
    pub cancel: bool,
    /// When it was asked for.
    pub submitted_at: Timestamp,
    /// When it last began.
    pub started_at: Option<Timestamp>,
    /// When it was over.
    pub ended_at: Option<Timestamp>,
    /// How many times it has begun or is to begin: 1, unless it was interrupted.
    pub attempt: u32,
    /// How many times the process that ran it ended without a word.
    pub crashes: u32,
}

impl JobRecord {
    /// The name of the worker it makes, without backend and version.
    pub fn worker_name(&self) -> Option<WorkerName> {
        let id = self.worker_id.as_ref()?.parse::<crate::WorkerId>().ok()?;
        Some(id.name)
    }
}

/// Which jobs are wanted: those that fit everything that is set.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct JobFilter {
    /// In one of these states, by the names that [`JobState::as_str`] has; in any, if there is none.
    pub states: Vec<String>,
    /// For the worker of this id, or of this name.
    pub worker: Option<String>,
    /// Of this kind.
    pub operation: Option<String>,
}
