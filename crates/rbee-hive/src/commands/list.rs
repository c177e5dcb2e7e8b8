use clap::Args;
use rbee_hive_worker_catalog::{ArtifactStatus, WorkerBinary};

use crate::{
    error::Error,
    exit::Done,
    runtime::block_on,
    session::Session,
    terminal::{Table, moment, size, stdout},
};

/// `rbee-hive worker list`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  rbee-hive worker list
  rbee-hive worker list --json

A * marks the version that is in use. A library is there for the workers that were built on it.
Times are UTC.")]
pub(crate) struct List {}

impl List {
    #[expect(clippy::unused_self, reason = "as every verb")]
    pub(crate) fn run(self, session: &Session) -> Result<Done, Error> {
        let workers = block_on(async { session.hive()?.list().await })?;
        if session.is_json() {
            stdout::document(&workers)?;
        } else if workers.is_empty() {
            let command = session.command("worker available");
            session.note(&format!("nothing is installed; `{command}` lists what can be"));
        } else {
            let mut table = Table::new(&["ID", "ACTIVE", "STATUS", "SIZE", "ADDED", "PATH"]);
            for worker in &workers {
                table.row([
                    worker.id.clone(),
                    if worker.active { "*" } else { "" }.to_owned(),
                    state(worker).to_owned(),
                    size(worker.size),
                    moment(&worker.added_at),
                    worker.path.display().to_string(),
                ]);
            }
            stdout::print(&table.render(session.out))?;
        }
        Ok(Done::Well)
    }
}

/// A status, and what there is to it that a person should know.
fn state(worker: &WorkerBinary) -> &'static str {
    match worker.status {
        ArtifactStatus::Available if worker.is_library() => "library",
        other => status(other),
    }
}

/// A status, as JSON writes it too.
pub(super) fn status(status: ArtifactStatus) -> &'static str {
    match status {
        ArtifactStatus::Available => "available",
        ArtifactStatus::Damaged => "damaged",
    }
}
