//! Jobs of a daemon, over HTTP and from the folders it shares with the command line.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::context::{Place, stderr, stdout};

/// Longer than anything takes on a machine that has much else to do.
const PATIENCE: Duration = Duration::from_mins(1);

fn json(output: &std::process::Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        panic!("{error}: {} {}", stdout(output), stderr(output));
    })
}

impl Place {
    /// The jobs as the daemon tells them, and as the folders do.
    fn jobs(&self, url: &str) -> [Value; 2] {
        let arguments = ["--json", "job", "list", "--all"];
        [self.there(url, &arguments), self.here(&arguments)].map(|mut c| json(&c.output().unwrap()))
    }

    /// Waits until this is so of the jobs, the latest first.
    fn until(&self, url: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        let start = Instant::now();
        loop {
            let [told, _] = self.jobs(url);
            if is_so(&told) {
                return told;
            }
            assert!(start.elapsed() < PATIENCE, "{told:#}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

#[test]
fn a_job_is_seen_watched_and_cancelled_through_a_daemon_and_beside_it() {
    let place = Place::new();
    place.recipe("1", "echo begun; sleep 600");
    let daemon = place.serve();
    let url = daemon.url();
    let install = ["--json", "worker", "install", "tiny"];
    let first = place.there(url, &install).spawn().unwrap();
    place.until(url, |jobs| jobs[0]["step"] == "build");
    let second = place.there(url, &install).spawn().unwrap();
    let jobs = place.until(url, |jobs| jobs[0]["state"] == "queued");
    let (waiting, running) = (jobs[0]["job_id"].as_str(), jobs[1]["job_id"].as_str());
    let (waiting, running) = (waiting.unwrap(), running.unwrap());
    assert_eq!(jobs[0]["position"], 1);
    assert!(jobs[0]["reason"].as_str().unwrap().contains(running), "{jobs:#}");
    let [there, here] = place.jobs(url);
    assert_eq!(there, here);
    for mut command in [place.there(url, &["job", "list"]), place.here(&["job", "list"])] {
        assert!(stdout(&command.output().unwrap()).contains("queued, number 1"));
    }

    // One from the folders alone, which the daemon hears of; the other over HTTP.
    let output = place.here(&["job", "cancel", waiting]).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    let watched = place.there(url, &["--json", "job", "watch", waiting]).output().unwrap();
    assert_eq!(watched.status.code(), Some(130));
    let cancelled = "{\"type\":\"ended\",\"outcome\":\"cancelled\"}\n";
    assert!(stdout(&watched).ends_with(cancelled));
    assert_eq!(second.wait_with_output().unwrap().status.code(), Some(130));

    let output = place.there(url, &["job", "cancel", running]).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(first.wait_with_output().unwrap().status.code(), Some(130));
    let watched = place.here(&["--json", "job", "watch", running]).output().unwrap();
    assert!(stdout(&watched).contains("begun") && stdout(&watched).ends_with(cancelled));
    for (mut command, code) in [
        (place.there(url, &["job", "cancel", running]), 2),
        (place.here(&["job", "cancel", running]), 2),
        (place.there(url, &["job", "show", "nobody"]), 3),
        (place.there(url, &["job", "watch", "nobody"]), 3),
    ] {
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{}", stderr(&output));
    }
}

#[test]
fn a_killed_daemon_goes_on_where_it_was_and_what_was_cancelled_never_runs() {
    let place = Place::new();
    place.recipe("1", "for i in $(seq 1000); do echo line $i; done; echo begun; sleep 600");
    let daemon = place.serve();
    let url = daemon.url().to_owned();
    let install = ["worker", "install", "tiny"];
    // Who asked goes away, which is no reason for the jobs to end.
    for count in 1..=3 {
        let mut asked = place.there(&url, &install).spawn().unwrap();
        place.until(&url, |jobs| jobs.as_array().unwrap().len() == count);
        asked.kill().unwrap();
        asked.wait().unwrap();
    }
    let jobs = place.until(&url, |jobs| jobs[2]["step"] == "build");
    let name = |number: usize| jobs[number]["job_id"].as_str().unwrap().to_owned();
    let (third, second, first) = (name(0), name(1), name(2));
    drop(daemon);

    // It is killed, not stopped: nothing could be written any more.
    let told = json(&place.here(&["--json", "job", "show", &first]).output().unwrap());
    assert_eq!(told["state"], "queued");
    assert!(told["reason"].as_str().unwrap().contains("interrupted"), "{told:#}");
    let output = place.here(&["job", "cancel", &second]).output().unwrap();
    assert_eq!(stdout(&output), format!("cancelled {second}\n"));
    place.recipe("1", ":");

    let daemon = place.serve();
    for job in [&first, &third] {
        let output = place.there(daemon.url(), &["job", "watch", job]).output().unwrap();
        assert_eq!(stdout(&output), "installed tiny:cpu@1-1\n", "{}", stderr(&output));
    }
    let jobs = place.jobs(daemon.url())[0].clone();
    assert_eq!((&jobs[1]["outcome"], &jobs[1]["started_at"]), (&"cancelled".into(), &Value::Null));
    assert_eq!((&jobs[2]["attempt"], &jobs[0]["attempt"]), (&2.into(), &1.into()));
    let log = place.path("data/jobs").join(&first).join("events");
    let log = fs_err::read_to_string(log).unwrap();
    let frames: Vec<_> = log.split_terminator("\n\n").collect();
    for (number, frame) in (1..).zip(&frames) {
        assert!(frame.starts_with(&format!("id: {number}\nevent: ")), "{number}: {frame}");
    }
    assert!(frames.len() > 1000);
    assert_eq!(log.matches("\nevent: restarted\n").count(), 1);
    assert_eq!(log.matches("\nevent: ended\n").count(), 1);
}
