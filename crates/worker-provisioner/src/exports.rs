use rbee_hive_artifact_catalog::{ExportRequest, Exported, JobId, Step, WorkerBinary};
use tokio_util::sync::CancellationToken;

use crate::{
    error::Error,
    events::JobEvents,
    export::{self, Contents},
    provisioner::WorkerProvisioner,
};

impl WorkerProvisioner {
    /// Writes a package of a worker to a file. The work is on a thread of its own, which looks at
    /// the token.
    pub(crate) async fn export_of(
        &self,
        worker: &WorkerBinary,
        request: &ExportRequest,
        job: JobId,
        cancel: CancellationToken,
    ) -> Result<Exported, Error> {
        let events = JobEvents::new(job, self.reporter.clone(), &self.folders.jobs());
        let (store, worker, request) = (self.store.clone(), worker.clone(), request.clone());
        let work = move || {
            events.start(Step::Package);
            let contents = Contents::read(&store, &worker, request.package.as_deref())?;
            let progress = |done, total| events.progress(Step::Package, done, total);
            let exported = export::write(&worker, &contents, &request.output, &progress, &cancel)?;
            events.finish(Step::Package);
            Ok(exported)
        };
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|error| Error::Io { action: "export", source: std::io::Error::other(error) })?
    }
}
