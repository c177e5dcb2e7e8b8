use std::{sync::Arc, time::Instant};

use clap::Args;
use rbee_hive_worker_catalog::{
    Artifact as _, ErrorKind, Offer, Outcome, ProvisionOptions, Version, WorkerBinary,
    WorkerCatalog, WorkerId, compare_versions,
};
use serde::Serialize;

use super::BuildOptions;
use crate::{
    error::Error,
    exit::Done,
    runtime::block_on,
    session::Session,
    terminal::{duration, stdout},
    watch::{Interrupts, Watch, job_name},
};

/// `rbee-hive worker upgrade`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  rbee-hive worker upgrade                  everything that is installed
  rbee-hive worker upgrade llama-server     every backend of it that is installed
  rbee-hive worker upgrade --json

With --json, stdout has one document: a list with the outcome of each worker, as `install` ends.
The version before stays for `rbee-hive worker rollback` until `rbee-hive gc`.")]
pub(crate) struct Upgrade {
    /// The worker; all of them, if none is named
    id: Option<String>,
    #[command(flatten)]
    options: BuildOptions,
}

/// How the upgrade of one worker ended.
#[derive(Debug, Serialize)]
struct Ended {
    /// The worker with its backend.
    id: String,
    /// The version that was in use.
    from: Version,
    #[serde(flatten)]
    outcome: Outcome,
}

impl Upgrade {
    pub(crate) fn run(self, session: &Session) -> Result<Done, Error> {
        let options = self.options.over(session.provision_options()?);
        let catalog = session.builder()?.options(options.clone()).build()?;
        let mut workers = in_use(&catalog, self.id.as_deref())?;
        if !workers.is_empty() {
            let offers = block_on(async { Ok(catalog.available().await?) })?;
            // Of a worker that was named, its provision says what is wrong.
            let named = self.id.is_some();
            workers.retain(|w| {
                (named || is_offered(w, &offers, session)) && !is_downgrade(w, &offers, session)
            });
        }
        if workers.is_empty() {
            session.note("nothing to upgrade");
        }
        let (mut ended, mut first_failure) = (Vec::new(), None);
        for (number, worker) in workers.iter().enumerate() {
            let result = upgrade(worker, number, options.clone(), session);
            let outcome = match result {
                Ok(worker) => Outcome::Succeeded { worker: Box::new(worker) },
                Err(error) => {
                    session.tell(&error);
                    first_failure.get_or_insert(error.kind());
                    Outcome::failed(error.kind(), &error)
                }
            };
            let cancelled = matches!(outcome, Outcome::Cancelled);
            let from = worker.version.clone();
            ended.push(Ended { id: worker.slot().to_owned(), from, outcome });
            if cancelled {
                first_failure = Some(ErrorKind::Cancelled);
                break;
            }
        }
        if session.is_json() {
            stdout::document(&ended)?;
        }
        Ok(first_failure.map_or(Done::Well, Done::Told))
    }
}

/// The workers in use that an id means; all of them without one.
fn in_use(catalog: &WorkerCatalog, id: Option<&str>) -> Result<Vec<WorkerBinary>, Error> {
    let mut workers = catalog.list()?;
    // Libraries are brought up to date with the workers that need them.
    workers.retain(|worker| worker.active && (id.is_some() || !worker.is_library()));
    let Some(id) = id else { return Ok(workers) };
    match id.parse::<WorkerId>() {
        Ok(wanted) => workers.retain(|worker| worker.is(&wanted)),
        Err(_) => workers.clear(),
    }
    if workers.is_empty() {
        // It knows what is wrong with the id.
        workers.push(catalog.get(id)?);
    }
    Ok(workers)
}

/// Whether the index has something for this worker. What was installed from a recipe of one's own
/// need not be in it.
fn is_offered(worker: &WorkerBinary, offers: &[Offer], session: &Session) -> bool {
    let offer = offers.iter().find(|offer| offer.name == worker.name.as_str());
    let offered = offer.is_some_and(|offer| offer.backends.contains(&worker.worker_type));
    if !offered {
        session.note(&format!("skipped {}: the index has no such recipe", worker.slot()));
    }
    offered
}

/// Whether the index has only an earlier version, which nobody should get unasked. What `pkgver()`
/// will say is not known before a build.
fn is_downgrade(worker: &WorkerBinary, offers: &[Offer], session: &Session) -> bool {
    let offer = offers.iter().find(|offer| offer.name == worker.name.as_str() && !offer.rolling);
    let Some(offer) = offer.filter(|offer| offer.refused.is_none()) else { return false };
    let earlier = compare_versions(&offer.version, worker.version.as_str()).is_lt();
    if earlier {
        let command = session.command(&format!("worker install {}", worker.slot()));
        session.note(&format!(
            "skipped {}: {} is in use and the index has {}, which is earlier; `{command}` takes it",
            worker.slot(),
            worker.version,
            offer.version
        ));
    }
    earlier
}

fn upgrade(
    worker: &WorkerBinary,
    number: usize,
    options: ProvisionOptions,
    session: &Session,
) -> Result<WorkerBinary, Error> {
    let watch = Arc::new(Watch::person(session));
    let catalog = session.builder()?.options(options).reporter(Arc::clone(&watch) as _).build()?;
    let started = Instant::now();
    let result = block_on(async {
        let interrupts = Interrupts::listen(&watch)?;
        let job = job_name("upgrade", number);
        Ok(catalog.provision_and_add(worker.slot(), &job, interrupts.token()).await?)
    });
    match &result {
        Ok(now) => {
            watch.end(Outcome::Succeeded { worker: Box::new(now.clone()) });
            if !session.is_json() {
                stdout::print(&tell(worker, now, started, session))?;
            }
        }
        Err(error) => watch.end(Outcome::failed(error.kind(), error)),
    }
    result
}

fn tell(before: &WorkerBinary, now: &WorkerBinary, started: Instant, session: &Session) -> String {
    if before.path == now.path {
        return format!("{} is up to date\n", now.id);
    }
    let (slot, took) = (now.slot(), duration(started.elapsed()));
    let word = session.out.green("upgraded");
    format!("{word} {slot} {} -> {} in {took}\n", before.version, now.version)
}
