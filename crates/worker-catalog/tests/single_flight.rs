//! Callers of the catalog are tested like this: with a provisioner of their own.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use rbee_hive_artifact_catalog::store::Store;
use rbee_hive_worker_catalog::{
    Architecture, ArtifactProvisioner, ArtifactStatus, CancellationToken, ErrorKind, Event,
    Folders, JobId, MemoryCatalog, Outcome, Platform, Provenance, ProvisionError, Reporter,
    WorkerBinary, WorkerCatalog, WorkerId, WorkerType,
};

/// Puts a one-line script into the store, slowly, and counts how often it does.
#[derive(Debug)]
struct Scripts {
    store: Store,
    made: AtomicUsize,
    pause: Duration,
    fails: bool,
}

#[async_trait::async_trait]
impl ArtifactProvisioner<WorkerBinary> for Scripts {
    async fn provision(
        &self,
        id: &str,
        job_id: &str,
        cancel_token: CancellationToken,
    ) -> Result<WorkerBinary, ProvisionError> {
        self.made.fetch_add(1, Ordering::SeqCst);
        tokio::select! {
            () = cancel_token.cancelled() => {
                return Err(ProvisionError::new(ErrorKind::Cancelled, "cancelled"));
            }
            () = tokio::time::sleep(self.pause) => {}
        }
        if self.fails {
            return Err(ProvisionError::new(ErrorKind::BuildFailed, "build() failed"));
        }
        let job: JobId = job_id.parse().unwrap();
        let name = id.parse::<WorkerId>().unwrap().name;
        let version = "1.0-1".parse().unwrap();
        let staging = self.store.stage(&job).unwrap();
        fs_err::write(staging.tree().join("run"), "#!/bin/sh\n").unwrap();
        let sealed = staging.seal(&name, &version, "inputs").unwrap();
        let worker = WorkerBinary {
            id: WorkerBinary::full_id(&name, WorkerType::Cpu, &version),
            name,
            worker_type: WorkerType::Cpu,
            platform: Platform::HOST,
            architecture: Architecture::HOST,
            path: sealed.path(),
            entrypoint: PathBuf::from("run"),
            size: sealed.size(),
            version,
            status: ArtifactStatus::Available,
            added_at: "2026-01-01T00:00:00Z".parse().unwrap(),
            active: false,
            supported_formats: Vec::new(),
            provenance: Provenance {
                action_key: "key".to_owned(),
                tree_digest: sealed.digest().to_owned(),
                recipe_digest: String::new(),
                index: String::new(),
                sources: Vec::new(),
                dependencies: Vec::new(),
                unverified: Vec::new(),
                sandbox: "none".to_owned(),
                options: Vec::new(),
                toolchain: std::collections::BTreeMap::new(),
                job_id: job,
                hive_version: String::new(),
            },
        };
        sealed.commit(&[]).unwrap();
        Ok(worker)
    }

    fn supports(&self, _id: &str) -> bool {
        true
    }
}

#[derive(Debug, Default)]
struct Recorded(Mutex<Vec<(String, Event)>>);

impl Reporter for Recorded {
    fn report(&self, job: &JobId, event: Event) {
        self.0.lock().unwrap().push((job.to_string(), event));
    }
}

impl Recorded {
    fn of(&self, job: &str) -> Vec<Event> {
        let all = self.0.lock().unwrap();
        all.iter().filter(|(j, _)| j == job).map(|(_, e)| e.clone()).collect()
    }
}

struct TestContext {
    _folder: tempfile::TempDir,
    catalog: WorkerCatalog,
    scripts: Arc<Scripts>,
    events: Arc<Recorded>,
}

impl TestContext {
    fn new(pause: Duration, fails: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let folders = Folders::new(folder.path().join("data"), folder.path().join("cache"));
        let store = Store::open(&folders).unwrap();
        let scripts = Arc::new(Scripts { store, made: AtomicUsize::new(0), pause, fails });
        let events = Arc::new(Recorded::default());
        let catalog = WorkerCatalog::builder()
            .folders(folders)
            .catalog(Arc::new(MemoryCatalog::new()))
            .provisioner(Arc::clone(&scripts) as _)
            .reporter(Arc::clone(&events) as _)
            .build()
            .unwrap();
        Self { _folder: folder, catalog, scripts, events }
    }

    fn made(&self) -> usize {
        self.scripts.made.load(Ordering::SeqCst)
    }
}

const PAUSE: Duration = Duration::from_millis(200);

fn token() -> CancellationToken {
    CancellationToken::new()
}

#[tokio::test]
async fn what_is_returned_is_catalogued_and_active() {
    let context = TestContext::new(Duration::ZERO, false);
    let worker = context.catalog.provision_and_add("w", "job", token()).await.unwrap();
    assert!(worker.active);
    assert_eq!(context.catalog.list().unwrap(), std::slice::from_ref(&worker));
    for id in ["w", "w:cpu", "w@1.0", "w:cpu@1.0-1"] {
        assert_eq!(context.catalog.get(id).unwrap(), worker, "{id}");
    }
    let found = context.catalog.find_by_type_and_platform(WorkerType::Cpu, Platform::HOST).unwrap();
    assert_eq!(found, [worker]);
    assert!(matches!(
        context.events.of("job").last(),
        Some(Event::Ended(Outcome::Succeeded { .. }))
    ));
}

#[tokio::test]
async fn callers_at_once_share_one_provision() {
    let context = TestContext::new(PAUSE, false);
    let (one, two) = tokio::join!(
        context.catalog.provision_and_add("w", "one", token()),
        context.catalog.provision_and_add("w", "two", token()),
    );
    assert_eq!(one.unwrap(), two.unwrap());
    assert_eq!(context.made(), 1);
    for job in ["one", "two"] {
        let ended = context.events.of(job).iter().filter(|e| matches!(e, Event::Ended(_))).count();
        assert_eq!(ended, 1, "{job}");
    }
    assert!(matches!(context.events.of("two").first(), Some(Event::Waiting { .. })));
}

#[tokio::test]
async fn a_failure_is_shared_too() {
    let context = TestContext::new(PAUSE, true);
    let (one, two) = tokio::join!(
        context.catalog.provision_and_add("w", "one", token()),
        context.catalog.provision_and_add("w", "two", token()),
    );
    for error in [one.unwrap_err(), two.unwrap_err()] {
        assert_eq!(
            (error.kind(), error.to_string().as_str()),
            (ErrorKind::BuildFailed, "build() failed")
        );
    }
    assert_eq!(context.made(), 1);
    assert!(context.catalog.list().unwrap().is_empty());
}

#[tokio::test]
async fn a_cancel_of_one_caller_does_not_stop_the_other() {
    let context = TestContext::new(PAUSE, false);
    let first = token();
    let cancel = async {
        tokio::time::sleep(PAUSE / 4).await;
        first.cancel();
    };
    let (one, two, ()) = tokio::join!(
        context.catalog.provision_and_add("w", "one", first.clone()),
        context.catalog.provision_and_add("w", "two", token()),
        cancel,
    );
    assert_eq!(one.unwrap_err().kind(), ErrorKind::Cancelled);
    assert!(two.unwrap().active);
    assert_eq!(context.made(), 2);
    assert_eq!(context.events.of("one").last(), Some(&Event::Ended(Outcome::Cancelled)));
}

#[tokio::test]
async fn a_waiting_caller_can_be_cancelled() {
    let context = TestContext::new(PAUSE, false);
    let second = token();
    let cancel = async {
        tokio::time::sleep(PAUSE / 4).await;
        second.cancel();
    };
    let (one, two, ()) = tokio::join!(
        context.catalog.provision_and_add("w", "one", token()),
        context.catalog.provision_and_add("w", "two", second.clone()),
        cancel,
    );
    assert!(one.is_ok());
    assert_eq!(two.unwrap_err().kind(), ErrorKind::Cancelled);
}

#[tokio::test]
async fn a_bad_id_is_a_usage_error_and_makes_nothing() {
    let context = TestContext::new(Duration::ZERO, false);
    for (worker, job) in [("../w", "job"), ("w:gpu", "job"), ("w", "../job")] {
        let error = context.catalog.provision_and_add(worker, job, token()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage, "{worker} {job}");
    }
    assert_eq!(context.made(), 0);
}
