use clap::Args;

use crate::{error::Error, exit::Done, runtime::block_on, session::Session, terminal::stdout};

/// `rbee-hive worker rollback`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  rbee-hive worker rollback llama-server
  rbee-hive worker rollback llama-server:cuda --json")]
pub(crate) struct Rollback {
    /// The worker
    id: String,
}

impl Rollback {
    pub(crate) fn run(self, session: &Session) -> Result<Done, Error> {
        let worker = block_on(async { session.hive()?.rollback(&self.id).await })?;
        if session.is_json() {
            stdout::document(&worker)?;
        } else {
            stdout::print(&format!("rolled back to {}\n", worker.id))?;
        }
        Ok(Done::Well)
    }
}
