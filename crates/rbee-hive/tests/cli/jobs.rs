//! Jobs as other processes see them, with no daemon.

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Output},
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::context::{TestContext, document, events, stdout};

/// Longer than anything takes on a machine that has much else to do.
const PATIENCE: Duration = Duration::from_mins(1);

impl TestContext {
    fn begin(&self, job: &str, build: &str) -> Child {
        let index = self.index("1", build);
        let arguments = ["--index", &index, "--json", "worker", "install", "tiny", "--job", job];
        self.command(&arguments).spawn().unwrap()
    }

    fn jobs(&self, arguments: &[&str]) -> Vec<Value> {
        let output = self.run(&[&["--json", "job", "list"], arguments].concat());
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// Waits until the job is at this step.
    fn until_step(&self, step: &str) {
        let start = Instant::now();
        while !self.jobs(&[]).iter().any(|job| job["step"] == step) {
            assert!(start.elapsed() < PATIENCE, "{:#?}", self.jobs(&["--all"]));
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn another_terminal_sees_watches_and_cancels_what_runs() {
    let context = TestContext::new();
    let child = context.begin("one", "echo begun; sleep 600");
    context.until_step("build");
    let [job] = &context.jobs(&[])[..] else { panic!() };
    assert_eq!((&job["job_id"], &job["state"]), (&"one".into(), &"running".into()));
    assert_eq!(job["worker_id"], "tiny");
    let shown = stdout(&context.run(&["job", "show", "one"]));
    assert!(shown.contains("state      build\n"), "{shown}");

    let mut watch = context.command(&["--json", "job", "watch", "one"]).spawn().unwrap();
    let mut lines = BufReader::new(watch.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("begun")));
    let cancelled = context.run(&["job", "cancel", "one"]);
    assert_eq!(cancelled.status.code(), Some(0), "{}", stderr(&cancelled));
    let last = lines.last().unwrap().unwrap();
    assert_eq!(last, r#"{"type":"ended","outcome":"cancelled"}"#);
    assert_eq!(watch.wait().unwrap().code(), Some(130));
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(130));

    assert!(context.jobs(&[]).is_empty());
    assert_eq!(context.jobs(&["--all"])[0]["outcome"], "cancelled");
    let again = context.run(&["job", "cancel", "one"]);
    assert_eq!(again.status.code(), Some(2));
    assert!(stderr(&again).contains("job one has ended already"));
}

#[test]
fn what_is_over_is_watched_as_it_was() {
    let context = TestContext::new();
    let installed = context.begin("good", ":").wait_with_output().unwrap();
    assert!(installed.status.success());
    let watched = context.run(&["--json", "job", "watch", "good"]);
    assert!(watched.status.success());
    let steps = |output: &Output| {
        let all = events(output);
        let steps = all.iter().filter(|event| event["type"] != "progress");
        steps.cloned().collect::<Vec<_>>()
    };
    assert_eq!(steps(&watched), steps(&installed));
    let shown = document(&context.run(&["--json", "job", "show", "good"]));
    assert_eq!(shown["worker_id"], "tiny:cpu@1-1");
    assert_eq!(shown["last_event"], events(&watched).len());
    let text = context.run(&["job", "watch", "good"]);
    assert_eq!(stdout(&text), "installed tiny:cpu@1-1\n");
    assert!(stderr(&text).contains("==> build"));

    let failed = context.begin("bad", "echo oh no; false").wait_with_output().unwrap();
    assert_eq!(failed.status.code(), Some(6));
    for arguments in [&["job", "watch", "bad"][..], &["--json", "job", "watch", "bad"]] {
        assert_eq!(context.run(arguments).status.code(), Some(6));
    }
    let told = stderr(&context.run(&["job", "watch", "bad"]));
    assert!(told.contains("error: ") && told.contains("oh no"), "{told}");
    assert!(stdout(&context.run(&["job", "list", "--all"])).contains("failed"));
    let list = context.jobs(&["--state", "ended", "--worker", "tiny"]);
    assert_eq!(list.len(), 2);
}

#[test]
fn a_process_that_was_killed_takes_its_job_with_it() {
    let context = TestContext::new();
    let mut child = context.begin("one", "sleep 600");
    context.until_step("build");
    let watch = context.command(&["--json", "job", "watch", "one"]).spawn().unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    let watched = watch.wait_with_output().unwrap();
    assert_eq!(watched.status.code(), Some(9));
    let last = events(&watched).pop().unwrap();
    assert_eq!((&last["type"], &last["outcome"]), (&"ended".into(), &"failed".into()));
    assert!(context.jobs(&[]).is_empty());
}

#[test]
fn jobs_that_are_not_there_are_not_found() {
    let context = TestContext::new();
    for verb in ["show", "watch", "cancel"] {
        let output = context.run(&["job", verb, "nobody"]);
        assert_eq!(output.status.code(), Some(3), "{verb}");
        assert!(stderr(&output).contains("no job nobody"), "{verb}: {}", stderr(&output));
        assert_eq!(context.run(&["job", verb, "../x"]).status.code(), Some(2), "{verb}");
    }
    let list = context.run(&["job", "list"]);
    assert!(list.status.success() && stderr(&list).contains("nothing runs"), "{list:?}");
}
