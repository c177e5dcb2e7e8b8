use rbee_hive_artifact_catalog::{
    Event, ImportRequest, JobId, Outcome, Step, WorkerBinary, WorkerId,
};
use tokio_util::sync::CancellationToken;

use crate::{Result, WorkerCatalog};

impl WorkerCatalog {
    /// Takes a package file, from a hive or from makepkg, into the store, catalogues the worker and
    /// makes it the active version. Every file is compared with what the package says of itself.
    ///
    /// The same file is never unpacked twice. The events of the job go to the catalog's reporter,
    /// the last of them [`Event::Ended`].
    ///
    /// # Errors
    /// In every case the store and the catalog are then as before. If the token was cancelled,
    /// [`crate::ErrorKind::Cancelled`].
    pub async fn import(
        &self,
        request: &ImportRequest,
        job_id: &str,
        cancel_token: CancellationToken,
    ) -> Result<WorkerBinary> {
        let job: JobId = job_id.parse()?;
        let result = self.import_one(request, &job, &cancel_token).await;
        let outcome = match &result {
            Ok(worker) => Outcome::Succeeded { worker: Box::new(worker.clone()) },
            Err(error) => Outcome::failed(error.kind(), error),
        };
        self.report(&job, Event::Ended(outcome));
        result
    }

    async fn import_one(
        &self,
        request: &ImportRequest,
        job: &JobId,
        cancel: &CancellationToken,
    ) -> Result<WorkerBinary> {
        let provisioner = &self.0.provisioner;
        let id: WorkerId = provisioner.package_id(request, cancel.clone()).await?.parse()?;
        // As in a provision: held until the row is written.
        let _lock = self.lock(&id, job, cancel).await?;
        let (id, job_id) = (id.to_string(), job.as_str());
        let made = provisioner.import(&id, request, job_id, cancel.clone()).await?;
        self.report(job, Event::StepStarted { step: Step::Activate });
        let worker = self.add(made).await?;
        self.report(job, Event::StepFinished { step: Step::Activate });
        Ok(worker)
    }
}
