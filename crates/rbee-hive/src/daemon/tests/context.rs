use std::{path::PathBuf, sync::Arc};

use async_trait::async_trait;
use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Method, Request, StatusCode, header},
    response::Response,
};
use bytes::Bytes;
use http_body_util::BodyExt as _;
use rbee_hive_worker_catalog::{
    ArtifactCatalog as _, ArtifactProvisioner, CancellationToken, ErrorKind, Event, Folders, JobId,
    MemoryCatalog, Offer, ProvisionError, ProvisionOptions, Reporter, Step, Stream, WorkerBinary,
    WorkerCatalog,
};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::watch;
use tower::ServiceExt as _;

use crate::{
    daemon::{Catalogs, Daemon, Settings, router},
    jobs::Jobs,
};

/// A daemon that has no socket, in a folder of its own, with two recipes that nobody has written.
#[derive(Debug)]
pub(super) struct Context {
    folder: TempDir,
    pub(super) workers: Arc<MemoryCatalog<WorkerBinary>>,
    pub(super) daemon: Daemon,
    router: Router,
    /// Builds go on while it says so.
    gate: watch::Sender<bool>,
}

/// An answer, all of it.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Answer {
    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(super) fn header(&self, name: header::HeaderName) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The kind of the error that it is.
    pub(super) fn kind(&self) -> String {
        let json = self.json();
        assert!(json["error"]["message"].as_str().is_some_and(|m| !m.is_empty()), "{json}");
        assert!(json["error"]["causes"].is_array(), "{json}");
        json["error"]["kind"].as_str().unwrap().to_owned()
    }
}

impl Context {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let folders = Folders::new(folder.path().join("data"), folder.path().join("cache"));
        let workers = Arc::new(MemoryCatalog::new());
        let gate = watch::Sender::new(true);
        let open = gate.clone();
        let (kept, places) = (Arc::clone(&workers), folders.clone());
        let catalogs = Catalogs::new(ProvisionOptions::default(), move |_, reporter| {
            let recipes = Recipes { open: open.subscribe(), reporter: Arc::clone(&reporter) };
            let builder = WorkerCatalog::builder().folders(places.clone()).reporter(reporter);
            Ok(builder.catalog(Arc::clone(&kept) as _).provisioner(Arc::new(recipes)))
        });
        let (catalogs, settings) = (catalogs.unwrap(), Settings::default());
        let jobs = Jobs::start(&folders, catalogs.clone(), settings.limits()).unwrap();
        let daemon = Daemon::new(catalogs, settings, jobs);
        Self { folder, workers, router: router(daemon.clone()), daemon, gate }
    }

    /// Has jobs wait in the middle of their work.
    pub(super) fn hold(&self) {
        self.gate.send_replace(false);
    }

    /// Lets them go on.
    pub(super) fn release(&self) {
        self.gate.send_replace(true);
    }

    /// Records a worker, as if it had been installed.
    pub(super) fn install(&self, name: &str, version: &str) {
        self.workers.add(worker(name, version)).unwrap();
    }

    /// Everything that was uploaded, whole or not.
    pub(super) fn uploads(&self) -> Vec<PathBuf> {
        let entries = fs_err::read_dir(self.folder.path().join("cache/uploads"));
        entries.into_iter().flatten().map(|entry| entry.unwrap().path()).collect()
    }

    /// The folder of the upload that an answer names.
    pub(super) fn upload(&self, answer: &Value) -> PathBuf {
        self.folder.path().join("cache/uploads").join(answer["upload"].as_str().unwrap())
    }

    /// Sends a request, and leaves the body where it is.
    pub(super) async fn open(&self, request: Request<Body>) -> Response {
        self.router.clone().oneshot(request).await.unwrap()
    }

    pub(super) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.open(request).await;
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    pub(super) async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    pub(super) async fn get_with(
        &self,
        path: &str,
        name: header::HeaderName,
        value: &str,
    ) -> Answer {
        self.send(Request::get(path).header(name, value).body(Body::empty()).unwrap()).await
    }

    pub(super) async fn call(&self, method: Method, path: &str) -> Answer {
        let request = Request::builder().method(method).uri(path).body(Body::empty());
        self.send(request.unwrap()).await
    }

    pub(super) async fn post(&self, path: &str, body: impl Into<Body>) -> Answer {
        let request = Request::post(path).header(header::CONTENT_TYPE, "application/json");
        self.send(request.body(body.into()).unwrap()).await
    }
}

/// A worker whose store object is made of its name and version.
pub(super) fn worker(name: &str, version: &str) -> WorkerBinary {
    serde_json::from_value(json!({
        "id": format!("{name}:cpu@{version}"), "name": name, "workerType": "cpu",
        "platform": "linux", "architecture": "x86_64", "path": format!("/store/{name}-{version}"),
        "entrypoint": "usr/bin/server", "size": 42, "version": version, "status": "available",
        "addedAt": "2026-11-23T09:05:59Z", "active": false, "supportedFormats": ["gguf"],
        "provenance": {
            "actionKey": version, "treeDigest": "", "recipeDigest": "", "index": "", "sources": [],
            "unverified": [], "sandbox": "bwrap", "options": [], "toolchain": {}, "jobId": "j",
            "hiveVersion": "0",
        },
    }))
    .unwrap()
}

/// As many lines a build prints before it fails.
pub(super) const LINES: usize = 3000;

/// Offers `alpha` and `beta`, of which only the first can be used.
#[derive(Debug)]
struct Recipes {
    open: watch::Receiver<bool>,
    reporter: Arc<dyn Reporter>,
}

fn offer(name: &str, refused: Option<&str>) -> Offer {
    serde_json::from_value(json!({
        "name": name, "version": "2-1", "description": format!("the engine {name}"), "url": "",
        "license": [], "backends": ["cpu"], "architectures": ["any"],
        "entrypoint": "usr/bin/server", "args": [], "health": "", "supportedFormats": [],
        "depends": [], "refused": refused,
    }))
    .unwrap()
}

#[async_trait]
impl ArtifactProvisioner<WorkerBinary> for Recipes {
    async fn provision(
        &self,
        id: &str,
        job_id: &str,
        cancel_token: CancellationToken,
    ) -> Result<WorkerBinary, ProvisionError> {
        let job: JobId = job_id.parse().unwrap();
        let step = Step::Build;
        self.reporter.report(&job, Event::StepStarted { step });
        let mut open = self.open.clone();
        tokio::select! {
            () = cancel_token.cancelled() => {
                return Err(ProvisionError::new(ErrorKind::Cancelled, "cancelled"));
            }
            _ = open.wait_for(|open| *open) => {}
        }
        for number in 0..LINES {
            let line = format!("line {number}");
            self.reporter.report(&job, Event::Output { step, stream: Stream::Stdout, line });
        }
        Err(ProvisionError::new(ErrorKind::BuildFailed, format!("{id} is not built here")))
    }

    fn supports(&self, _id: &str) -> bool {
        true
    }

    async fn available(&self) -> Result<Vec<Offer>, ProvisionError> {
        Ok(vec![offer("beta", Some("no GPU")), offer("alpha", None)])
    }

    async fn recipe_file(
        &self,
        name: &str,
        file: &str,
        _cancel_token: CancellationToken,
    ) -> Result<Option<Vec<u8>>, ProvisionError> {
        let has = name == "alpha" && ["PKGBUILD", "keys/pgp/0F.asc"].contains(&file);
        Ok(has.then(|| format!("{name}/{file}").into_bytes()))
    }
}
