use clap::{Args, builder::PossibleValuesParser};
use rbee_hive_worker_catalog::{JobFilter, JobState, Outcome};

use crate::{
    error::Error,
    exit::Done,
    jobs::JobView,
    runtime::block_on,
    session::Session,
    terminal::{Table, moment, stdout},
};

/// The names of states, in the order in which a job comes to them.
const STATES: [&str; 4] = ["queued", "running", "cancelling", "ended"];

/// `rbee-hive job list`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  rbee-hive job list                   what runs and what waits
  rbee-hive job list --all             what is over, too
  rbee-hive job list --state queued
  rbee-hive job list --json

The latest is first. Times are UTC.")]
pub(crate) struct JobList {
    /// Those that are over, too
    #[arg(long)]
    all: bool,
    /// Only those in this state; may be repeated
    #[arg(long, conflicts_with = "all", value_parser = PossibleValuesParser::new(STATES))]
    state: Vec<String>,
    /// Only those for this worker
    #[arg(long, value_name = "ID")]
    worker: Option<String>,
}

impl JobList {
    pub(crate) fn run(self, session: &Session) -> Result<Done, Error> {
        let chosen = self.all || !self.state.is_empty();
        let states = match (self.all, self.state) {
            (true, _) => Vec::new(),
            (false, chosen) if chosen.is_empty() => {
                STATES[..3].iter().map(|s| (*s).into()).collect()
            }
            (false, chosen) => chosen,
        };
        let filter = JobFilter { states, worker: self.worker, operation: None };
        let jobs = block_on(async { session.hive()?.jobs(&filter).await })?;
        if session.is_json() {
            stdout::document(&jobs)?;
        } else if jobs.is_empty() && !chosen {
            let command = session.command("job list --all");
            session
                .note(&format!("nothing runs and nothing waits; `{command}` lists what is over"));
        } else if jobs.is_empty() {
            session.note("no such jobs");
        } else {
            stdout::print(&table(&jobs).render(session.out))?;
        }
        Ok(Done::Well)
    }
}

fn table(jobs: &[JobView]) -> Table {
    let mut table = Table::new(&["JOB", "WORKER", "STATE", "SUBMITTED"]);
    for job in jobs {
        table.row([
            job.job_id.to_string(),
            job.worker_id.clone().unwrap_or_default(),
            state(job),
            moment(&job.submitted_at),
        ]);
    }
    table
}

/// Where a job is on its way, in a few words.
pub(super) fn state(job: &JobView) -> String {
    match &job.state {
        JobState::Queued => match job.position {
            Some(position) => format!("queued, number {position}"),
            None => "queued".to_owned(),
        },
        JobState::Running { step } => match job.progress {
            Some(progress) => match progress.total.filter(|total| *total > 0) {
                Some(total) => format!("{step} {}%", progress.done.saturating_mul(100) / total),
                None => step.to_string(),
            },
            None => step.to_string(),
        },
        JobState::Cancelling => "cancelling".to_owned(),
        JobState::Ended(Outcome::Succeeded { .. }) => "succeeded".to_owned(),
        JobState::Ended(Outcome::Failed { .. }) => "failed".to_owned(),
        JobState::Ended(Outcome::Cancelled) => "cancelled".to_owned(),
    }
}
