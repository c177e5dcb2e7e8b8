use clap::Args;

use crate::{error::Error, exit::Done, runtime::block_on, session::Session, terminal::stdout};

/// `rbee-hive job cancel`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  rbee-hive job cancel install-mib8x0zv-4711

What is installed stays as it is. A job that waits is over at once; one that runs ends what it had
started, which `rbee-hive job watch` shows.")]
pub(crate) struct JobCancel {
    /// The job
    id: String,
}

impl JobCancel {
    pub(crate) fn run(self, session: &Session) -> Result<Done, Error> {
        let job = block_on(async { session.hive()?.cancel_job(&self.id).await })?;
        if session.is_json() {
            stdout::document(&job)?;
        } else {
            let word = if job.state.is_ended() { "cancelled" } else { "cancelling" };
            stdout::print(&format!("{word} {}\n", job.job_id))?;
        }
        Ok(Done::Well)
    }
}
