use std::{panic::AssertUnwindSafe, sync::Arc};

use futures_util::FutureExt as _;
use rbee_hive_worker_catalog::{
    ErrorKind, ImportRequest, JobId, JobRecord, Outcome, ProvisionOptions, Reporter, WorkerBinary,
    WorkerCatalog,
};

use super::{
    InstallOptions, JobError, Operation, Recorder,
    operation::{PACKAGE, RECIPE, find},
    queue::Live,
    shared::Shared,
};
use crate::error::Error;

/// The turn of a job, which the next one gets however this one ends.
struct Turn {
    shared: Arc<Shared>,
    id: JobId,
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.shared.queue().leave(&self.id);
        self.shared.changed.notify_one();
    }
}

/// Runs a job from its turn to its end.
pub(super) async fn run(shared: Arc<Shared>, id: JobId, live: Arc<Live>) {
    let turn = Turn { shared: Arc::clone(&shared), id: id.clone() };
    if let Err(error) = run_recorded(&shared, &id, live).await {
        tracing::error!(job = %id, %error, "failed to run a job");
        // Without a log the table is all there is.
        let outcome = Outcome::failed(error.kind(), &error);
        if let Err(error) = shared.records.store.end(&id, &outcome) {
            tracing::error!(job = %id, %error, "failed to record the end of a job");
        }
    }
    drop(turn);
    shared.prune().await;
}

async fn run_recorded(shared: &Arc<Shared>, id: &JobId, live: Arc<Live>) -> Result<(), JobError> {
    let store = &shared.records.store;
    let Some(record) = store.get(id)?.filter(|job| !job.state.is_ended()) else { return Ok(()) };
    let Some(recorder) = Recorder::resume(&shared.records, id, live)? else {
        tracing::warn!(job = %id, "another process runs this job");
        return Ok(());
    };
    let recorder = Arc::new(recorder);
    let JobRecord { operation, worker_id: worker, attempt, .. } = &record;
    tracing::info!(job = %id, operation, worker, attempt, "a job begins");
    let operation = serde_json::from_str(&record.request)
        .map_err(|error| JobError::Request { what: format!("the request is damaged: {error}") });
    let outcome = match operation {
        Err(error) => Outcome::failed(error.kind(), &error),
        Ok(operation) => {
            let work = AssertUnwindSafe(perform(shared, id, operation, &recorder)).catch_unwind();
            match recorder.attend(work).await {
                Ok(Ok(worker)) => Outcome::Succeeded { worker: Box::new(worker) },
                Ok(Err(error)) => Outcome::failed(error.kind(), &error),
                Err(panic) => panicked(&*panic),
            }
        }
    };
    let was_stopped_by_us = outcome == Outcome::Cancelled && shared.queue().draining;
    if was_stopped_by_us && !store.is_cancel_requested(id)? {
        recorder.interrupt();
        tracing::info!(job = %id, "a job is interrupted");
    } else {
        recorder.end_patiently(&outcome, || shared.queue().draining).await;
        shared.metrics.job_ended(id, &record.operation, &outcome);
    }
    Ok(())
}

async fn perform(
    shared: &Arc<Shared>,
    id: &JobId,
    operation: Operation,
    recorder: &Arc<Recorder>,
) -> Result<WorkerBinary, Error> {
    let base = shared.catalogs.options().clone();
    let base = ProvisionOptions { fetches: Some(shared.fetches.clone()), ..base };
    let folders = &shared.records.folders;
    let cancel = recorder.token();
    match operation {
        Operation::WorkerInstall { worker_id, recipe: None, options } => {
            let catalog = catalog(shared, options.over(base), recorder).await?;
            let worker = worker_id.unwrap_or_default();
            Ok(catalog.provision_and_add(&worker, id.as_str(), cancel).await?)
        }
        Operation::WorkerInstall { recipe: Some(upload), options, .. } => {
            let path = find(folders, &upload, RECIPE)?;
            let (reporter, with) = (measured(shared, recorder), options.over_of_upload(base));
            let (catalogs, recipe) = (shared.catalogs.clone(), path.clone());
            let made = move || catalogs.of_recipe(recipe, with, reporter);
            let catalog = blocking(made).await?;
            let worker = tokio::select! {
                () = cancel.cancelled() => return Err(Error::Cancelled),
                worker = name_of(&catalog, &options) => worker?,
            };
            let worker = worker.ok_or(Error::NoRecipe { path })?;
            recorder.set_worker(&worker);
            Ok(catalog.provision_and_add(&worker, id.as_str(), cancel).await?)
        }
        Operation::WorkerImport { upload, origin, backend, entrypoint, sandbox } => {
            let file = find(folders, &upload, PACKAGE)?;
            let request = ImportRequest { file, origin, backend, entrypoint };
            let with = ProvisionOptions { sandbox: sandbox.into(), ..base };
            let catalog = catalog(shared, with, recorder).await?;
            Ok(catalog.import(&request, id.as_str(), cancel).await?)
        }
    }
}

async fn catalog(
    shared: &Arc<Shared>,
    options: ProvisionOptions,
    recorder: &Arc<Recorder>,
) -> Result<WorkerCatalog, Error> {
    let (catalogs, reporter) = (shared.catalogs.clone(), measured(shared, recorder));
    blocking(move || catalogs.fresh(options, reporter)).await
}

fn measured(shared: &Shared, recorder: &Arc<Recorder>) -> Arc<dyn Reporter> {
    shared.metrics.measuring(Arc::clone(recorder) as _)
}

/// The id of the worker that a recipe of one's own makes.
pub(super) async fn name_of(
    catalog: &WorkerCatalog,
    options: &InstallOptions,
) -> Result<Option<String>, Error> {
    let offer = catalog.available().await?.pop();
    Ok(offer.map(|offer| match options.backend {
        Some(backend) => format!("{}:{backend}", offer.name),
        None => offer.name,
    }))
}

/// A catalog looks through the store when it is opened.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let joined = tokio::task::spawn_blocking(work).await;
    joined.map_err(|error| Error::Start(std::io::Error::other(error)))?
}

fn panicked(panic: &(dyn std::any::Any + Send)) -> Outcome {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no reason given");
    Outcome::Failed {
        kind: ErrorKind::StoreFailed,
        message: "the hive has a bug that this job met; the other jobs are not affected".to_owned(),
        causes: vec![text.to_owned()],
    }
}
