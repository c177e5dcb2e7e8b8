use std::{sync::Arc, time::Duration};

use rbee_hive_artifact_catalog::{
    ErrorKind, Event, JobId, Outcome, Plan, Step, WorkerBinary, WorkerId, store::WorkerLock,
};
use tokio_util::sync::CancellationToken;

use crate::{
    Error, Result, WorkerCatalog,
    flight::{Landing, Turn},
};

/// How often a process looks whether another one is done.
const POLL: Duration = Duration::from_millis(50);

impl WorkerCatalog {
    /// Builds or unpacks a worker, installs it, catalogues it and makes it the active version. What
    /// it returns is in the catalog.
    ///
    /// The same inputs are never built twice, and callers who want the same worker at once, in this
    /// or any other process, wait for one build. The events of the job go to the catalog's reporter,
    /// the last of them [`Event::Ended`]. What the worker depends on is provisioned and catalogued
    /// first, in the same job.
    ///
    /// # Errors
    /// In every case the store and the catalog are then as before. If the token was cancelled,
    /// [`crate::ErrorKind::Cancelled`].
    pub async fn provision_and_add(
        &self,
        worker_id: &str,
        job_id: &str,
        cancel_token: CancellationToken,
    ) -> Result<WorkerBinary> {
        let job: JobId = job_id.parse()?;
        let result = match worker_id.parse::<WorkerId>() {
            Ok(id) => self.provision_in_order(&id, &job, &cancel_token).await,
            Err(error) => Err(error.into()),
        };
        let outcome = match &result {
            Ok(worker) => Outcome::Succeeded { worker: Box::new(worker.clone()) },
            Err(error) => Outcome::failed(error.kind(), error),
        };
        self.report(&job, Event::Ended(outcome));
        result
    }

    /// What [`WorkerCatalog::provision_and_add`] would do. Changes nothing.
    ///
    /// # Errors
    /// As far as `provision_and_add` would fail before it fetches anything.
    pub async fn plan(&self, worker_id: &str) -> Result<Plan> {
        let id: WorkerId = worker_id.parse()?;
        Ok(self.0.provisioner.plan(&id.to_string()).await?)
    }

    /// What it depends on comes first, one after the other and each with steps of its own, under
    /// the same job. No lock is held meanwhile, so jobs that need the same cannot wait for each other
    /// in a circle.
    async fn provision_in_order(
        &self,
        id: &WorkerId,
        job: &JobId,
        cancel: &CancellationToken,
    ) -> Result<WorkerBinary> {
        let provisioner = &self.0.provisioner;
        for dependency in provisioner.dependencies(&id.to_string(), cancel.clone()).await? {
            let text = format!("dependency {dependency} of {id}");
            self.report(job, Event::StepStarted { step: Step::Resolve });
            self.report(job, Event::Note { step: Step::Resolve, text });
            self.report(job, Event::StepFinished { step: Step::Resolve });
            self.join_or_provision(&dependency.parse()?, job, cancel).await.map_err(|error| {
                let id = id.to_string();
                match error.kind() {
                    ErrorKind::Cancelled => error,
                    _ => Error::Dependency { id, dependency, source: Box::new(error) },
                }
            })?;
        }
        self.join_or_provision(id, job, cancel).await
    }

    async fn join_or_provision(
        &self,
        id: &WorkerId,
        job: &JobId,
        cancel: &CancellationToken,
    ) -> Result<WorkerBinary> {
        loop {
            let (other, mut landing) = match self.0.flights.board(&id.to_string(), job) {
                Turn::Fly(pilot) => {
                    let result = self.provision(id, job, cancel).await.map_err(Arc::new);
                    pilot.land(result.clone());
                    return result.map_err(unshare);
                }
                Turn::Wait { job, landing } => (job, landing),
            };
            let reason = format!("job {other} provisions {id} already; waiting for it");
            self.report(job, Event::Waiting { reason });
            let landed: Option<Landing> = tokio::select! {
                () = cancel.cancelled() => return Err(Error::Cancelled),
                landed = landing.wait_for(Option::is_some) => landed.ok().and_then(|l| l.clone()),
            };
            match landed {
                Some(Ok(worker)) => return Ok(worker),
                Some(Err(error)) if error.kind() != ErrorKind::Cancelled => {
                    return Err(Error::Joined(error));
                }
                // It was cancelled or given up, which is not this caller's wish: the next turn.
                _ => {}
            }
        }
    }

    async fn provision(
        &self,
        id: &WorkerId,
        job: &JobId,
        cancel: &CancellationToken,
    ) -> Result<WorkerBinary> {
        // Held until the row is written: nobody sweeps the object in between, and no other process
        // builds the same.
        let _lock = self.lock(id, job, cancel).await?;
        let provisioner = &self.0.provisioner;
        let made = provisioner.provision(&id.to_string(), job.as_str(), cancel.clone()).await?;
        self.report(job, Event::StepStarted { step: Step::Activate });
        let worker = self.add(made).await?;
        self.report(job, Event::StepFinished { step: Step::Activate });
        Ok(worker)
    }

    /// The lock on a worker, against other processes. Taken by name, since only the recipe knows
    /// which backend an id without one means.
    pub(crate) async fn lock(
        &self,
        id: &WorkerId,
        job: &JobId,
        cancel: &CancellationToken,
    ) -> Result<WorkerLock> {
        let mut waited = false;
        loop {
            if cancel.is_cancelled() {
                return Err(Error::Cancelled);
            }
            if let Some(lock) = self.0.store.lock_worker(id.name.as_str())? {
                return Ok(lock);
            }
            if !std::mem::replace(&mut waited, true) {
                let reason = format!("another process provisions {}; waiting for it", id.name);
                self.report(job, Event::Waiting { reason });
            }
            tokio::select! {
                () = cancel.cancelled() => return Err(Error::Cancelled),
                () = tokio::time::sleep(POLL) => {}
            }
        }
    }

    pub(crate) fn report(&self, job: &JobId, event: Event) {
        self.0.reporter.report(job, event);
    }
}

/// The error itself where nobody else waits for it.
fn unshare(error: Arc<Error>) -> Error {
    Arc::try_unwrap(error).unwrap_or_else(Error::Joined)
}
