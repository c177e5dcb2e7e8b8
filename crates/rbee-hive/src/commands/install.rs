use std::{fmt::Write as _, path::PathBuf, sync::Arc, time::Instant};

use clap::{ArgGroup, Args, builder::PossibleValuesParser};
use rbee_hive_worker_catalog::{
    IndexLocation, Outcome, Plan, WorkerBinary, WorkerCatalog, WorkerCatalogBuilder, WorkerType,
};

use super::BuildOptions;
use crate::{
    error::Error,
    exit::Done,
    runtime::block_on,
    session::Session,
    state::short_id,
    terminal::{duration, plain_line, stdout},
    watch::{Interrupts, Watch, job_name},
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

/// What to install, once the arguments have been taken apart.
#[derive(Debug)]
enum Wanted {
    /// From the index.
    Id(String),
    /// The one recipe that the index is.
    Recipe { path: PathBuf, backend: Option<String> },
}

impl Install {
    pub(crate) fn run(self, session: &Session) -> Result<Done, Error> {
        let job = self.job.unwrap_or_else(|| job_name("install", 0));
        let options = self.options.over(session.provision_options()?);
        let wanted = match (self.recipe, self.id) {
            (Some(path), _) => Wanted::Recipe { path, backend: self.backend },
            (None, id) => Wanted::Id(id.unwrap_or_default()),
        };
        let builder = || -> Result<WorkerCatalogBuilder, Error> {
            let mut options = options.clone();
            options.dependency_index = Some(session.index());
            Ok(wanted.from(session.builder()?).options(options))
        };
        if self.dry_run {
            let catalog = builder()?.build()?;
            let plan = block_on(async {
                let id = wanted.id(&catalog).await?;
                Ok(catalog.plan(&id).await?)
            })?;
            return show_plan(&plan, session);
        }
        let watch = Arc::new(Watch::events(session));
        let started = Instant::now();
        let installed = block_on(async {
            let interrupts = Interrupts::listen(&watch)?;
            let catalog = builder()?.reporter(Arc::clone(&watch) as _).build()?;
            let id = interrupts.or(wanted.id(&catalog)).await?;
            let worker = catalog.provision_and_add(&id, &job, interrupts.token()).await?;
            Ok((catalog, worker))
        });
        match installed {
            Ok((catalog, worker)) => {
                watch.end(Outcome::Succeeded { worker: Box::new(worker.clone()) });
                if !session.is_json() {
                    let took = watch.has_built().then(|| duration(started.elapsed()));
                    tell_success(&catalog, &worker, took, session)?;
                }
                Ok(Done::Well)
            }
            Err(error) => {
                watch.end(Outcome::failed(error.kind(), &error));
                // As JSON, the end that was just written is the whole answer.
                if session.is_json() { Ok(Done::Told(error.kind())) } else { Err(error) }
            }
        }
    }
}

impl Wanted {
    fn from(&self, builder: WorkerCatalogBuilder) -> WorkerCatalogBuilder {
        match self {
            Self::Id(_) => builder,
            Self::Recipe { path, .. } => builder.index(IndexLocation::Recipe(path.clone())),
        }
    }

    /// The id to ask the catalog for.
    async fn id(&self, catalog: &WorkerCatalog) -> Result<String, Error> {
        let (path, backend) = match self {
            Self::Id(id) => return Ok(id.clone()),
            Self::Recipe { path, backend } => (path, backend),
        };
        let offer = catalog.available().await?.pop();
        let offer = offer.ok_or_else(|| Error::NoRecipe { path: path.clone() })?;
        Ok(match backend {
            Some(backend) => format!("{}:{backend}", offer.name),
            None => offer.name,
        })
    }
}

fn tell_success(
    catalog: &WorkerCatalog,
    worker: &WorkerBinary,
    took: Option<String>,
    session: &Session,
) -> Result<(), Error> {
    let what = match took {
        Some(took) => format!("{} {} in {took}", session.out.green("installed"), worker.id),
        None => format!("{} {}", session.out.green("already installed:"), worker.id),
    };
    let verb = format!("worker run {}", short_id(worker, &catalog.list()?));
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
