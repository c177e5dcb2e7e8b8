//! A stand-in with the API of the real crate, so that the command line compiles; replaced at merge.
#![allow(missing_docs, clippy::missing_errors_doc, clippy::unused_async, clippy::pedantic, unused_variables, dead_code, reason = "stand-in")]

use std::{convert::Infallible, ffi::OsString, fmt, path::{Path, PathBuf}, str::FromStr, sync::Arc};

pub use rbee_hive_artifact_catalog::{
    Architecture, Artifact, ArtifactProvisioner, ArtifactStatus, ErrorKind, Event, Folders,
    HistoryAction, HistoryEntry, JobId, Offer, Outcome, Plan, PlannedStep, Platform,
    ProvisionError, Reporter, Silent, Step, Stream, Version, WorkerBinary, WorkerId, WorkerName,
    WorkerType,
};
pub use rbee_hive_worker_provisioner::SandboxMode;
use serde::Serialize;
use tokio_util::sync::CancellationToken;

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum IndexLocation { #[default] Embedded, Folder(PathBuf), Http(String), Recipe(PathBuf) }
impl FromStr for IndexLocation {
    type Err = Infallible;
    fn from_str(s: &str) -> std::result::Result<Self, Infallible> { Ok(Self::Folder(s.into())) }
}
impl fmt::Display for IndexLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { write!(f, "{self:?}") }
}

#[derive(Debug, Clone, Default)]
pub struct ProvisionOptions {
    pub syncdeps: bool,
    pub force: bool,
    pub offline: bool,
    pub no_check: bool,
    pub allow_unverified: bool,
    pub sandbox: SandboxMode,
}

#[derive(Debug, thiserror::Error)]
#[error("no {0}")]
pub struct Error(String);
impl Error { pub fn kind(&self) -> ErrorKind { if self.0 == "cancel" { ErrorKind::Cancelled } else { ErrorKind::NotFound } } }
pub type Result<T> = std::result::Result<T, Error>;

#[derive(Debug, Clone, Serialize)]
pub struct Verification { pub worker: WorkerBinary, pub damage: Vec<String> }
#[derive(Debug, Clone, Default)]
pub struct GcOptions { pub keep: usize, pub cache: bool, pub dry_run: bool }
#[derive(Debug, Clone, Serialize)]
pub struct GcReport { pub removed: Vec<WorkerBinary>, pub freed: u64 }
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckStatus { Ok, Warning, Failed }
#[derive(Debug, Clone, Serialize)]
pub struct Check { pub name: String, pub status: CheckStatus, pub found: String, pub remedy: Option<String> }
#[derive(Debug, Clone)]
pub struct Launch { pub program: PathBuf, pub env: Vec<(String, OsString)> }

#[derive(Debug, Clone)]
pub struct WorkerCatalog(Arc<dyn Reporter>);
#[derive(Debug, Clone)]
pub struct WorkerCatalogBuilder(Arc<dyn Reporter>);
impl WorkerCatalogBuilder {
    pub fn folders(self, folders: Folders) -> Self { self }
    pub fn index(self, index: IndexLocation) -> Self { self }
    pub fn options(self, options: ProvisionOptions) -> Self { self }
    pub fn reporter(self, reporter: Arc<dyn Reporter>) -> Self { Self(reporter) }
    pub fn build(self) -> Result<WorkerCatalog> { Ok(WorkerCatalog(self.0)) }
}
impl WorkerCatalog {
    pub fn new() -> Result<Self> { Ok(Self(Arc::new(Silent))) }
    pub fn builder() -> WorkerCatalogBuilder { WorkerCatalogBuilder(Arc::new(Silent)) }
    pub async fn provision_and_add(&self, worker_id: &str, job_id: &str, cancel_token: CancellationToken) -> Result<WorkerBinary> {
        if worker_id != "demo" { return Err(Error(worker_id.into())) }
        let job: JobId = job_id.parse().unwrap();
        let r = |e| self.0.report(&job, e);
        let nap = async |ms| { tokio::time::sleep(std::time::Duration::from_millis(ms)).await; cancel_token.is_cancelled() };
        r(Event::StepStarted { step: Step::Resolve });
        r(Event::StepFinished { step: Step::Resolve });
        r(Event::Waiting { reason: "job x builds it".into() });
        nap(600).await;
        r(Event::StepStarted { step: Step::Fetch });
        r(Event::Note { step: Step::Fetch, text: "found \x1b[31mx in the cache".into() });
        for i in 0..15 { r(Event::Progress { step: Step::Fetch, done: i * 400_000, total: Some(6_000_000) }); nap(60).await; }
        r(Event::StepFinished { step: Step::Fetch });
        r(Event::StepStarted { step: Step::Build });
        for i in 0..60 {
            r(Event::Output { step: Step::Build, stream: Stream::Stdout, line: format!("\x1b[2J[{i}/60] \x1b[1mBuilding CXX object a/very/long/path/to/{i}.cpp.o {}", "x".repeat(i*3)) });
            if i == 30 { r(Event::Warning { step: Step::Build, text: "careful".into() }); }
            if nap(50).await { nap(1500).await; let e = Error("cancel".into()); r(Event::Ended(Outcome::Cancelled)); return Err(Error("cancel".into())); }
        }
        r(Event::Ended(Outcome::Failed { kind: ErrorKind::BuildFailed, message: "x".into(), causes: vec![] }));
        Err(Error("demo; it ended with\n  line 1\n  \x1b[31mline 2".into()))
    }
    pub async fn plan(&self, worker_id: &str) -> Result<Plan> { Err(Error(worker_id.into())) }
    pub async fn available(&self) -> Result<Vec<Offer>> { Ok(vec![]) }
    pub async fn info(&self, worker_id: &str) -> Result<Offer> { Err(Error(worker_id.into())) }
    pub fn list(&self) -> Result<Vec<WorkerBinary>> { Ok(vec![]) }
    pub fn get(&self, worker_id: &str) -> Result<WorkerBinary> { Err(Error(worker_id.into())) }
    pub async fn remove(&self, worker_id: &str) -> Result<Vec<WorkerBinary>> { Err(Error(worker_id.into())) }
    pub async fn verify(&self, worker_id: Option<&str>) -> Result<Vec<Verification>> { Ok(vec![]) }
    pub fn history(&self, worker_id: &str) -> Result<Vec<HistoryEntry>> { Ok(vec![]) }
    pub fn rollback(&self, worker_id: &str) -> Result<WorkerBinary> { Err(Error(worker_id.into())) }
    pub fn find_by_type_and_platform(&self, t: WorkerType, p: Platform) -> Result<Vec<WorkerBinary>> { Ok(vec![]) }
    pub async fn gc(&self, options: &GcOptions) -> Result<GcReport> { Ok(GcReport { removed: vec![], freed: 0 }) }
    pub async fn doctor(&self) -> Vec<Check> { vec![] }
    pub fn launch(&self, worker: &WorkerBinary) -> Launch { Launch { program: worker.executable(), env: vec![] } }
}
pub async fn recipe_srcinfo(path: &Path, sandbox: SandboxMode) -> Result<String> { Err(Error(path.display().to_string())) }
