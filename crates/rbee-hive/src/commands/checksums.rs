use std::{fmt::Write as _, path::PathBuf, sync::Arc};

use clap::Args;
use rbee_hive_worker_catalog::{ProvisionOptions, RecipeChecksums, recipe_checksums};

use super::SandboxName;
use crate::{
    error::Error,
    exit::Done,
    runtime::block_on,
    session::Session,
    terminal::{plain_line, stdout},
    watch::{Interrupts, Watch, job_name},
};

/// `rbee-hive recipe checksums`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  rbee-hive recipe checksums ./my-engine
  rbee-hive recipe checksums ./my-engine/PKGBUILD --json

The kinds of sums that the recipe has are kept, with its format and comments; one without any gets
sha256sums. Sources of every architecture are fetched, into the cache that installing uses.
Signatures and branches are SKIP; a repository that was SKIP stays so. A PKGBUILD whose sums are
right is not touched, nor is one whose sums are computed: that exits with 4.")]
pub(crate) struct Checksums {
    /// A PKGBUILD, or the folder that holds one
    path: PathBuf,
    /// Use nothing that is not in the cache
    #[arg(long)]
    offline: bool,
    /// Fetch sources of a scheme with a program, as in makepkg.conf's DLAGENTS; may be repeated
    #[arg(long, value_name = "SCHEME::PROGRAM %u %o")]
    download_agent: Vec<String>,
    /// How the recipe is confined
    #[arg(long, value_name = "SANDBOX", default_value = "auto")]
    sandbox: SandboxName,
}

impl Checksums {
    pub(crate) fn run(self, session: &Session) -> Result<Done, Error> {
        let folders = session.folders()?;
        let options = ProvisionOptions {
            offline: self.offline,
            download_agents: self.download_agent,
            sandbox: self.sandbox.into(),
            ..session.provision_options()?
        };
        let watch = Arc::new(Watch::person(session));
        let job = job_name("checksums", 0);
        let sums = block_on(async {
            let interrupts = Interrupts::listen(&watch)?;
            let watched = (job.as_str(), Arc::clone(&watch) as _);
            let token = interrupts.token();
            Ok(recipe_checksums(&self.path, &folders, &options, watched, &token).await?)
        })?;
        if session.is_json() {
            stdout::document(&sums)?;
        } else if sums.changes.is_empty() {
            session.note("every sum is right");
        } else {
            stdout::print(&told(&sums))?;
        }
        Ok(Done::Well)
    }
}

fn told(sums: &RecipeChecksums) -> String {
    let mut text = String::new();
    for change in &sums.changes {
        let short = |sum: &Option<String>| match sum {
            Some(sum) if sum.len() > 16 => format!("{}…", &sum[..16]),
            Some(sum) => sum.clone(),
            None => "nothing".to_owned(),
        };
        let source = change.source.as_deref().unwrap_or("(no source)");
        let (before, now) = (short(&change.before), short(&change.now));
        let line = format!("{} {source}: {before} -> {now}", change.array);
        let _ = writeln!(text, "{}", plain_line(&line));
    }
    text
}
