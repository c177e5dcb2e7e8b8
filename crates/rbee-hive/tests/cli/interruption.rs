//! What is left when the program is stopped, gently or not.

use std::{
    fs::File,
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    process::Child,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

use crate::context::{TestContext, stdout};

/// A `build()` whose processes detach themselves and ignore signals.
fn stubborn(mark: &str) -> String {
    format!(
        "for i in 1 2 3; do setsid bash -c 'trap \"\" TERM INT HUP; sleep {mark}' & done; echo ready; wait"
    )
}

fn signal(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

/// Waits until the install says this on its `--json` output.
fn wait_for(child: &mut Child, text: &str) {
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut seen = Vec::new();
    for line in lines {
        let line = line.unwrap();
        if line.contains(text) {
            return;
        }
        seen.push(line);
    }
    panic!("never said {text}: {seen:#?}");
}

fn alive(mark: &str) -> usize {
    let processes = fs_err::read_dir("/proc").unwrap().flatten();
    let commands = processes.filter_map(|p| fs_err::read(p.path().join("cmdline")).ok());
    commands.filter(|c| String::from_utf8_lossy(c).contains(mark)).count()
}

/// The recipe says that it is ready before all that it starts has come to its own program.
fn there_within_ten_seconds(mark: &str) {
    let start = Instant::now();
    while alive(mark) == 0 {
        assert!(start.elapsed() < Duration::from_secs(10), "no process has begun");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn gone_within_a_second(mark: &str) {
    let start = Instant::now();
    while alive(mark) > 0 {
        assert!(start.elapsed() < Duration::from_secs(1), "{} processes are left", alive(mark));
        std::thread::sleep(Duration::from_millis(10));
    }
}

impl TestContext {
    /// The staging and build folders that are there.
    fn leftovers(&self) -> Vec<String> {
        let folders = ["data/store/.staging", "cache/build"].map(|f| self.folder.path().join(f));
        let entries = folders.iter().flat_map(|f| fs_err::read_dir(f).into_iter().flatten());
        entries.map(|e| e.unwrap().path().display().to_string()).collect()
    }

    /// Version 1 is installed and active, and nothing else is there.
    fn assert_version_1(&self) {
        assert!(stdout(&self.run(&["worker", "run", "tiny"])).starts_with("tiny 1"));
        let list = stdout(&self.run(&["worker", "list", "--json"]));
        assert_eq!(list.matches("\"id\"").count(), 1, "{list}");
        assert_eq!(self.leftovers(), Vec::<String>::new());
    }

    /// Installs version 1, then begins to install version 2 with this `build()`.
    fn begin_upgrade(&self, build: &str) -> Child {
        let index = self.index("1", ":");
        assert!(self.run(&["--index", &index, "worker", "install", "tiny"]).status.success());
        self.index("2", build);
        self.command(&["--json", "--index", &index, "worker", "install", "tiny"]).spawn().unwrap()
    }
}

#[test]
fn sigkill_during_build_leaves_no_process_and_no_staging_after_the_next_command() {
    let context = TestContext::new();
    let mark = "86201.25";
    let mut child = context.begin_upgrade(&stubborn(mark));
    wait_for(&mut child, "ready");
    there_within_ten_seconds(mark);
    signal(&child, Signal::KILL);
    child.wait().unwrap();
    gone_within_a_second(mark);
    assert!(!context.leftovers().is_empty(), "the test would prove nothing");
    context.assert_version_1();
}

#[test]
fn ctrl_c_during_build_leaves_nothing_at_all() {
    let context = TestContext::new();
    let mark = "86202.25";
    let mut child = context.begin_upgrade(&stubborn(mark));
    wait_for(&mut child, "ready");
    signal(&child, Signal::INT);
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(alive(mark), 0);
    assert_eq!(context.leftovers(), Vec::<String>::new());
    context.assert_version_1();
}

#[test]
fn ctrl_c_during_a_slow_download_ends_at_once() {
    let context = TestContext::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
            while stream.write_all(b"x").is_ok() {
                std::thread::sleep(Duration::from_millis(20));
            }
        }
    });
    let index = context.index("1", ":");
    assert!(context.run(&["--index", &index, "worker", "install", "tiny"]).status.success());
    let source = format!("source=(http://{address}/x)\nsha256sums=({})", "0".repeat(64));
    let recipe = context.folder.path().join("index/tiny/PKGBUILD");
    let mut file = File::options().append(true).open(recipe).unwrap();
    writeln!(file, "{source}").unwrap();
    let mut child = context
        .command(&["--json", "--index", &index, "worker", "install", "tiny"])
        .spawn()
        .unwrap();
    wait_for(&mut child, "\"step\":\"fetch\"");
    std::thread::sleep(Duration::from_millis(200));
    let start = Instant::now();
    signal(&child, Signal::INT);
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
    context.assert_version_1();
}

#[test]
fn two_processes_that_want_the_same_build_it_once() {
    let context = TestContext::new();
    let index = context.index("1", "echo building; sleep 1");
    let install = || {
        context
            .command(&["--json", "--index", &index, "worker", "install", "tiny"])
            .spawn()
            .unwrap()
    };
    let (one, two) = (install(), install());
    let outputs = [one, two].map(|child| child.wait_with_output().unwrap());
    let built = outputs.iter().filter(|o| stdout(o).contains("\"line\":\"building\"")).count();
    assert_eq!(built, 1);
    for output in &outputs {
        assert!(output.status.success());
        let ended = stdout(output).lines().last().unwrap().to_owned();
        assert!(ended.starts_with("{\"type\":\"ended\",\"outcome\":\"succeeded\",\"worker\":{"));
    }
}
