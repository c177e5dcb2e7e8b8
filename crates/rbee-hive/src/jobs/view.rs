use jiff::Timestamp;
use rbee_hive_worker_catalog::{JobId, JobState, Step};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A job as everybody sees it: over HTTP, on the page and with `job show --json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct JobView {
    /// Its name.
    pub(crate) job_id: JobId,
    /// What kind of thing it does.
    pub(crate) operation: String,
    /// What it makes, as far as that is known.
    pub(crate) worker_id: Option<String>,
    /// Where it is on its way.
    #[serde(flatten)]
    pub(crate) state: JobState,
    /// Its place among those that wait, from 1.
    pub(crate) position: Option<usize>,
    /// Why it waits.
    pub(crate) reason: Option<String>,
    /// How far its step is.
    pub(crate) progress: Option<JobProgress>,
    /// When it was asked for.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) submitted_at: Timestamp,
    /// When it last began.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) started_at: Option<Timestamp>,
    /// When it was over.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) ended_at: Option<Timestamp>,
    /// How many times it has begun or is to begin.
    pub(crate) attempt: u32,
    /// The number of its last event; 0 if there is none.
    pub(crate) last_event: u64,
    /// Where its events can be watched.
    pub(crate) sse_url: String,
}

/// How far a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct JobProgress {
    /// Which.
    pub(crate) step: Step,
    /// Bytes done.
    pub(crate) done: u64,
    /// Bytes in all, once they are known.
    pub(crate) total: Option<u64>,
}
