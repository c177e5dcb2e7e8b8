use jiff::{SignedDuration, Timestamp};
use rbee_hive_worker_catalog::{
    CancellationToken, ErrorKind, JobFilter, JobId, JobRecord, JobState, Outcome,
};

use super::context::{TestContext, install};
use crate::jobs::{Limits, Recorder, Records};

/// A job that ended as many days ago, with a log of 1,000 bytes and more.
fn past(records: &Records, name: &str, worker: Option<&str>, days: i64) {
    let id: JobId = name.parse().unwrap();
    let at = Timestamp::now() - SignedDuration::from_hours(days * 24);
    let outcome = Outcome::Failed {
        kind: ErrorKind::BuildFailed,
        message: "x".repeat(900),
        causes: Vec::new(),
    };
    let record = JobRecord {
        id: id.clone(),
        operation: "worker_install".to_owned(),
        worker_id: worker.map(str::to_owned),
        request: "{}".to_owned(),
        resumable: true,
        state: JobState::Ended(outcome),
        cancel: false,
        submitted_at: at,
        started_at: Some(at),
        ended_at: Some(at),
        attempt: 1,
        crashes: 0,
    };
    records.store.insert(&record).unwrap();
    let folder = records.folder(&id);
    fs_err::create_dir_all(folder.path()).unwrap();
    fs_err::write(folder.events(), "x".repeat(1000)).unwrap();
}

fn kept(records: &Records) -> Vec<String> {
    let (views, _) = records.list(&JobFilter::default(), None, 100).unwrap();
    let mut names: Vec<_> = views.iter().map(|view| view.job_id.to_string()).collect();
    names.sort();
    let logs = fs_err::read_dir(records.folders.jobs()).unwrap();
    let mut folders: Vec<_> =
        logs.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    folders.sort();
    assert_eq!(names, folders, "a row has its folder, and a folder its row");
    names
}

#[test]
fn old_logs_go_but_never_the_last_of_a_worker_nor_that_of_a_job_that_is_not_over() {
    let context = TestContext::new();
    let records = Records::open(&context.folders()).unwrap();
    past(&records, "a1", Some("a:cpu@1-1"), 90);
    past(&records, "a2", Some("a"), 60);
    past(&records, "b1", Some("b"), 50);
    past(&records, "nobody", None, 40);
    past(&records, "b2", Some("b"), 1);
    let token = CancellationToken::new();
    let id = "runs".parse().unwrap();
    let _recorder = Recorder::begin(&records, id, &install("a"), token).unwrap();
    records.prune(&Limits::default()).unwrap();
    assert_eq!(kept(&records), ["a2", "b2", "runs"]);
}

#[test]
fn beyond_their_bytes_the_oldest_logs_go() {
    let context = TestContext::new();
    let records = Records::open(&context.folders()).unwrap();
    for (name, worker) in [("1", "c"), ("2", "a"), ("3", "b"), ("4", "a"), ("5", "b")] {
        past(&records, name, Some(worker), 1);
    }
    let limits = Limits { keep_logs_bytes: 3500, ..Limits::default() };
    records.prune(&limits).unwrap();
    assert_eq!(kept(&records), ["1", "3", "4", "5"], "that of c is its last");
    records.prune(&Limits { keep_logs_bytes: 0, ..limits }).unwrap();
    assert_eq!(kept(&records), ["1", "4", "5"]);
}
