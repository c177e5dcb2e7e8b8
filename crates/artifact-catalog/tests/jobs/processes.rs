use std::{
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use rbee_hive_artifact_catalog::{
    Event, Folders, JobFolder, JobLock, JobLog, JobLogReader, Step, Stream, parse_frames,
};

use crate::table::{id, store};

/// Names the folder for the process that this test starts of itself.
const CHILD: &str = "RBEE_TEST_JOB_FOLDER";

fn line(number: u64) -> Event {
    Event::Output { step: Step::Build, stream: Stream::Stdout, line: number.to_string() }
}

/// Not a test of its own: the other process of those below. It takes the job, writes more lines than
/// it is given time for.
#[test]
#[expect(clippy::disallowed_methods, reason = "it is how the test speaks to its other process")]
fn other_process() {
    let Some(folder) = std::env::var_os(CHILD) else { return };
    let folders = Folders::new(&folder, &folder);
    let job = JobFolder::new(&folders, &id("a"));
    let _lock = job.lock().unwrap().unwrap();
    let mut log = JobLog::open(&job.events()).unwrap();
    for number in 1..2_000_000 {
        log.append(&line(number)).unwrap();
    }
}

#[test]
fn a_killed_process_leaves_the_job_free_and_a_log_that_goes_on_without_a_gap() {
    let (_folder, folders, _) = store();
    let job = JobFolder::new(&folders, &id("a"));
    assert!(!job.is_running().unwrap());
    let mut reader = JobLogReader::open(&job.events());
    let mut seen = 0;
    for _ in 0..5 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "processes::other_process"])
            .env(CHILD, folders.data())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let (start, goal) = (Instant::now(), seen + 5_000);
        while seen < goal {
            assert!(start.elapsed() < Duration::from_mins(1), "{seen} of {goal}");
            for logged in parse_frames(&reader.read(100_000).unwrap()) {
                assert_eq!(logged.number, seen + 1);
                seen += 1;
            }
        }
        assert!(job.is_running().unwrap());
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(!job.is_running().unwrap());
        let lock = job.lock().unwrap();
        assert!(lock.is_some());
        let log = JobLog::open(&job.events()).unwrap();
        assert!(log.written() >= seen);
    }
}

#[test]
fn one_process_has_the_queue() {
    let (_folder, folders, _) = store();
    assert!(!JobLock::is_queue_taken(&folders).unwrap());
    let lock = JobLock::of_queue(&folders).unwrap();
    assert!(lock.is_some() && JobLock::is_queue_taken(&folders).unwrap());
    drop(lock);
    assert!(!JobLock::is_queue_taken(&folders).unwrap());
}
