use std::{fmt::Write as _, path::PathBuf, sync::Arc};

use clap::{Args, builder::PossibleValuesParser};
use rbee_hive_worker_catalog::{ImportRequest, Outcome, WorkerBinary, WorkerType};

use super::SandboxName;
use crate::{
    error::Error,
    exit::Done,
    hive::ImportFile,
    runtime::block_on,
    session::Session,
    state::short_id,
    terminal::stdout,
    watch::{Watch, job_name},
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
        let package = ImportRequest {
            file: self.file,
            origin: None,
            backend: self.backend.and_then(|backend| backend.parse().ok()),
            entrypoint: self.entrypoint,
        };
        let job = self.job.unwrap_or_else(|| job_name("import", 0));
        let request = ImportFile { package, sandbox: self.sandbox, job };
        let watch = Arc::new(Watch::events(session));
        let imported = block_on(async {
            let hive = session.hive()?;
            let worker = hive.import(&request, &watch).await?;
            // Only for a hint: what is installed is, whether this is answered or not.
            let installed = hive.list().await.unwrap_or_default();
            Ok((worker, installed))
        });
        match imported {
            Ok((worker, installed)) => {
                watch.end(Outcome::Succeeded { worker: Box::new(worker.clone()) });
                if !session.is_json() {
                    tell_success(&worker, &installed, session)?;
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
    session: &Session,
) -> Result<(), Error> {
    let mut text = format!("{} {}\n", session.out.green("imported"), worker.id);
    if worker.entrypoint.as_os_str().is_empty() {
        text.push_str("it has no executable: it is a library\n");
    } else {
        let verb = format!("worker run {}", short_id(worker, installed));
        let _ = writeln!(text, "run it with: {}", session.command(&verb));
    }
    stdout::print(&text)
}
