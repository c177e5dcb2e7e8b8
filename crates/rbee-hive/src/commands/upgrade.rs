use std::{sync::Arc, time::Instant};

use clap::Args;
use rbee_hive_worker_catalog::{
    Artifact as _, ErrorKind, Offer, Outcome, Version, WorkerBinary, WorkerId, compare_versions,
};
use serde::Serialize;

use super::BuildOptions;
use crate::{
    error::Error,
    exit::Done,
    hive::{Hive, Install, Wanted},
    runtime::block_on,
    session::Session,
    terminal::{duration, stdout},
    watch::{Watch, job_name},
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
        let (ended, failure) = block_on(async {
            let hive = session.hive()?;
            let workers = self.outdated(&*hive, session).await?;
            if workers.is_empty() {
                session.note("nothing to upgrade");
            }
            Ok(self.upgrade_all(workers, &*hive, session).await)
        })?;
        if session.is_json() {
            stdout::document(&ended)?;
        }
        Ok(failure.map_or(Done::Well, Done::Told))
    }

    /// The workers that are not known to be up to date.
    async fn outdated(
        &self,
        hive: &dyn Hive,
        session: &Session,
    ) -> Result<Vec<WorkerBinary>, Error> {
        let mut workers = in_use(hive, self.id.as_deref()).await?;
        if !workers.is_empty() {
            let offers = hive.available(&self.options).await?;
            // Of a worker that was named, its provision says what is wrong.
            let named = self.id.is_some();
            workers.retain(|w| {
                (named || is_offered(w, &offers, session)) && !is_downgrade(w, &offers, session)
            });
        }
        Ok(workers)
    }

    /// How each ended, and the first failure. What follows a cancelled one is not begun.
    async fn upgrade_all(
        &self,
        workers: Vec<WorkerBinary>,
        hive: &dyn Hive,
        session: &Session,
    ) -> (Vec<Ended>, Option<ErrorKind>) {
        let (mut ended, mut first_failure) = (Vec::new(), None);
        for (number, worker) in workers.iter().enumerate() {
            let request = Install {
                wanted: Wanted::Id(worker.slot().to_owned()),
                options: self.options.clone(),
                job: job_name("upgrade", number),
            };
            let outcome = match upgrade(worker, &request, hive, session).await {
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
        (ended, first_failure)
    }
}

/// The workers in use that an id means; all of them without one.
async fn in_use(hive: &dyn Hive, id: Option<&str>) -> Result<Vec<WorkerBinary>, Error> {
    let mut workers = hive.list().await?;
    // Libraries are brought up to date with the workers that need them.
    workers.retain(|worker| worker.active && (id.is_some() || !worker.is_library()));
    let Some(id) = id else { return Ok(workers) };
    match id.parse::<WorkerId>() {
        Ok(wanted) => workers.retain(|worker| worker.is(&wanted)),
        Err(_) => workers.clear(),
    }
    if workers.is_empty() {
        // It knows what is wrong with the id.
        workers.push(hive.get(id).await?);
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

async fn upgrade(
    worker: &WorkerBinary,
    request: &Install,
    hive: &dyn Hive,
    session: &Session,
) -> Result<WorkerBinary, Error> {
    let watch = Arc::new(Watch::person(session));
    let started = Instant::now();
    let result = hive.install(request, &watch).await;
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
