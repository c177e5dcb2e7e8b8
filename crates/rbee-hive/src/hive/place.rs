use std::{fmt, sync::Arc};

use async_trait::async_trait;
use rbee_hive_worker_catalog::{
    Check, ExportRequest, Exported, GcOptions, GcReport, HistoryEntry, JobFilter, Offer, Plan,
    Verification, WorkerBinary,
};

use super::{ImportFile, Install};
use crate::{commands::BuildOptions, error::Error, jobs::JobView, watch::Watch};

/// A hive that verbs ask: the one of this process, or a daemon.
///
/// Answers and errors are the same from either, so that no verb knows which it asks.
#[async_trait]
pub(crate) trait Hive: Send + Sync + fmt::Debug {
    /// Every recipe of the index. In this process, the flags say how they are evaluated.
    async fn available(&self, options: &BuildOptions) -> Result<Vec<Offer>, Error>;

    /// One recipe of the index.
    async fn info(&self, id: &str) -> Result<Offer, Error>;

    /// Everything that is installed.
    async fn list(&self) -> Result<Vec<WorkerBinary>, Error>;

    /// The installed worker that an id means.
    async fn get(&self, id: &str) -> Result<WorkerBinary, Error>;

    /// Uninstalls all that an id means.
    async fn remove(&self, id: &str) -> Result<Vec<WorkerBinary>, Error>;

    /// Compares the files of all that an id means, or of all there is, with what was installed.
    async fn verify(&self, id: Option<&str>) -> Result<Vec<Verification>, Error>;

    /// What happened to a worker.
    async fn history(&self, id: &str) -> Result<Vec<HistoryEntry>, Error>;

    /// Goes back to an earlier version.
    async fn rollback(&self, id: &str) -> Result<WorkerBinary, Error>;

    /// Deletes what is not in use.
    async fn gc(&self, options: &GcOptions) -> Result<GcReport, Error>;

    /// What the host has and lacks.
    async fn doctor(&self) -> Result<Vec<Check>, Error>;

    /// What an install would do.
    async fn plan(&self, install: &Install) -> Result<Plan, Error>;

    /// Makes a worker and installs it; its events go to the watch. Ends early when the person at
    /// this machine wants that.
    async fn install(&self, install: &Install, watch: &Arc<Watch>) -> Result<WorkerBinary, Error>;

    /// Installs a package file, as [`Hive::install`] does a recipe.
    async fn import(&self, file: &ImportFile, watch: &Arc<Watch>) -> Result<WorkerBinary, Error>;

    /// Writes a worker to a package file of this machine.
    async fn export(
        &self,
        id: &str,
        request: &ExportRequest,
        watch: &Arc<Watch>,
    ) -> Result<Exported, Error>;

    /// Jobs, the latest first, whoever began them.
    async fn jobs(&self, filter: &JobFilter) -> Result<Vec<JobView>, Error>;

    /// One job.
    async fn job(&self, id: &str) -> Result<JobView, Error>;

    /// Asks a job to stop.
    async fn cancel_job(&self, id: &str) -> Result<JobView, Error>;

    /// Sends the events of a job to the watch, from the first to the last. Ends early when the person
    /// at this machine wants that; the job goes on then.
    async fn watch_job(&self, id: &str, watch: &Arc<Watch>) -> Result<WorkerBinary, Error>;
}
