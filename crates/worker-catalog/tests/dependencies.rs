//! What a worker depends on is made and catalogued first, whatever it is that makes them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};

use rbee_hive_artifact_catalog::store::{ObjectName, Store};
use rbee_hive_worker_catalog::{
    Architecture, ArtifactCatalog, ArtifactProvisioner, ArtifactStatus, CancellationToken,
    DependencyRecord, ErrorKind, Event, Folders, GcOptions, JobId, MemoryCatalog, Outcome,
    Platform, Provenance, ProvisionError, Reporter, WorkerBinary, WorkerCatalog, WorkerId,
    WorkerType,
};

/// Makes everything out of nothing. `top` and `other` need `lib`, which needs `base`.
struct Chain {
    store: Store,
    catalog: Arc<MemoryCatalog<WorkerBinary>>,
    /// Job, and what it made.
    made: Mutex<Vec<(String, String)>>,
    broken: Option<&'static str>,
    /// Removes `lib` from this catalog when `top` is made, but not catalogued yet.
    removes_lib: Mutex<Option<WorkerCatalog>>,
}

fn needs(id: &str) -> &'static [&'static str] {
    match id {
        "top" | "other" => &["base:cpu@1.0-1", "lib:cpu@1.0-1"],
        "lib:cpu@1.0-1" => &["base:cpu@1.0-1"],
        _ => &[],
    }
}

#[async_trait::async_trait]
impl ArtifactProvisioner<WorkerBinary> for Chain {
    async fn provision(
        &self,
        id: &str,
        job_id: &str,
        cancel_token: CancellationToken,
    ) -> Result<WorkerBinary, ProvisionError> {
        tokio::select! {
            () = cancel_token.cancelled() => {
                return Err(ProvisionError::new(ErrorKind::Cancelled, "cancelled"));
            }
            () = tokio::time::sleep(Duration::from_millis(50)) => {}
        }
        if self.broken == Some(id) {
            return Err(ProvisionError::new(ErrorKind::BuildFailed, "build() failed"));
        }
        let mut dependencies = Vec::new();
        for needed in needs(id) {
            let there = self.catalog.get(needed).unwrap().expect("it was to be catalogued first");
            dependencies.push(DependencyRecord {
                id: there.id.clone(),
                object: there.path.file_name().unwrap().to_str().unwrap().to_owned(),
                action_key: there.provenance.action_key,
                runtime: true,
            });
        }
        let job: JobId = job_id.parse().unwrap();
        let name = id.parse::<WorkerId>().unwrap().name;
        if let Some(there) = self.catalog.get(&format!("{name}:cpu@1.0-1")).unwrap() {
            return Ok(there);
        }
        self.made.lock().unwrap().push((job_id.to_owned(), name.to_string()));
        let version = "1.0-1".parse().unwrap();
        let staging = self.store.stage(&job).unwrap();
        fs_err::write(staging.tree().join("run"), format!("#!/bin/sh\n# {name}\n")).unwrap();
        let sealed = staging.seal(&name, &version, "inputs").unwrap();
        let is_library = matches!(name.as_str(), "lib" | "base" | "brought");
        let worker = WorkerBinary {
            id: WorkerBinary::full_id(&name, WorkerType::Cpu, &version),
            worker_type: WorkerType::Cpu,
            platform: Platform::HOST,
            architecture: Architecture::HOST,
            path: sealed.path(),
            entrypoint: PathBuf::from(if is_library { "" } else { "run" }),
            size: sealed.size(),
            version,
            status: ArtifactStatus::Available,
            added_at: "2026-01-01T00:00:00Z".parse().unwrap(),
            active: false,
            supported_formats: Vec::new(),
            provenance: Provenance {
                action_key: format!("key of {name}"),
                tree_digest: sealed.digest().to_owned(),
                recipe_digest: String::new(),
                index: if name.as_str() == "brought" {
                    "imported from brought-1.0-1-any.pkg.tar.zst".to_owned()
                } else {
                    String::new()
                },
                sources: Vec::new(),
                dependencies,
                unverified: Vec::new(),
                sandbox: "none".to_owned(),
                options: Vec::new(),
                toolchain: BTreeMap::new(),
                job_id: job,
                hive_version: String::new(),
            },
            name,
        };
        sealed.commit(&[]).unwrap();
        let catalog = self.removes_lib.lock().unwrap().take_if(|_| id == "top");
        if let Some(catalog) = catalog {
            catalog.remove("lib").await.unwrap();
        }
        Ok(worker)
    }

    async fn dependencies(
        &self,
        id: &str,
        _cancel_token: CancellationToken,
    ) -> Result<Vec<String>, ProvisionError> {
        Ok(needs(id).iter().map(|id| (*id).to_owned()).collect())
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

struct TestContext {
    _folder: tempfile::TempDir,
    catalog: WorkerCatalog,
    chain: Arc<Chain>,
    events: Arc<Recorded>,
}

impl TestContext {
    fn new(broken: Option<&'static str>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let folders = Folders::new(folder.path().join("data"), folder.path().join("cache"));
        let store = Store::open(&folders).unwrap();
        let rows = Arc::new(MemoryCatalog::new());
        let made = Mutex::default();
        let removes_lib = Mutex::default();
        let chain = Chain { store, catalog: Arc::clone(&rows), made, broken, removes_lib };
        let chain = Arc::new(chain);
        let events = Arc::new(Recorded::default());
        let catalog = WorkerCatalog::builder()
            .folders(folders)
            .catalog(rows)
            .provisioner(Arc::clone(&chain) as _)
            .reporter(Arc::clone(&events) as _)
            .build()
            .unwrap();
        Self { _folder: folder, catalog, chain, events }
    }

    fn made(&self) -> Vec<String> {
        self.chain.made.lock().unwrap().iter().map(|(_, name)| name.clone()).collect()
    }

    async fn install(
        &self,
        id: &str,
        job: &str,
    ) -> Result<WorkerBinary, rbee_hive_worker_catalog::Error> {
        self.catalog.provision_and_add(id, job, CancellationToken::new()).await
    }
}

#[tokio::test]
async fn each_is_catalogued_before_what_needs_it_and_the_job_ends_once() {
    let context = TestContext::new(None);
    let top = context.install("top", "job").await.unwrap();
    assert_eq!(context.made(), ["base", "lib", "top"]);
    assert_eq!(context.catalog.list().unwrap().len(), 3);
    assert_eq!(top.provenance.dependencies.len(), 2);
    let events = context.events.0.lock().unwrap();
    assert!(events.iter().all(|(job, _)| job == "job"));
    assert_eq!(events.iter().filter(|(_, e)| matches!(e, Event::Ended(_))).count(), 1);
    assert!(matches!(events.last(), Some((_, Event::Ended(Outcome::Succeeded { .. })))));
    let notes = events.iter().filter_map(|(_, event)| match event {
        Event::Note { text, .. } => Some(text.as_str()),
        _ => None,
    });
    let wanted = ["dependency base:cpu@1.0-1 of top", "dependency lib:cpu@1.0-1 of top"];
    assert_eq!(notes.collect::<Vec<_>>(), wanted);
}

#[tokio::test]
async fn two_workers_at_once_share_what_both_need() {
    let context = TestContext::new(None);
    let (one, two) = tokio::join!(context.install("top", "one"), context.install("other", "two"));
    assert_ne!(one.unwrap().id, two.unwrap().id);
    let mut made = context.made();
    made.sort();
    assert_eq!(made, ["base", "lib", "other", "top"]);
}

#[tokio::test]
async fn a_dependency_that_fails_ends_the_job_and_is_named() {
    let context = TestContext::new(Some("lib:cpu@1.0-1"));
    let error = context.install("top", "job").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BuildFailed);
    assert_eq!(error.to_string(), "failed to provision lib:cpu@1.0-1, which top needs");
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert_eq!(cause, "build() failed");
    // What was made by then is whole, and stays.
    assert_eq!(context.made(), ["base"]);
    assert_eq!(context.catalog.list().unwrap().len(), 1);
}

#[tokio::test]
async fn what_is_needed_cannot_be_removed_and_what_is_not_is_collected() {
    let context = TestContext::new(None);
    context.install("top", "job").await.unwrap();
    let error = context.catalog.remove("base").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Usage);
    assert!(error.to_string().contains("needed by"), "{error}");
    let all = GcOptions::default();
    assert_eq!(context.catalog.gc(&all).await.unwrap().removed, []);
    context.catalog.remove("top").await.unwrap();
    let removed = context.catalog.gc(&all).await.unwrap().removed;
    let names: Vec<_> = removed.iter().map(|w| w.name.as_str()).collect();
    assert_eq!(names, ["base", "lib"]);
    assert!(context.catalog.list().unwrap().is_empty());
}

#[tokio::test]
async fn a_library_cannot_be_launched() {
    let context = TestContext::new(None);
    context.install("top", "job").await.unwrap();
    let library = context.catalog.get("lib").unwrap();
    assert!(library.is_library());
    let error = context.catalog.launch(&library).unwrap_err();
    assert!(error.to_string().contains("lib:cpu@1.0-1 is a library"), "{error}");
    let top = context.catalog.get("top").unwrap();
    assert!(context.catalog.launch(&top).is_ok());
}

#[tokio::test]
async fn a_dependency_that_was_removed_while_the_worker_was_made_is_an_error() {
    let context = TestContext::new(None);
    *context.chain.removes_lib.lock().unwrap() = Some(context.catalog.clone());
    let error = context.install("top", "job").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::StoreFailed);
    let text = error.to_string();
    assert!(
        text.contains("lib:cpu@1.0-1, which top:cpu@1.0-1 needs to run, was removed"),
        "{text}"
    );
    let workers = context.catalog.list().unwrap();
    assert_eq!(workers.iter().map(|w| w.name.as_str()).collect::<Vec<_>>(), ["base"]);
}

#[tokio::test]
async fn a_worker_whose_dependency_is_gone_is_damaged_and_is_not_started() {
    let context = TestContext::new(None);
    let top = context.install("top", "job").await.unwrap();
    let library = context.catalog.get("lib").unwrap();
    context.chain.store.remove(&ObjectName::of(&library.path).unwrap()).unwrap();
    let gone = "lib:cpu@1.0-1, which it needs to run, is gone";
    let found = context.catalog.verify(Some("top")).await.unwrap();
    assert_eq!(found[0].damage, [gone]);
    assert_eq!(found[0].worker.status, ArtifactStatus::Damaged);
    let error = context.catalog.launch(&top).unwrap_err();
    assert!(error.to_string().contains("lib:cpu@1.0-1, which top:cpu@1.0-1 needs"), "{error}");
}

#[tokio::test]
async fn a_library_that_a_person_imported_is_not_collected() {
    let context = TestContext::new(None);
    let library = context.install("brought", "job").await.unwrap();
    assert!(library.is_library());
    assert_eq!(context.catalog.gc(&GcOptions::default()).await.unwrap().removed, []);
    assert_eq!(context.catalog.list().unwrap().len(), 1);
}
