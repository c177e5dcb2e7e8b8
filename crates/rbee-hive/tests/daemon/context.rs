use std::{
    io::{BufRead as _, BufReader, Read as _},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Output, Stdio},
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::http::{self, Answer};

/// Longer than anything takes on a machine that has much else to do.
const PATIENCE: Duration = Duration::from_mins(1);

/// Folders of a test's own, and an environment that has nothing of the host's.
pub(crate) struct TestContext {
    folder: TempDir,
}

impl TestContext {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> String {
        let path = self.path(name);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// The program, with nothing set but where its folders are.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        self.command_of(Path::new(env!("CARGO_BIN_EXE_rbee-hive")), arguments)
    }

    /// The same, as a program starts it that is given its path and arguments.
    pub(crate) fn command_of(&self, program: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", self.path("home"))
            .env("HIVE_DATA_DIR", self.path("data"))
            .env("HIVE_CACHE_DIR", self.path("cache"))
            .env("HIVE_MAKEPKG_CONF", "")
            .env("HIVE_CONFIG", "")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Text without the names of this test's folders.
    pub(crate) fn told(&self, bytes: &[u8]) -> String {
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        text.replace(self.folder.path().to_str().unwrap(), "FOLDER")
    }

    pub(crate) fn serve(&self, flags: &[&str]) -> Serving {
        Serving::start(self.command(&[&["serve"], flags].concat()))
    }
}

/// A daemon that runs. It is killed with the test.
pub(crate) struct Serving {
    child: Child,
    log: Arc<Mutex<String>>,
}

impl Serving {
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command.spawn().unwrap();
        let log = Arc::new(Mutex::new(String::new()));
        let (mut lines, shared) = (BufReader::new(child.stderr.take().unwrap()), Arc::clone(&log));
        thread::spawn(move || {
            let mut line = String::new();
            while lines.read_line(&mut line).is_ok_and(|count| count > 0) {
                shared.lock().unwrap().push_str(&line);
                line.clear();
            }
        });
        Self { child, log }
    }

    /// What it has logged so far.
    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// Waits until something is in its log.
    pub(crate) fn await_log(&self, text: &str) {
        until(&format!("{text:?} in the log"), || self.log().contains(text).then_some(()));
    }

    /// Where it listens.
    pub(crate) fn places(&self, count: usize) -> Vec<String> {
        until("listening", || {
            let log = self.log();
            let found = log.split('\n').filter_map(|line| line.split_once("listening on "));
            let found: Vec<_> = found.map(|(_, place)| place.to_owned()).collect();
            (found.len() >= count).then_some(found)
        })
    }

    /// The one address that it listens on.
    pub(crate) fn address(&self) -> String {
        let places = self.places(1);
        let (_, address) = places[0].split_once("://").unwrap();
        address.to_owned()
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.ask(&format!("GET {path}"), &[], "")
    }

    /// Asks by the address that it listens on.
    pub(crate) fn ask(&self, request: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let address = self.address();
        let stream = TcpStream::connect(&address).unwrap();
        http::ask(stream, request, &[&[("Host", address.as_str())], headers].concat(), body)
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let id = Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap();
        kill_process(id, signal).unwrap();
    }

    /// Waits until it has ended.
    pub(crate) fn ended(&mut self) -> ExitStatus {
        until("the end of the daemon", || self.child.try_wait().unwrap())
    }

    /// Has it end, as systemd does.
    pub(crate) fn terminate(&mut self) -> Option<i32> {
        self.signal(Signal::TERM);
        self.ended().code()
    }

    /// What it wrote to stdout, once it has ended.
    pub(crate) fn stdout(&mut self) -> String {
        let mut text = String::new();
        self.child.stdout.take().unwrap().read_to_string(&mut text).unwrap();
        text
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Looks until there is something.
pub(crate) fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(began.elapsed() < PATIENCE, "waited too long for {what}");
        thread::sleep(Duration::from_millis(10));
    }
}
