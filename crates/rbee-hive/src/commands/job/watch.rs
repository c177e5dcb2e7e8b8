use std::sync::Arc;

use clap::Args;

use crate::{
    error::Error, exit::Done, runtime::block_on, session::Session, terminal::stdout, watch::Watch,
};

/// `rbee-hive job watch`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  rbee-hive job watch install-mib8x0zv-4711
  rbee-hive job watch install-mib8x0zv-4711 --json

Shows the job from its beginning to its end, as `worker install` does, whoever runs it; its exit code
is that of the job. Ctrl-C ends the watching, and the job goes on.")]
pub(crate) struct JobWatch {
    /// The job
    id: String,
}

impl JobWatch {
    pub(crate) fn run(self, session: &Session) -> Result<Done, Error> {
        let watch = Arc::new(Watch::events(session));
        match block_on(async { session.hive()?.watch_job(&self.id, &watch).await }) {
            Ok(worker) => {
                if !session.is_json() {
                    stdout::print(&format!("{} {}\n", session.out.green("installed"), worker.id))?;
                }
                Ok(Done::Well)
            }
            Err(error) => watch.fail(error),
        }
    }
}
