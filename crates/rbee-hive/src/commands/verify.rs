use std::fmt::Write as _;

use clap::Args;
use rbee_hive_worker_catalog::{Artifact as _, ErrorKind};

use crate::{
    error::Error,
    exit::Done,
    runtime::block_on,
    session::Session,
    terminal::{plain_line, stdout},
};

/// `rbee-hive worker verify`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  rbee-hive worker verify
  rbee-hive worker verify whisper-server --json

Exits with 9 if a file is missing or altered.")]
pub(crate) struct Verify {
    /// The worker; all of them, if none is named
    id: Option<String>,
}

impl Verify {
    pub(crate) fn run(self, session: &Session) -> Result<Done, Error> {
        let checked = block_on(async { session.hive()?.verify(self.id.as_deref()).await })?;
        if session.is_json() {
            stdout::document(&checked)?;
        } else if checked.is_empty() {
            session.note("nothing is installed");
        } else {
            let mut text = String::new();
            for found in &checked {
                let word = if found.damage.is_empty() {
                    session.out.green("intact ")
                } else {
                    session.out.red("damaged")
                };
                let _ = writeln!(text, "{word}  {}", found.worker.id);
                for damage in &found.damage {
                    let _ = writeln!(text, "  {}", plain_line(damage));
                }
                if !found.damage.is_empty() {
                    // A library is built for those that need it, and with them.
                    let (of, name) = if found.worker.is_library() {
                        (", of a worker that needs it", "WORKER".to_owned())
                    } else {
                        ("", found.worker.slot().to_string())
                    };
                    let command = session.command(&format!("worker install --force {name}"));
                    let _ = writeln!(text, "  repair it with: {command}{of}");
                }
            }
            stdout::print(&text)?;
        }
        let intact = checked.iter().all(|found| found.damage.is_empty());
        Ok(if intact { Done::Well } else { Done::Told(ErrorKind::StoreFailed) })
    }
}
