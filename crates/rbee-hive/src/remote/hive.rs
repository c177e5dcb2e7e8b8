use std::sync::Arc;

use async_trait::async_trait;
use rbee_hive_worker_catalog::{
    Check, Event, ExportRequest, Exported, GcOptions, GcReport, HistoryEntry, JobFilter, JobId,
    Offer, Outcome, Plan, Verification, WorkerBinary, WorkerId,
};
use reqwest::Method;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use url::Url;

use super::{
    RemoteError,
    client::Client,
    download,
    events::Events,
    interruption::{Interruption, Wish},
    upload,
};
use crate::{
    commands::BuildOptions,
    config::CACERT,
    error::Error,
    hive::{Hive, ImportFile, Install, Wanted},
    jobs::{JobError, JobView, Operation},
    session::Session,
    watch::Watch,
};

/// A daemon, asked over HTTP.
#[derive(Debug)]
pub(crate) struct Remote {
    client: Client,
    session: Session,
}

/// One page of a list. Which list, the name of its field says.
#[derive(Deserialize)]
struct Page {
    next: Option<String>,
    #[serde(flatten)]
    lists: serde_json::Map<String, Value>,
}

/// A job that was begun.
#[derive(Deserialize)]
struct Begun {
    job_id: JobId,
}

impl Remote {
    /// The daemon at an address.
    ///
    /// # Errors
    /// If that is none, or the certificates or the token cannot be used.
    pub(crate) fn new(address: &str, session: Session) -> Result<Self, Error> {
        let client = {
            let config = session.config();
            Client::new(address, config.token()?.as_ref(), config.get(&CACERT)?)?
        };
        Ok(Self { client, session })
    }

    /// The address of a worker, or of what is below it. The id is checked first: it may be no part
    /// of a path.
    fn worker(&self, id: &str, below: &[&str]) -> Result<Url, Error> {
        let _: WorkerId = id.parse().map_err(rbee_hive_worker_catalog::Error::from)?;
        Ok(self.client.url(&[&["v1", "workers", id], below].concat()))
    }

    /// Every item of a list, page after page.
    async fn all<T: DeserializeOwned>(
        &self,
        list: &str,
        filter: &[(&str, &str)],
    ) -> Result<Vec<T>, Error> {
        let mut items = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            let mut url = self.client.url(&["v1", list]);
            url.query_pairs_mut().append_pair("limit", "1000").extend_pairs(filter);
            if let Some(cursor) = &cursor {
                url.query_pairs_mut().append_pair("cursor", cursor);
            }
            let page: Page = self.client.get(url.clone()).await?;
            items.extend(field::<Vec<T>>(page.lists, list, &url)?);
            cursor = page.next;
            if cursor.is_none() {
                return Ok(items);
            }
        }
    }

    /// What a request answers under one name.
    async fn field<T: DeserializeOwned>(
        &self,
        method: Method,
        url: Url,
        name: &str,
    ) -> Result<T, Error> {
        let answer = self.client.ask(self.client.request(method, url.clone())).await?;
        field(answer, name, &url)
    }

    /// Begins a job and watches it until it ends.
    async fn run(&self, operation: &Operation, watch: &Arc<Watch>) -> Result<WorkerBinary, Error> {
        // Before the job is there, so that there is none that Ctrl-C does not reach.
        let mut interruption = Interruption::listen(self.session.is_json())?;
        let begun: Begun = self.client.post(self.client.url(&["v1", "jobs"]), operation).await?;
        let job = &begun.job_id;
        let command = self.session.command(&format!("job watch {job}"));
        let mut events = Events::of(&self.client, job, &command);
        loop {
            let was_interrupt = tokio::select! {
                ended = ended(&mut events, watch) => return result(ended?),
                was_interrupt = interruption.come() => was_interrupt,
            };
            match interruption.wish(was_interrupt, watch).await {
                Wish::Leave => return Err(RemoteError::Left { command }.into()),
                Wish::Cancel => {
                    watch.say("stopping; nothing is installed");
                    self.cancel(job).await?;
                }
            }
        }
    }

    /// Asks the daemon to end a job. One that has ended meanwhile has its own end to tell.
    async fn cancel(&self, job: &JobId) -> Result<(), Error> {
        let url = self.client.url(&["v1", "jobs", job.as_str()]);
        match self.client.delete::<Value>(url).await {
            Ok(_) | Err(RemoteError::Told { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// The request for an install. A recipe of this machine is sent first.
    async fn operation(&self, install: &Install, watch: &Watch) -> Result<Operation, Error> {
        let (worker_id, recipe, backend) = match &install.wanted {
            Wanted::Id(id) => (Some(id.clone()), None, None),
            Wanted::Recipe { path, backend } => (None, Some(path), backend.as_deref()),
        };
        let backend = backend.and_then(|backend| backend.parse().ok());
        // Before anything is sent: it may be refused.
        let options = install.options.wire(backend)?;
        let recipe = match recipe {
            Some(path) => {
                Some(upload::recipe(&self.client, path, backend, &self.session, watch).await?)
            }
            None => None,
        };
        Ok(Operation::WorkerInstall { worker_id, recipe, options })
    }
}

/// Shows the events of a job up to its end.
async fn ended(events: &mut Events<'_>, watch: &Watch) -> Result<Outcome, RemoteError> {
    loop {
        let event = events.next(watch).await?;
        watch.show(&event);
        if let Event::Ended(outcome) = event {
            return Ok(outcome);
        }
    }
}

fn job_id(id: &str) -> Result<JobId, Error> {
    Ok(id.parse().map_err(rbee_hive_worker_catalog::Error::from)?)
}

fn field<T: DeserializeOwned>(
    mut answer: serde_json::Map<String, Value>,
    name: &str,
    url: &Url,
) -> Result<T, Error> {
    let value = answer.remove(name).unwrap_or_default();
    serde_json::from_value(value).map_err(|error| {
        let what = format!("something else ({error})");
        RemoteError::Strange { url: url.to_string(), what }.into()
    })
}

/// How a job ended, as if it had run here.
fn result(outcome: Outcome) -> Result<WorkerBinary, Error> {
    match outcome {
        Outcome::Succeeded { worker } => Ok(*worker),
        Outcome::Failed { kind, message, causes } => {
            Err(JobError::failed(kind, message, causes).into())
        }
        Outcome::Cancelled => Err(Error::Cancelled),
    }
}

#[async_trait]
impl Hive for Remote {
    async fn available(&self, _options: &BuildOptions) -> Result<Vec<Offer>, Error> {
        self.all("catalog", &[]).await
    }

    async fn info(&self, id: &str) -> Result<Offer, Error> {
        let _: WorkerId = id.parse().map_err(rbee_hive_worker_catalog::Error::from)?;
        Ok(self.client.get(self.client.url(&["v1", "catalog", id])).await?)
    }

    async fn list(&self) -> Result<Vec<WorkerBinary>, Error> {
        self.all("workers", &[]).await
    }

    async fn get(&self, id: &str) -> Result<WorkerBinary, Error> {
        Ok(self.client.get(self.worker(id, &[])?).await?)
    }

    async fn remove(&self, id: &str) -> Result<Vec<WorkerBinary>, Error> {
        self.field(Method::DELETE, self.worker(id, &[])?, "removed").await
    }

    async fn verify(&self, id: Option<&str>) -> Result<Vec<Verification>, Error> {
        let url = match id {
            Some(id) => self.worker(id, &["verify"])?,
            None => self.client.url(&["v1", "verify"]),
        };
        self.field(Method::POST, url, "verified").await
    }

    async fn history(&self, id: &str) -> Result<Vec<HistoryEntry>, Error> {
        self.field(Method::GET, self.worker(id, &["history"])?, "history").await
    }

    async fn rollback(&self, id: &str) -> Result<WorkerBinary, Error> {
        let request = self.client.request(Method::POST, self.worker(id, &["rollback"])?);
        Ok(self.client.ask(request).await?)
    }

    async fn gc(&self, options: &GcOptions) -> Result<GcReport, Error> {
        let GcOptions { keep, cache, dry_run } = options;
        let request = json!({ "keep": keep, "cache": cache, "dry_run": dry_run });
        Ok(self.client.post(self.client.url(&["v1", "gc"]), &request).await?)
    }

    async fn doctor(&self) -> Result<Vec<Check>, Error> {
        self.field(Method::GET, self.client.url(&["v1", "doctor"]), "checks").await
    }

    async fn plan(&self, install: &Install) -> Result<Plan, Error> {
        let watch = Watch::person(&self.session);
        let operation = self.operation(install, &watch).await?;
        Ok(self.client.post(self.client.url(&["v1", "plans"]), &operation).await?)
    }

    async fn install(&self, install: &Install, watch: &Arc<Watch>) -> Result<WorkerBinary, Error> {
        self.run(&self.operation(install, watch).await?, watch).await
    }

    async fn import(&self, file: &ImportFile, watch: &Arc<Watch>) -> Result<WorkerBinary, Error> {
        let upload = upload::package(&self.client, &file.package.file, watch).await?;
        let operation = Operation::WorkerImport {
            upload,
            origin: Some(file.package.file.display().to_string()),
            backend: file.package.backend,
            entrypoint: file.package.entrypoint.clone(),
            sandbox: file.sandbox,
        };
        self.run(&operation, watch).await
    }

    async fn export(
        &self,
        id: &str,
        request: &ExportRequest,
        watch: &Arc<Watch>,
    ) -> Result<Exported, Error> {
        let url = self.worker(id, &["package"])?;
        // What is wrong with the id is said before anything begins.
        self.get(id).await?;
        download::package(&self.client, url, request, watch).await
    }

    async fn jobs(&self, filter: &JobFilter) -> Result<Vec<JobView>, Error> {
        let worker = filter.worker.iter().map(|worker| ("worker", worker.as_str()));
        let operation = filter.operation.iter().map(|name| ("operation", name.as_str()));
        let common: Vec<_> = worker.chain(operation).collect();
        if filter.states.is_empty() {
            return self.all("jobs", &common).await;
        }
        let mut jobs: Vec<JobView> = Vec::new();
        for state in &filter.states {
            let with = [&common[..], &[("state", state.as_str())]].concat();
            jobs.extend(self.all::<JobView>("jobs", &with).await?);
        }
        jobs.sort_by_key(|job| std::cmp::Reverse(job.submitted_at));
        Ok(jobs)
    }

    async fn job(&self, id: &str) -> Result<JobView, Error> {
        let id = job_id(id)?;
        Ok(self.client.get(self.client.url(&["v1", "jobs", id.as_str()])).await?)
    }

    async fn cancel_job(&self, id: &str) -> Result<JobView, Error> {
        let id = job_id(id)?;
        Ok(self.client.delete(self.client.url(&["v1", "jobs", id.as_str()])).await?)
    }

    async fn watch_job(&self, id: &str, watch: &Arc<Watch>) -> Result<WorkerBinary, Error> {
        let job = job_id(id)?;
        let command = self.session.command(&format!("job watch {job}"));
        let mut events = Events::of(&self.client, &job, &command);
        tokio::select! {
            ended = ended(&mut events, watch) => result(ended?),
            interrupted = tokio::signal::ctrl_c() => {
                interrupted.map_err(Error::Start)?;
                Err(RemoteError::Left { command: command.clone() }.into())
            }
        }
    }
}
