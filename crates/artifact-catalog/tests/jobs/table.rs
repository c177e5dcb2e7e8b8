use jiff::Timestamp;
use rbee_hive_artifact_catalog::{
    ErrorKind, Folders, Interruption, JobFilter, JobId, JobRecord, JobState, JobStore, Outcome,
    Step,
};
use tempfile::TempDir;

pub(crate) fn store() -> (TempDir, Folders, JobStore) {
    let folder = tempfile::tempdir().unwrap();
    let folders = Folders::new(folder.path().join("data"), folder.path().join("cache"));
    let store = JobStore::open(&folders).unwrap();
    (folder, folders, store)
}

pub(crate) fn id(name: &str) -> JobId {
    name.parse().unwrap()
}

fn job(name: &str, worker: Option<&str>) -> JobRecord {
    JobRecord {
        id: id(name),
        operation: "worker_install".to_owned(),
        worker_id: worker.map(str::to_owned),
        request: "{}".to_owned(),
        resumable: true,
        state: JobState::Queued,
        cancel: false,
        submitted_at: Timestamp::now(),
        started_at: None,
        ended_at: None,
        attempt: 1,
        crashes: 0,
    }
}

fn names(jobs: &[JobRecord]) -> Vec<&str> {
    jobs.iter().map(|job| job.id.as_str()).collect()
}

fn failed() -> Outcome {
    Outcome::Failed { kind: ErrorKind::BuildFailed, message: "no".into(), causes: vec![] }
}

#[test]
fn a_job_is_as_it_was_put_in_and_goes_its_way() {
    let (_folder, _, store) = store();
    let a = job("a", Some("tiny:cpu"));
    store.insert(&a).unwrap();
    assert!(store.insert(&a).is_err(), "a name is given once");
    assert_eq!(store.get(&id("a")).unwrap(), Some(a.clone()));
    assert_eq!(store.get(&id("b")).unwrap(), None);

    let running = JobState::Running { step: Step::Build };
    store.set_running(&id("a"), &running).unwrap();
    let found = store.get(&id("a")).unwrap().unwrap();
    assert_eq!(found.state, running);
    assert!(found.started_at.is_some() && found.ended_at.is_none());

    store.requeue(&id("a"), Interruption::Crash).unwrap();
    let found = store.get(&id("a")).unwrap().unwrap();
    assert_eq!((found.state, found.attempt, found.started_at), (JobState::Queued, 2, None));
    store.requeue(&id("a"), Interruption::Stop).unwrap();
    let found = store.get(&id("a")).unwrap().unwrap();
    assert_eq!((found.attempt, found.crashes), (3, 1));

    store.end(&id("a"), &failed()).unwrap();
    let found = store.get(&id("a")).unwrap().unwrap();
    assert_eq!(found.state, JobState::Ended(failed()));
    assert!(found.ended_at.is_some());
    assert!(store.live().unwrap().is_empty());
}

#[test]
fn what_has_ended_stays_as_it_ended() {
    let (_folder, _, store) = store();
    store.insert(&job("a", None)).unwrap();
    store.end(&id("a"), &failed()).unwrap();
    store.end(&id("a"), &Outcome::Cancelled).unwrap();
    store.requeue(&id("a"), Interruption::Stop).unwrap();
    store.set_running(&id("a"), &JobState::Running { step: Step::Fetch }).unwrap();
    assert!(!store.request_cancel(&id("a")).unwrap());
    let found = store.get(&id("a")).unwrap().unwrap();
    assert_eq!((found.state, found.cancel), (JobState::Ended(failed()), false));
}

#[test]
fn a_job_that_is_asked_to_stop_stays_so_whatever_step_it_comes_to() {
    let (_folder, _, store) = store();
    store.insert(&job("a", None)).unwrap();
    assert!(!store.is_cancel_requested(&id("a")).unwrap());
    assert!(store.request_cancel(&id("a")).unwrap());
    assert!(!store.request_cancel(&id("nobody")).unwrap());
    store.set_running(&id("a"), &JobState::Running { step: Step::Build }).unwrap();
    let found = store.get(&id("a")).unwrap().unwrap();
    assert_eq!((found.state, found.cancel), (JobState::Cancelling, true));
    assert!(store.is_cancel_requested(&id("a")).unwrap());
}

#[test]
fn jobs_are_listed_from_the_latest_on_page_by_page() {
    let (_folder, _, store) = store();
    let workers = [Some("tiny"), Some("tiny:cpu@1-1"), Some("tin%y"), None, Some("tinyness")];
    for (name, worker) in ["a", "b", "c", "d", "e"].into_iter().zip(workers) {
        store.insert(&job(name, worker)).unwrap();
    }
    store.end(&id("d"), &Outcome::Cancelled).unwrap();
    let all = JobFilter::default();
    assert_eq!(names(&store.list(&all, None, 10).unwrap()), ["e", "d", "c", "b", "a"]);
    assert_eq!(names(&store.list(&all, None, 2).unwrap()), ["e", "d"]);
    assert_eq!(names(&store.list(&all, Some(&id("d")), 2).unwrap()), ["c", "b"]);
    assert!(store.list(&all, Some(&id("gone")), 2).unwrap().is_empty());
    assert_eq!(names(&store.live().unwrap()), ["a", "b", "c", "e"]);

    let of = |worker: &str| {
        let filter = JobFilter { worker: Some(worker.to_owned()), ..JobFilter::default() };
        let count = store.count(&filter).unwrap();
        (names(&store.list(&filter, None, 10).unwrap()).join(" "), count)
    };
    assert_eq!(of("tiny"), ("b a".to_owned(), 2));
    assert_eq!(of("tiny:cpu"), ("b".to_owned(), 1));
    assert_eq!(of("tin%y"), ("c".to_owned(), 1));
    let ended = JobFilter { states: vec!["ended".to_owned()], ..JobFilter::default() };
    assert_eq!(names(&store.list(&ended, None, 10).unwrap()), ["d"]);
    let other = JobFilter { operation: Some("worker_import".to_owned()), ..ended.clone() };
    assert_eq!(store.count(&other).unwrap(), 0);

    store.remove(&id("d")).unwrap();
    store.remove(&id("a")).unwrap();
    assert_eq!(names(&store.list(&all, None, 10).unwrap()), ["e", "c", "b", "a"]);
}
