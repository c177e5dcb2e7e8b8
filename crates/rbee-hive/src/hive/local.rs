use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use rbee_hive_worker_catalog::{
    Check, ExportRequest, Exported, GcOptions, GcReport, HistoryEntry, IndexLocation, JobFilter,
    JobId, Offer, Plan, ProvisionOptions, Verification, WorkerBinary, WorkerCatalog,
    WorkerCatalogBuilder,
};

use super::{
    Hive, ImportFile, Install, Wanted,
    recorded::{follow, record},
};
use crate::{
    commands::BuildOptions,
    config::{KEEP_LOGS_DAYS, KEEP_LOGS_SIZE},
    error::Error,
    jobs::{JobError, JobView, Limits, Recorder, Records},
    session::Session,
    watch::{Interrupts, Watch, job_name},
};

/// The hive of this process: the folders that the flags name, opened when they are first needed.
#[derive(Debug)]
pub(crate) struct Local {
    session: Session,
    /// What an install opened serves the questions after it, too.
    catalog: OnceLock<WorkerCatalog>,
}

impl Local {
    pub(crate) fn new(session: Session) -> Self {
        Self { session, catalog: OnceLock::new() }
    }

    fn catalog(&self) -> Result<&WorkerCatalog, Error> {
        if let Some(catalog) = self.catalog.get() {
            return Ok(catalog);
        }
        let catalog = self.session.catalog()?;
        Ok(self.catalog.get_or_init(|| catalog))
    }

    fn records(&self) -> Result<Records, Error> {
        Ok(Records::open(&self.session.folders()?)?)
    }

    /// Deletes old logs, after a job that has taken its time anyway.
    fn prune(&self, records: &Records, watch: &Watch) {
        let limits = || -> Result<Limits, Error> {
            let config = self.session.config();
            Ok(Limits {
                keep_logs_days: config.get(&KEEP_LOGS_DAYS)?,
                keep_logs_bytes: config.get(&KEEP_LOGS_SIZE)?.0,
                ..Limits::default()
            })
        };
        if watch.has_built()
            && let Err(error) = limits().and_then(|limits| Ok(records.prune(&limits)?))
        {
            self.session.tell(&error);
        }
    }

    fn builder(&self, install: &Install) -> Result<WorkerCatalogBuilder, Error> {
        let mut options = install.options.clone().over(self.session.provision_options()?);
        options.dependency_index = Some(self.session.index()?);
        let builder = self.session.builder()?.options(options);
        Ok(match &install.wanted {
            Wanted::Id(_) => builder,
            Wanted::Recipe { path, .. } => builder.index(IndexLocation::Recipe(path.clone())),
        })
    }
}

/// The id to ask the catalog for.
async fn id(wanted: &Wanted, catalog: &WorkerCatalog) -> Result<String, Error> {
    let (path, backend) = match wanted {
        Wanted::Id(id) => return Ok(id.clone()),
        Wanted::Recipe { path, backend } => (path, backend),
    };
    let offer = catalog.available().await?.pop();
    let offer = offer.ok_or_else(|| Error::NoRecipe { path: path.clone() })?;
    Ok(match backend {
        Some(backend) => format!("{}:{backend}", offer.name),
        None => offer.name,
    })
}

#[async_trait]
impl Hive for Local {
    async fn available(&self, options: &BuildOptions) -> Result<Vec<Offer>, Error> {
        let options = options.clone().over(self.session.provision_options()?);
        let catalog = self.session.builder()?.options(options).build()?;
        let offers = catalog.available().await?;
        let _ = self.catalog.set(catalog);
        Ok(offers)
    }

    async fn info(&self, id: &str) -> Result<Offer, Error> {
        Ok(self.catalog()?.info(id).await?)
    }

    async fn list(&self) -> Result<Vec<WorkerBinary>, Error> {
        Ok(self.catalog()?.list()?)
    }

    async fn get(&self, id: &str) -> Result<WorkerBinary, Error> {
        Ok(self.catalog()?.get(id)?)
    }

    async fn remove(&self, id: &str) -> Result<Vec<WorkerBinary>, Error> {
        Ok(self.catalog()?.remove(id).await?)
    }

    async fn verify(&self, id: Option<&str>) -> Result<Vec<Verification>, Error> {
        Ok(self.catalog()?.verify(id).await?)
    }

    async fn history(&self, id: &str) -> Result<Vec<HistoryEntry>, Error> {
        Ok(self.catalog()?.history(id)?)
    }

    async fn rollback(&self, id: &str) -> Result<WorkerBinary, Error> {
        Ok(self.catalog()?.rollback(id)?)
    }

    async fn gc(&self, options: &GcOptions) -> Result<GcReport, Error> {
        Ok(self.catalog()?.gc(options).await?)
    }

    async fn doctor(&self) -> Result<Vec<Check>, Error> {
        Ok(self.catalog()?.doctor().await)
    }

    async fn plan(&self, install: &Install) -> Result<Plan, Error> {
        let catalog = self.builder(install)?.build()?;
        let id = id(&install.wanted, &catalog).await?;
        Ok(catalog.plan(&id).await?)
    }

    async fn install(&self, install: &Install, watch: &Arc<Watch>) -> Result<WorkerBinary, Error> {
        let records = self.records()?;
        let work = async |reporter, recorder: Arc<Recorder>| {
            let token = recorder.token();
            let catalog = self.builder(install)?.reporter(reporter).build()?;
            let id = tokio::select! {
                () = token.cancelled() => return Err(Error::Cancelled),
                id = id(&install.wanted, &catalog) => id?,
            };
            if let Wanted::Recipe { .. } = install.wanted {
                recorder.set_worker(&id);
            }
            let worker = catalog.provision_and_add(&id, &install.job, token).await?;
            let _ = self.catalog.set(catalog);
            Ok(worker)
        };
        let operation = install.operation();
        let installed = record(&records, &install.job, &operation, watch, work).await;
        self.prune(&records, watch);
        installed
    }

    async fn import(&self, file: &ImportFile, watch: &Arc<Watch>) -> Result<WorkerBinary, Error> {
        let records = self.records()?;
        let work = async |reporter, recorder: Arc<Recorder>| {
            let options = ProvisionOptions { sandbox: file.sandbox.into(), ..Default::default() };
            let builder = self.session.builder()?.options(options);
            let catalog = builder.reporter(reporter).build()?;
            let worker = catalog.import(&file.package, &file.job, recorder.token()).await?;
            let _ = self.catalog.set(catalog);
            Ok(worker)
        };
        let imported = record(&records, &file.job, &file.operation(), watch, work).await;
        self.prune(&records, watch);
        imported
    }

    async fn export(
        &self,
        id: &str,
        request: &ExportRequest,
        watch: &Arc<Watch>,
    ) -> Result<Exported, Error> {
        let catalog = self.session.builder()?.reporter(Arc::clone(watch) as _).build()?;
        let interrupts = Interrupts::listen(watch)?;
        Ok(catalog.export(id, request, &job_name("export", 0), interrupts.token()).await?)
    }

    async fn jobs(&self, filter: &JobFilter) -> Result<Vec<JobView>, Error> {
        let records = self.records()?;
        records.settle_abandoned()?;
        Ok(records.list(filter, None, usize::MAX)?.0)
    }

    async fn job(&self, id: &str) -> Result<JobView, Error> {
        let records = self.records()?;
        records.settle_abandoned()?;
        let missing = || JobError::NotFound { id: id.to_owned() };
        Ok(records.get(&job_id(id)?)?.ok_or_else(missing)?)
    }

    async fn cancel_job(&self, id: &str) -> Result<JobView, Error> {
        Ok(self.records()?.cancel(&job_id(id)?)?)
    }

    async fn watch_job(&self, id: &str, watch: &Arc<Watch>) -> Result<WorkerBinary, Error> {
        let command = self.session.command(&format!("job watch {id}"));
        let (records, id) = (self.records()?, job_id(id)?);
        tokio::select! {
            ended = follow(&records, &id, watch) => ended,
            interrupted = tokio::signal::ctrl_c() => {
                interrupted.map_err(Error::Start)?;
                Err(JobError::Left { command }.into())
            }
        }
    }
}

fn job_id(id: &str) -> Result<JobId, Error> {
    Ok(id.parse().map_err(rbee_hive_worker_catalog::Error::from)?)
}
