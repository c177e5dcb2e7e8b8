//! The verbs of jobs against a daemon, beside the same in process: the table and the logs of jobs
//! are the same for both.

use rustix::process::{Pid, Signal, kill_process};

use crate::context::{Daemon, Place, lines, read_until, stderr, stdout};

/// Runs it in process and against the daemon of the same folders, which have to say the same.
#[track_caller]
fn same(place: &Place, daemon: &Daemon, arguments: &[&str], code: i32) -> String {
    let one = place.here(arguments).output().unwrap();
    let other = place.there(daemon.url(), arguments).output().unwrap();
    assert_eq!(stdout(&one), stdout(&other), "{arguments:?}");
    assert_eq!(stderr(&one), stderr(&other), "{arguments:?}");
    assert_eq!(one.status.code(), Some(code), "{arguments:?}: {}", stderr(&one));
    assert_eq!(other.status.code(), Some(code), "{arguments:?}: {}", stderr(&other));
    stdout(&other)
}

/// The name of the latest job.
fn latest(place: &Place) -> String {
    let output = place.here(&["--json", "job", "list", "--all"]).output().unwrap();
    let jobs: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    jobs[0]["job_id"].as_str().unwrap().to_owned()
}

#[test]
fn jobs_are_the_same_from_here_and_from_there() {
    let place = Place::new();
    let daemon = place.serve();
    same(&place, &daemon, &["job", "list"], 0);
    place.recipe("1", "echo count 1");
    let install = ["worker", "install", "tiny"];
    assert!(place.there(daemon.url(), &install).output().unwrap().status.success());
    let good = latest(&place);
    place.recipe("2", "echo count 2; false");
    let failed = place.here(&install).output().unwrap();
    assert_eq!(failed.status.code(), Some(6));
    let bad = latest(&place);
    assert_ne!(good, bad);
    for flags in [&[][..], &["--json"]] {
        let with = |verb: &[&'static str], id: &'static str| [flags, verb, &[id]].concat();
        let list = same(&place, &daemon, &[flags, &["job", "list", "--all"]].concat(), 0);
        assert!(list.contains(&good) && list.contains(&bad), "{list}");
        same(&place, &daemon, &[flags, &["job", "list", "--state", "ended"]].concat(), 0);
        same(&place, &daemon, &[flags, &["job", "list", "--all", "--worker", "tiny"]].concat(), 0);
        for id in [&good, &bad] {
            same(&place, &daemon, &[flags, &["job", "show", id]].concat(), 0);
        }
        same(&place, &daemon, &with(&["job", "show"], "nobody"), 3);
        same(&place, &daemon, &with(&["job", "show"], ".."), 2);
        same(&place, &daemon, &with(&["job", "watch"], "nobody"), 3);
        same(&place, &daemon, &with(&["job", "cancel"], "nobody"), 3);
        same(&place, &daemon, &[flags, &["job", "watch", &good]].concat(), 0);
        same(&place, &daemon, &[flags, &["job", "watch", &bad]].concat(), 6);
        let told = place.there(daemon.url(), &[flags, &["job", "cancel", &good]].concat());
        let told = { told }.output().unwrap();
        let here = place.here(&[flags, &["job", "cancel", &good]].concat()).output().unwrap();
        assert_eq!(stderr(&told), stderr(&here));
        assert_eq!(told.status.code(), here.status.code());
    }
    let events = same(&place, &daemon, &["--json", "job", "watch", &bad], 6);
    assert!(events.contains("\"line\":\"count 2\""), "{events}");
    assert_eq!(events.matches("\"type\":\"ended\"").count(), 1);
}

#[test]
fn a_job_that_runs_is_watched_left_and_cancelled() {
    let place = Place::new();
    place.recipe("1", "echo ready; sleep 100");
    let daemon = place.serve();
    let there = |arguments: &[&str]| place.there(daemon.url(), arguments);
    let mut install = there(&["--json", "worker", "install", "tiny"]).spawn().unwrap();
    let mut said = lines(&mut install);
    read_until(&mut said, "\"line\":\"ready\"");
    let job = latest(&place);

    // Who only watches does not end the job by going away.
    let mut watcher = there(&["--json", "job", "watch", &job]).spawn().unwrap();
    let mut seen = lines(&mut watcher);
    read_until(&mut seen, "\"line\":\"ready\"");
    kill_process(Pid::from_child(&watcher), Signal::INT).unwrap();
    let left = watcher.wait_with_output().unwrap();
    assert_eq!(left.status.code(), Some(130));
    assert!(stdout(&there(&["job", "list"]).output().unwrap()).contains(&job));

    let cancelled = there(&["job", "cancel", &job]).output().unwrap();
    assert_eq!(cancelled.status.code(), Some(0), "{}", stderr(&cancelled));
    let rest: Vec<_> = said.collect();
    assert_eq!(rest.last().unwrap(), r#"{"type":"ended","outcome":"cancelled"}"#);
    assert_eq!(install.wait().unwrap().code(), Some(130));
}
