//! The `SQLite` catalog, used by many threads and processes at once.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Barrier,
    thread,
    time::{Duration, Instant},
};

use rbee_hive_artifact_catalog::{
    Artifact, ArtifactCatalog as _, ArtifactStatus, HistoryAction, database::SqliteCatalog,
};
use serde::{Deserialize, Serialize};

/// An artifact that is not a worker: version `id` of the one slot `slot`.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Thing {
    id: String,
    path: PathBuf,
    status: ArtifactStatus,
}

impl Thing {
    fn new(id: &str) -> Self {
        Self { id: id.into(), path: Path::new("/s").join(id), status: ArtifactStatus::Available }
    }
}

impl Artifact for Thing {
    fn id(&self) -> &str {
        &self.id
    }
    fn path(&self) -> &Path {
        &self.path
    }
    fn size(&self) -> u64 {
        0
    }
    fn status(&self) -> &ArtifactStatus {
        &self.status
    }
    fn set_status(&mut self, status: ArtifactStatus) {
        self.status = status;
    }
    fn name(&self) -> &'static str {
        "thing"
    }
    fn slot(&self) -> &'static str {
        "slot"
    }
}

const ROUNDS: usize = 10;

/// Adds, reads, activates and removes; leaves `ROUNDS` entries and `ROUNDS * 4` lines of history.
fn work(file: &Path, who: &str) {
    let catalog = SqliteCatalog::<Thing>::open(file).unwrap();
    for round in 0..ROUNDS {
        let kept = catalog.add(Thing::new(&format!("{who}-{round}"))).unwrap();
        let gone = catalog.add(Thing::new(&format!("{who}-{round}-gone"))).unwrap();
        assert!(catalog.contains(&kept.id).unwrap());
        catalog.activate(&kept.id, HistoryAction::Activated).unwrap().unwrap();
        assert!(catalog.remove(&gone.id).unwrap().is_some());
        catalog.list().unwrap();
    }
}

fn check(file: &Path, workers: usize) {
    let catalog = SqliteCatalog::<Thing>::open(file).unwrap();
    assert_eq!(catalog.len().unwrap(), workers * ROUNDS);
    let database = rusqlite::Connection::open(file).unwrap();
    let count = |sql| database.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(count("SELECT count(*) FROM artifact WHERE active = 1"), 1);
    // Activating the heir of a removed active entry adds a line now and then.
    let history = catalog.history("slot").unwrap();
    assert!(history.len() >= workers * ROUNDS * 4, "{}", history.len());
    assert!(history.iter().rev().map(|e| e.number).eq(1..=history.len() as u64), "a gap");
    let cut = database.execute("DELETE FROM history", []);
    assert!(cut.unwrap_err().to_string().contains("append-only"));
}

#[test]
fn threads_with_a_handle_each_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("catalog.db");
    let start = Barrier::new(8);
    thread::scope(|scope| {
        for i in 0..8 {
            let (file, start) = (&file, &start);
            scope.spawn(move || {
                start.wait(); // so that all of them create the database
                work(file, &i.to_string());
            });
        }
    });
    check(&file, 8);
}

const CHILD: &str = "CATALOG_PROCESSES_CHILD";

/// Not a test of its own: what the processes of the next one run.
#[test]
#[ignore = "run by processes_lose_nothing"]
fn child() {
    #[expect(clippy::disallowed_methods, reason = "how the parent tells its child what to do")]
    let told = std::env::var(CHILD).unwrap();
    let (who, file) = told.split_once('=').unwrap();
    work(Path::new(file), who);
}

#[test]
fn processes_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("catalog.db");
    let spawn = |i: usize| -> Child {
        Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "child", "--ignored"])
            .env(CHILD, format!("p{i}={}", file.display()))
            .stdout(Stdio::null())
            .spawn()
            .unwrap()
    };
    let children: Vec<Child> = (0..4).map(spawn).collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    check(&file, 4);
}

#[test]
fn opening_and_asking_takes_milliseconds() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("catalog.db");
    let catalog = SqliteCatalog::<Thing>::open(&file).unwrap();
    for i in 0..100 {
        catalog.add(Thing::new(&i.to_string())).unwrap();
    }
    drop(catalog);
    let once = || {
        let start = Instant::now();
        let catalog = SqliteCatalog::<Thing>::open(&file).unwrap();
        assert_eq!(catalog.list().unwrap().len(), 100);
        start.elapsed()
    };
    let best = (0..10).map(|_| once()).min().unwrap();
    println!("opened and listed in {best:?}");
    assert!(best < Duration::from_millis(50), "{best:?}");
}
