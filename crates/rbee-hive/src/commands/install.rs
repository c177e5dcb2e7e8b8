use std::{fmt::Write as _, path::PathBuf, sync::Arc, time::Instant};

use clap::{ArgGroup, Args, builder::PossibleValuesParser};
use rbee_hive_worker_catalog::{Outcome, Plan, WorkerBinary, WorkerType};

use super::BuildOptions;
use crate::{
    error::Error,
    exit::Done,
    hive::{self, Wanted},
    runtime::block_on,
    session::Session,
    state::short_id,
    terminal::{duration, plain_line, stdout},
    watch::{Watch, job_name},
};

/// `rbee-hive worker install`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  rbee-hive worker install whisper-server
  rbee-hive worker install llama-server:cpu --dry-run
  rbee-hive worker install --recipe ./my-engine --syncdeps
  rbee-hive worker install whisper-server --json

With --json, stdout has one event a line. The last one is
  {\"type\":\"ended\",\"outcome\":\"succeeded\",\"worker\":{...}}
or has the outcome \"failed\", with \"kind\", \"message\" and \"causes\", or \"cancelled\".
Ctrl-C cancels cleanly. The exit codes are explained in `rbee-hive --help`.")]
#[command(group(ArgGroup::new("what").required(true).args(["id", "recipe"])))]
pub(crate) struct Install {
    /// The worker: NAME[:BACKEND][@VERSION]
    id: Option<String>,
    /// A recipe of your own instead: a PKGBUILD, or the folder that holds one
    #[arg(long, value_name = "PATH")]
    recipe: Option<PathBuf>,
    /// What to build that recipe for
    #[arg(long, requires = "recipe", conflicts_with = "id", value_parser = backend_names())]
    backend: Option<String>,
    /// Say what each step would do, and do none
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    options: BuildOptions,
    /// The name of the job
    #[arg(long, hide = true)]
    job: Option<String>,
}

fn backend_names() -> PossibleValuesParser {
    PossibleValuesParser::new(WorkerType::ALL.iter().map(|backend| backend.as_str()))
}

impl Install {
    pub(crate) fn run(self, session: &Session) -> Result<Done, Error> {
        let wanted = match (self.recipe, self.id) {
            (Some(path), _) => Wanted::Recipe { path, backend: self.backend },
            (None, id) => Wanted::Id(id.unwrap_or_default()),
        };
        let job = self.job.unwrap_or_else(|| job_name("install", 0));
        let request = hive::Install { wanted, options: self.options, job };
        if self.dry_run {
            let plan = block_on(async { session.hive()?.plan(&request).await })?;
            return show_plan(&plan, session);
        }
        let watch = Arc::new(Watch::events(session));
        let started = Instant::now();
        let installed = block_on(async {
            let hive = session.hive()?;
            let worker = hive.install(&request, &watch).await?;
            // Only for a hint: what is installed is, whether this is answered or not.
            let installed = hive.list().await.unwrap_or_default();
            Ok((worker, installed))
        });
        match installed {
            Ok((worker, installed)) => {
                watch.end(Outcome::Succeeded { worker: Box::new(worker.clone()) });
                if !session.is_json() {
                    let took = watch.has_built().then(|| duration(started.elapsed()));
                    tell_success(&worker, &installed, took, session)?;
                }
                Ok(Done::Well)
            }
            Err(error) => watch.fail(error),
        }
    }
}

fn tell_success(
    worker: &WorkerBinary,
    installed: &[WorkerBinary],
    took: Option<String>,
    session: &Session,
) -> Result<(), Error> {
    let what = match took {
        Some(took) => format!("{} {} in {took}", session.out.green("installed"), worker.id),
        None => format!("{} {}", session.out.green("already installed:"), worker.id),
    };
    let verb = format!("worker run {}", short_id(worker, installed));
    stdout::print(&format!("{what}\nrun it with: {}\n", session.command(&verb)))
}

fn show_plan(plan: &Plan, session: &Session) -> Result<Done, Error> {
    if session.is_json() {
        stdout::document(plan)?;
        return Ok(Done::Well);
    }
    let mut text = format!("{}\n", session.out.bold(&plan.id));
    if plan.cached {
        text.push_str("in the store already; nothing would be built\n");
    }
    for planned in &plan.steps {
        let _ = writeln!(text, "\n{}", session.out.bold(planned.step.as_str()));
        for action in &planned.actions {
            let _ = writeln!(text, "  {}", plain_line(action));
        }
    }
    stdout::print(&text)?;
    Ok(Done::Well)
}
