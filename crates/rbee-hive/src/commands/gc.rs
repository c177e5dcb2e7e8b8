use std::fmt::Write as _;

use clap::Args;
use rbee_hive_worker_catalog::GcOptions;

use crate::{
    error::Error,
    exit::Done,
    runtime::block_on,
    session::Session,
    terminal::{size, stdout},
};

/// `rbee-hive gc`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  rbee-hive gc --dry-run
  rbee-hive gc --keep 1        one earlier version of each worker stays for rollback
  rbee-hive gc --cache         sources, recipes and build folders too")]
pub(crate) struct Gc {
    /// How many versions that are not in use stay, of each worker and backend
    #[arg(long, value_name = "N", default_value_t = 0)]
    keep: usize,
    /// Empty the cache too; what is installed does not need it
    #[arg(long)]
    cache: bool,
    /// Say what would be deleted, and delete nothing
    #[arg(long)]
    dry_run: bool,
}

impl Gc {
    pub(crate) fn run(self, session: &Session) -> Result<Done, Error> {
        let options = GcOptions { keep: self.keep, cache: self.cache, dry_run: self.dry_run };
        let report = block_on(async { session.hive()?.gc(&options).await })?;
        if session.is_json() {
            stdout::document(&report)?;
            return Ok(Done::Well);
        }
        let (remove, free) =
            if self.dry_run { ("would remove", "would free") } else { ("removed", "freed") };
        let mut text = String::new();
        for worker in &report.removed {
            let _ = writeln!(text, "{remove} {} ({})", worker.id, size(worker.size));
        }
        let _ = writeln!(text, "{free} {}", size(report.freed));
        stdout::print(&text)?;
        Ok(Done::Well)
    }
}
