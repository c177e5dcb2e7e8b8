use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use clap::Args;
use rbee_hive_worker_catalog::{WorkerBinary, WorkerId};

use crate::{
    error::Error,
    exit::Done,
    runtime::block_on,
    session::Session,
    terminal::{size, stdout},
};

/// `rbee-hive worker remove`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  rbee-hive worker remove whisper-server               every version and backend of it
  rbee-hive worker remove llama-server:cpu@b10605 -y   one version, without a question")]
pub(crate) struct Remove {
    /// The worker; every version that the id means goes
    id: String,
    /// Do not ask; nothing is asked either without a terminal
    #[arg(short, long)]
    yes: bool,
}

impl Remove {
    pub(crate) fn run(self, session: &Session) -> Result<Done, Error> {
        let asks = io::stdin().is_terminal() && io::stderr().is_terminal();
        let asks = asks && !self.yes && !session.is_json();
        let removed = block_on(async {
            let hive = session.hive()?;
            if asks && !self.is_confirmed(hive.list().await?)? {
                return Err(Error::Cancelled);
            }
            hive.remove(&self.id).await
        })?;
        if session.is_json() {
            stdout::document(&removed)?;
        } else {
            let line = |w: &WorkerBinary| format!("removed {} ({})\n", w.id, size(w.size));
            stdout::print(&removed.iter().map(line).collect::<String>())?;
        }
        Ok(Done::Well)
    }

    /// Asks, unless there is nothing that could be removed; the hive then says why.
    fn is_confirmed(&self, installed: Vec<WorkerBinary>) -> Result<bool, Error> {
        let Ok(wanted) = self.id.parse::<WorkerId>() else { return Ok(true) };
        let meant: Vec<_> = installed.into_iter().filter(|w| w.is(&wanted)).collect();
        if meant.is_empty() {
            return Ok(true);
        }
        let names = meant.iter().map(|w| w.id.as_str()).collect::<Vec<_>>().join(", ");
        let bytes = meant.iter().map(|w| w.size).sum();
        let mut stderr = io::stderr().lock();
        let _ = write!(stderr, "remove {names} ({})? [y/N] ", size(bytes));
        let _ = stderr.flush();
        let mut answer = String::new();
        io::stdin().lock().read_line(&mut answer).map_err(Error::Answer)?;
        Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
    }
}
