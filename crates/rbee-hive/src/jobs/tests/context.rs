use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use rbee_hive_worker_catalog::{
    Event, Folders, IndexLocation, JobId, JobState, LoggedEvent, Outcome, ProvisionOptions,
    WorkerCatalog, parse_frames,
};
use tempfile::TempDir;

use crate::{
    daemon::Catalogs,
    jobs::{InstallOptions, JobView, Jobs, Limits, Operation},
};

/// Longer than anything takes on a machine that has much else to do.
const PATIENCE: Duration = Duration::from_mins(1);

/// Folders and an index of a test's own.
pub(super) struct TestContext {
    folder: TempDir,
}

impl TestContext {
    pub(super) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(super) fn folders(&self) -> Folders {
        Folders::new(self.path("data"), self.path("cache"))
    }

    /// A recipe in the index, with this `build()`.
    pub(super) fn recipe(&self, name: &str, build: &str) {
        recipe_at(&self.path("index").join(name), name, build);
    }

    pub(super) fn catalogs(&self) -> Catalogs {
        let (folders, index) = (self.folders(), IndexLocation::Folder(self.path("index")));
        Catalogs::new(ProvisionOptions::default(), move |options, reporter| {
            let builder = WorkerCatalog::builder().folders(folders.clone()).index(index.clone());
            Ok(builder.options(options).reporter(reporter))
        })
        .unwrap()
    }

    pub(super) fn jobs(&self) -> Jobs {
        self.jobs_with(Limits::default())
    }

    pub(super) fn jobs_with(&self, limits: Limits) -> Jobs {
        Jobs::start(&self.folders(), self.catalogs(), limits).unwrap()
    }
}

pub(super) fn recipe_at(folder: &Path, name: &str, build: &str) {
    fs_err::create_dir_all(folder).unwrap();
    let text = format!(
        "pkgname={name}\npkgver=1\npkgrel=1\narch=(any)\n_worker_backends=(cpu)\n\
         _worker_entrypoint=usr/bin/{name}\nbuild() {{\n  {build}\n}}\n\
         package() {{ install -d $pkgdir/usr/bin; printf '#!/bin/sh\\n' > $pkgdir/usr/bin/{name}; \
         chmod 755 $pkgdir/usr/bin/{name}; }}\n"
    );
    fs_err::write(folder.join("PKGBUILD"), text).unwrap();
}

pub(super) fn install(id: &str) -> Operation {
    Operation::WorkerInstall {
        worker_id: Some(id.to_owned()),
        recipe: None,
        options: InstallOptions::default(),
    }
}

/// Waits until a job is as it is wanted.
pub(super) async fn until(
    jobs: &Jobs,
    id: &JobId,
    what: &str,
    is_so: impl Fn(&JobView) -> bool,
) -> JobView {
    let start = Instant::now();
    loop {
        let view = jobs.get(id).unwrap().unwrap();
        if is_so(&view) {
            return view;
        }
        assert!(start.elapsed() < PATIENCE, "never {what}: {view:#?}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

pub(super) async fn ended(jobs: &Jobs, id: &JobId) -> Outcome {
    match until(jobs, id, "ended", |view| view.state.is_ended()).await.state {
        JobState::Ended(outcome) => outcome,
        _ => unreachable!(),
    }
}

/// Waits until a job has written this.
pub(super) async fn says(jobs: &Jobs, id: &JobId, text: &str) {
    let start = Instant::now();
    while !events(jobs, id).iter().any(|logged| match &logged.event {
        Event::Output { line, .. } => line.contains(text),
        _ => false,
    }) {
        assert!(start.elapsed() < PATIENCE, "never said {text}: {:#?}", events(jobs, id));
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// All events of a job. Their numbers have no gap, and nothing follows the end.
pub(super) fn events(jobs: &Jobs, id: &JobId) -> Vec<LoggedEvent> {
    let frames = jobs.reader(id).read(usize::MAX).unwrap();
    let events: Vec<_> = parse_frames(&frames).collect();
    assert!(events.iter().map(|logged| logged.number).eq(1..=events.len() as u64));
    let ends = events.iter().filter(|logged| matches!(logged.event, Event::Ended(_))).count();
    let is_over = matches!(events.last().map(|last| &last.event), Some(Event::Ended(_)));
    assert_eq!(ends, usize::from(is_over));
    events
}

/// How many processes have this in their arguments.
pub(super) fn alive(mark: &str) -> usize {
    let processes = fs_err::read_dir("/proc").unwrap().flatten();
    let commands = processes.filter_map(|p| fs_err::read(p.path().join("cmdline")).ok());
    commands.filter(|c| String::from_utf8_lossy(c).contains(mark)).count()
}
