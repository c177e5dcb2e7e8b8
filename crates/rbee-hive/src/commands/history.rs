use clap::Args;
use rbee_hive_worker_catalog::HistoryAction;

use crate::{
    error::Error,
    exit::Done,
    runtime::block_on,
    session::Session,
    terminal::{Table, moment, stdout},
};

/// `rbee-hive worker history`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  rbee-hive worker history whisper-server
  rbee-hive worker history llama-server:cpu --json

Times are UTC.")]
pub(crate) struct History {
    /// The worker
    id: String,
}

impl History {
    pub(crate) fn run(self, session: &Session) -> Result<Done, Error> {
        let entries = block_on(async { session.hive()?.history(&self.id).await })?;
        if session.is_json() {
            stdout::document(&entries)?;
        } else if entries.is_empty() {
            session.note("nothing has happened to it");
        } else {
            let mut table = Table::new(&["WHEN", "WHAT", "ID", "OBJECT"]);
            for entry in &entries {
                table.row([
                    moment(&entry.at),
                    action(entry.action).to_owned(),
                    entry.id.clone(),
                    entry.object.clone(),
                ]);
            }
            stdout::print(&table.render(session.out))?;
        }
        Ok(Done::Well)
    }
}

fn action(action: HistoryAction) -> &'static str {
    match action {
        HistoryAction::Installed => "installed",
        HistoryAction::Activated => "activated",
        HistoryAction::RolledBack => "rolled back to",
        HistoryAction::Removed => "removed",
    }
}
