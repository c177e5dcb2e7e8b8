use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use rbee_hive_worker_catalog::{
    CancellationToken, Error, Event, Folders, IndexLocation, JobId, ProvisionOptions, Reporter,
    Step, WorkerBinary, WorkerCatalog,
};

/// Every event of every job, and what to do when one comes.
#[derive(Default)]
pub(crate) struct Events {
    all: Mutex<Vec<Event>>,
    on: Mutex<Option<(Trigger, CancellationToken)>>,
}

/// Whether to cancel at an event.
type Trigger = Box<dyn Fn(&Event) -> bool + Send>;

impl std::fmt::Debug for Events {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Events")
    }
}

impl Reporter for Events {
    fn report(&self, _job: &JobId, event: Event) {
        if let Some((trigger, token)) = &*self.on.lock().unwrap()
            && trigger(&event)
        {
            token.cancel();
        }
        self.all.lock().unwrap().push(event);
    }
}

/// Folders, an index and a catalog of one test.
pub(crate) struct TestContext {
    folder: tempfile::TempDir,
    pub(crate) events: Arc<Events>,
    jobs: std::sync::atomic::AtomicUsize,
}

impl TestContext {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs_err::create_dir(folder.path().join("index")).unwrap();
        Self { folder, events: Arc::default(), jobs: 0.into() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn folders(&self) -> Folders {
        Folders::new(self.path("data"), self.path("cache"))
    }

    /// A file beside a recipe's PKGBUILD.
    pub(crate) fn file(&self, recipe: &str, name: &str, content: &[u8]) -> PathBuf {
        let path = self.path("index").join(recipe).join(name);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(&path, content).unwrap();
        path
    }

    /// A file beside a recipe's PKGBUILD, and the arrays that name it.
    pub(crate) fn source(&self, recipe: &str, name: &str, content: &[u8]) -> String {
        let path = self.file(recipe, name, content);
        format!("source=({name})\nsha256sums=({})\n", sha256(&path))
    }

    /// A recipe in the index: the usual head, and `body`.
    pub(crate) fn recipe(&self, name: &str, body: &str) -> PathBuf {
        let head = format!(
            "pkgname={name}\npkgver=1.0\npkgrel=1\narch=(x86_64 aarch64)\n\
             _worker_entrypoint=usr/bin/{name}\n"
        );
        self.file(name, "PKGBUILD", format!("{head}{body}\n").as_bytes())
    }

    pub(crate) fn catalog_with(
        &self,
        index: IndexLocation,
        options: ProvisionOptions,
    ) -> WorkerCatalog {
        WorkerCatalog::builder()
            .folders(self.folders())
            .index(index)
            .options(options)
            .reporter(Arc::clone(&self.events) as _)
            .build()
            .unwrap()
    }

    pub(crate) fn catalog(&self) -> WorkerCatalog {
        self.catalog_with(self.index(), ProvisionOptions::default())
    }

    pub(crate) fn index(&self) -> IndexLocation {
        IndexLocation::Folder(self.path("index"))
    }

    pub(crate) async fn install(&self, id: &str) -> Result<WorkerBinary, Error> {
        self.install_with(id, ProvisionOptions::default()).await
    }

    pub(crate) async fn install_with(
        &self,
        id: &str,
        options: ProvisionOptions,
    ) -> Result<WorkerBinary, Error> {
        let catalog = self.catalog_with(self.index(), options);
        self.provision(&catalog, id, CancellationToken::new()).await
    }

    pub(crate) async fn provision(
        &self,
        catalog: &WorkerCatalog,
        id: &str,
        token: CancellationToken,
    ) -> Result<WorkerBinary, Error> {
        let number = self.jobs.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        catalog.provision_and_add(id, &format!("job-{number}"), token).await
    }

    /// Installs, and cancels at the first event that `trigger` takes.
    pub(crate) async fn cancel_at(
        &self,
        id: &str,
        trigger: impl Fn(&Event) -> bool + Send + 'static,
    ) -> Result<WorkerBinary, Error> {
        let token = CancellationToken::new();
        *self.events.on.lock().unwrap() = Some((Box::new(trigger), token.clone()));
        let result = self.provision(&self.catalog(), id, token).await;
        *self.events.on.lock().unwrap() = None;
        result
    }

    /// Cancels a token at the first event that `trigger` takes.
    pub(crate) fn cancel_on(
        &self,
        trigger: impl Fn(&Event) -> bool + Send + 'static,
        token: CancellationToken,
    ) {
        *self.events.on.lock().unwrap() = Some((Box::new(trigger), token));
    }

    /// The output of a step so far, all jobs.
    pub(crate) fn output(&self, of: Step) -> Vec<String> {
        let all = self.events.all.lock().unwrap();
        let lines = all.iter().filter_map(|event| match event {
            Event::Output { step, line, .. } if *step == of => Some(line.clone()),
            _ => None,
        });
        lines.collect()
    }

    /// How often a step began so far, all jobs.
    pub(crate) fn started(&self, of: Step) -> usize {
        let all = self.events.all.lock().unwrap();
        all.iter().filter(|e| matches!(e, Event::StepStarted { step } if *step == of)).count()
    }

    pub(crate) fn notes(&self) -> Vec<String> {
        let all = self.events.all.lock().unwrap();
        let texts = all.iter().filter_map(|event| match event {
            Event::Note { text, .. } | Event::Warning { text, .. } => Some(text.clone()),
            _ => None,
        });
        texts.collect()
    }

    /// Checks that nothing of a job is left: no staging, no build folder, no object but those of
    /// these workers.
    pub(crate) fn assert_nothing_left(&self, workers: &[&WorkerBinary]) {
        let mut objects = names(&self.path("data/store"));
        objects.retain(|name| name != ".staging");
        let mut wanted: Vec<_> =
            workers.iter().map(|w| w.path.file_name().unwrap().to_str().unwrap()).collect();
        wanted.sort_unstable();
        assert_eq!(objects, wanted);
        assert_eq!(names(&self.path("data/store/.staging")), Vec::<String>::new());
        assert_eq!(names(&self.path("cache/build")), Vec::<String>::new());
        assert_eq!(self.catalog().list().unwrap().len(), workers.len());
    }
}

pub(crate) fn sha256(path: &Path) -> String {
    let output = std::process::Command::new("sha256sum").arg(path).output().unwrap();
    String::from_utf8(output.stdout).unwrap().split(' ').next().unwrap().to_owned()
}

/// What a worker's entrypoint prints.
pub(crate) fn run(worker: &WorkerBinary) -> String {
    let output = std::process::Command::new(worker.executable()).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

pub(crate) fn names(folder: &Path) -> Vec<String> {
    let entries = fs_err::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<_> = entries.map(|e| e.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// Processes whose command line has this in it.
pub(crate) fn alive(mark: &str) -> usize {
    let processes = fs_err::read_dir("/proc").unwrap().flatten();
    let commands = processes.filter_map(|p| fs_err::read(p.path().join("cmdline")).ok());
    commands.filter(|c| String::from_utf8_lossy(c).contains(mark)).count()
}

/// A `package()` that installs a script which prints `text`.
pub(crate) fn prints(name: &str, text: &str) -> String {
    format!(
        "package() {{\n  install -d \"$pkgdir/usr/bin\"\n  \
         printf '#!/bin/sh\\necho %s\\n' '{text}' >\"$pkgdir/usr/bin/{name}\"\n  \
         chmod 755 \"$pkgdir/usr/bin/{name}\"\n}}"
    )
}
