use rbee_hive_artifact_catalog::{Event, ExportRequest, Exported, JobId, Outcome, WorkerBinary};
use tokio_util::sync::CancellationToken;

use crate::{Result, WorkerCatalog};

impl WorkerCatalog {
    /// Writes a package of an installed worker to a file that pacman installs. The same worker gives
    /// the same bytes.
    ///
    /// # Errors
    /// If the worker is not installed or has no such package, or a file of it is damaged.
    pub async fn export(
        &self,
        worker_id: &str,
        request: &ExportRequest,
        job_id: &str,
        cancel_token: CancellationToken,
    ) -> Result<Exported> {
        let job: JobId = job_id.parse()?;
        let result = self.export_one(worker_id, request, &job, cancel_token).await;
        let outcome = match &result {
            Ok((worker, _)) => Outcome::Succeeded { worker: Box::new(worker.clone()) },
            Err(error) => Outcome::failed(error.kind(), error),
        };
        self.report(&job, Event::Ended(outcome));
        result.map(|(_, exported)| exported)
    }

    async fn export_one(
        &self,
        worker_id: &str,
        request: &ExportRequest,
        job: &JobId,
        cancel: CancellationToken,
    ) -> Result<(WorkerBinary, Exported)> {
        let worker = self.get(worker_id)?;
        let exported = self.0.provisioner.export(&worker, request, job.as_str(), cancel).await?;
        Ok((worker, exported))
    }
}
