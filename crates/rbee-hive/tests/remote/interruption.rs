//! Ctrl-C while a daemon works: on a terminal it asks, without one it cancels.

use std::{
    io::{Read as _, Write as _},
    process::{Child, Command, Stdio},
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::context::{Daemon, Place, lines, read_until, soon, stdout};

/// A `build()` that leaves time to press keys.
const LONG: &str = "echo ready; sleep 4; echo count 1";

/// The program on a terminal of its own, and what a person sees there.
struct Terminal {
    child: Child,
    seen: String,
}

impl Terminal {
    fn install(place: &Place, daemon: &Daemon) -> Self {
        let program = env!("CARGO_BIN_EXE_rbee-hive");
        let inside = format!("{program} --hive {} -v worker install tiny", daemon.url());
        let like = place.program(&[]);
        let mut command = Command::new("script");
        command.args(["-q", "-e", "-f", "-c", &inside, "/dev/null"]);
        for (name, value) in like.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command.env("TERM", "xterm").stdin(Stdio::piped()).stdout(Stdio::piped());
        Self { child: command.spawn().unwrap(), seen: String::new() }
    }

    /// Waits until there is something to be seen.
    fn until(&mut self, text: &str) {
        let mut buffer = [0; 4096];
        while !self.seen.contains(text) {
            let read = self.child.stdout.as_mut().unwrap().read(&mut buffer).unwrap();
            assert!(read > 0, "never said {text}: {}", self.seen);
            self.seen.push_str(&String::from_utf8_lossy(&buffer[..read]));
        }
    }

    fn press(&mut self, keys: &str) {
        let stdin = self.child.stdin.as_mut().unwrap();
        stdin.write_all(keys.as_bytes()).and_then(|()| stdin.flush()).unwrap();
    }

    /// Its exit code, and all that was seen.
    fn end(mut self) -> (Option<i32>, String) {
        let mut rest = Vec::new();
        self.child.stdout.take().unwrap().read_to_end(&mut rest).unwrap();
        let code = self.child.wait().unwrap().code();
        (code, self.seen + &String::from_utf8_lossy(&rest))
    }
}

const CTRL_C: &str = "\x03";
const QUESTION: &str = "cancel the job, or leave it running? [c/L] ";

fn installed(place: &Place) -> usize {
    let output = place.here(&["--json", "worker", "list"]).output().unwrap();
    let workers: Vec<Value> = serde_json::from_str(&stdout(&output)).unwrap();
    workers.len()
}

#[test]
fn on_a_terminal_the_job_can_be_left_and_goes_on() {
    let place = Place::new();
    place.recipe("1", LONG);
    let daemon = place.serve();
    let mut terminal = Terminal::install(&place, &daemon);
    terminal.until("ready");
    terminal.press(CTRL_C);
    terminal.until(QUESTION);
    terminal.press("l\n");
    let (code, seen) = terminal.end();
    assert_eq!(code, Some(130), "{seen}");
    let command = format!("rbee-hive --hive {} job watch install-", daemon.url());
    assert!(seen.contains("left running") && seen.contains(&command), "{seen}");
    soon("the job ends well", || installed(&place) == 1);
}

#[test]
fn on_a_terminal_the_job_can_be_cancelled() {
    let place = Place::new();
    place.recipe("1", LONG);
    let daemon = place.serve();
    let mut terminal = Terminal::install(&place, &daemon);
    terminal.until("ready");
    terminal.press(CTRL_C);
    terminal.until(QUESTION);
    terminal.press("c\n");
    let (code, seen) = terminal.end();
    assert_eq!(code, Some(130), "{seen}");
    assert!(seen.trim_end().ends_with("cancelled\u{1b}[0m"), "{seen}");
    assert_eq!(installed(&place), 0);
}

#[test]
fn a_second_ctrl_c_leaves() {
    let place = Place::new();
    place.recipe("1", LONG);
    let daemon = place.serve();
    let mut terminal = Terminal::install(&place, &daemon);
    terminal.until("ready");
    terminal.press(CTRL_C);
    terminal.until(QUESTION);
    terminal.press(CTRL_C);
    let (code, seen) = terminal.end();
    assert_eq!(code, Some(130), "{seen}");
    assert!(seen.contains("left running"), "{seen}");
    soon("the job ends well", || installed(&place) == 1);
}

#[test]
fn without_a_terminal_a_signal_cancels() {
    for signal in [Signal::INT, Signal::TERM] {
        let place = Place::new();
        place.recipe("1", "echo ready; sleep 100");
        let daemon = place.serve();
        let mut child =
            place.there(daemon.url(), &["--json", "worker", "install", "tiny"]).spawn().unwrap();
        let mut said = lines(&mut child);
        read_until(&mut said, "\"line\":\"ready\"");
        kill_process(Pid::from_child(&child), signal).unwrap();
        let rest: Vec<_> = said.collect();
        assert_eq!(child.wait().unwrap().code(), Some(130));
        assert_eq!(rest.last().unwrap(), r#"{"type":"ended","outcome":"cancelled"}"#);
        assert_eq!(installed(&place), 0);
    }
}
