use std::{fmt::Write as _, path::PathBuf, sync::Arc};

use clap::{Args, builder::PossibleValuesParser};
use rbee_hive_worker_catalog::{
    ImportRequest, Outcome, ProvisionOptions, WorkerBinary, WorkerCatalog, WorkerType,
};

use super::SandboxName;
use crate::{
    error::Error,
    exit::Done,
    runtime::block_on,
    session::Session,
    state::short_id,
    terminal::stdout,
    watch::{Interrupts, Watch, job_name},
};

/// `rbee-hive worker import`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  rbee-hive worker import llama-server-b10605-1-x86_64.pkg.tar.zst
  rbee-hive worker import engine.pkg.tar.xz --backend cuda --entrypoint usr/bin/engine-server

Every file is compared with the package's .MTREE; one that differs, is missing or is not listed
there exits with 5. With --json, stdout has one event a line, as for `worker install`.")]
pub(crate) struct Import {
    /// The package: .pkg.tar, compressed or not, from `worker export` or from makepkg
    file: PathBuf,
    /// What it was built for, if the package does not say so; `cpu` if nobody does
    #[arg(long, value_parser = backend_names())]
    backend: Option<String>,
    /// The executable, if there are several and the package does not say which
    #[arg(long, value_name = "PATH")]
    entrypoint: Option<PathBuf>,
    /// How the smoke test is confined that the package may have
    #[arg(long, value_name = "SANDBOX", default_value = "auto")]
    sandbox: SandboxName,
    /// The name of the job
    #[arg(long, hide = true)]
    job: Option<String>,
}

fn backend_names() -> PossibleValuesParser {
    PossibleValuesParser::new(WorkerType::ALL.iter().map(|backend| backend.as_str()))
}

impl Import {
    pub(crate) fn run(self, session: &Session) -> Result<Done, Error> {
        let job = self.job.unwrap_or_else(|| job_name("import", 0));
        let options = ProvisionOptions { sandbox: self.sandbox.into(), ..Default::default() };
        let request = ImportRequest {
            file: self.file,
            backend: self.backend.and_then(|backend| backend.parse().ok()),
            entrypoint: self.entrypoint,
        };
        let watch = Arc::new(Watch::events(session));
        let imported = block_on(async {
            let interrupts = Interrupts::listen(&watch)?;
            let builder = session.builder()?.options(options);
            let catalog = builder.reporter(Arc::clone(&watch) as _).build()?;
            let worker = catalog.import(&request, &job, interrupts.token()).await?;
            Ok((catalog, worker))
        });
        match imported {
            Ok((catalog, worker)) => {
                watch.end(Outcome::Succeeded { worker: Box::new(worker.clone()) });
                if !session.is_json() {
                    tell_success(&catalog, &worker, session)?;
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

fn tell_success(
    catalog: &WorkerCatalog,
    worker: &WorkerBinary,
    session: &Session,
) -> Result<(), Error> {
    let mut text = format!("{} {}\n", session.out.green("imported"), worker.id);
    if worker.entrypoint.as_os_str().is_empty() {
        text.push_str("it has no executable: it is a library\n");
    } else {
        let verb = format!("worker run {}", short_id(worker, &catalog.list()?));
        let _ = writeln!(text, "run it with: {}", session.command(&verb));
    }
    stdout::print(&text)
}
