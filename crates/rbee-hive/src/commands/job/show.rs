use clap::Args;
use jiff::Timestamp;
use rbee_hive_worker_catalog::{JobState, Outcome};

use super::list::state;
use crate::{
    error::Error,
    exit::Done,
    jobs::JobView,
    runtime::block_on,
    session::Session,
    terminal::{Fields, moment, stdout},
};

/// `rbee-hive job show`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  rbee-hive job show install-mib8x0zv-4711
  rbee-hive job show install-mib8x0zv-4711 --json")]
pub(crate) struct JobShow {
    /// The job
    id: String,
}

impl JobShow {
    pub(crate) fn run(self, session: &Session) -> Result<Done, Error> {
        let job = block_on(async { session.hive()?.job(&self.id).await })?;
        if session.is_json() {
            stdout::document(&job)?;
        } else {
            stdout::print(&fields(&job).render(session.out))?;
        }
        Ok(Done::Well)
    }
}

fn fields(job: &JobView) -> Fields {
    let mut fields = Fields::default();
    fields
        .field("job", job.job_id.as_str())
        .field("operation", job.operation.replace('_', " "))
        .field("worker", job.worker_id.as_deref().unwrap_or_default())
        .field("state", state(job))
        .field("waits", job.reason.as_deref().unwrap_or_default());
    if let JobState::Ended(Outcome::Failed { message, causes, .. }) = &job.state {
        fields.lines("error", message.lines().map(str::to_owned));
        fields.lines("because", causes.iter().flat_map(|cause| cause.lines()).map(str::to_owned));
    }
    fields
        .field("submitted", time(Some(&job.submitted_at)))
        .field("started", time(job.started_at.as_ref()))
        .field("ended", time(job.ended_at.as_ref()))
        .field("attempt", job.attempt.to_string())
        .field("events", job.last_event.to_string());
    fields
}

fn time(at: Option<&Timestamp>) -> String {
    at.map(|at| format!("{} UTC", moment(at))).unwrap_or_default()
}
