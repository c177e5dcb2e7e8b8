use std::{
    ffi::OsString,
    io::{self, Read, Write},
    os::{
        fd::{AsFd, OwnedFd},
        unix::process::CommandExt,
    },
    path::PathBuf,
    process::{Child, Command, ExitStatus, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use rustix::{
    event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll},
    process::{Pid, PidfdFlags, Signal, kill_process_group, pidfd_open},
};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

/// A program of the host that helps to fetch: git, or a download agent. Never recipe code.
#[derive(Debug, Clone)]
pub(crate) struct ToolCommand {
    /// Looked up in PATH if it has no slash.
    pub(crate) program: PathBuf,
    /// Its arguments.
    pub(crate) args: Vec<OsString>,
    /// Added to the hive's own environment.
    pub(crate) env: Vec<(OsString, OsString)>,
    /// Taken out of it.
    pub(crate) unset: Vec<OsString>,
    /// Where it starts.
    pub(crate) cwd: PathBuf,
    /// The only folders it can write to, where the runner can enforce that. They must exist.
    pub(crate) writable: Vec<PathBuf>,
}

/// How such programs are started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ToolRunner {
    /// By this bwrap program: the host read-only, its network, a PID namespace that ends with the
    /// job, whatever a program in it detached.
    Bwrap(PathBuf),
    /// In a process group of its own. A process that leaves the group outlives the job.
    Direct,
}

/// How a program ended.
#[derive(Debug)]
pub(crate) struct ToolOutput<W> {
    /// Its exit status.
    pub(crate) status: ExitStatus,
    /// Where its stdout went.
    pub(crate) stdout: W,
    /// The last of its stderr.
    pub(crate) stderr_tail: String,
}

/// Why a program did not come to an end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum ToolError {
    /// It is not installed.
    #[error("{program} is not installed")]
    Missing {
        /// The program.
        program: String,
    },
    /// It could not be started or watched.
    #[error("failed to run {program}")]
    Run {
        /// The program.
        program: String,
        /// What the system said.
        source: io::Error,
    },
    /// The caller asked to stop. All its processes are gone, as far as the runner can tell.
    #[error("cancelled")]
    Cancelled,
}

/// Runs a program to its end, with its stdout collected.
pub(crate) async fn run_tool(
    command: &ToolCommand,
    runner: &ToolRunner,
    cancel: &CancellationToken,
) -> Result<ToolOutput<Vec<u8>>, ToolError> {
    run_tool_into(command, runner, Vec::new(), cancel).await
}

/// Runs a program to its end, with its stdout written to `stdout` while it comes.
///
/// If the future is dropped, the program is killed all the same.
pub(crate) async fn run_tool_into<W: Write + Send + 'static>(
    command: &ToolCommand,
    runner: &ToolRunner,
    stdout: W,
    cancel: &CancellationToken,
) -> Result<ToolOutput<W>, ToolError> {
    let program = command.program.display().to_string();
    let failed = |source| ToolError::Run { program: program.clone(), source };
    if cancel.is_cancelled() {
        return Err(ToolError::Cancelled);
    }
    let stop = eventfd(0, EventfdFlags::CLOEXEC).map_err(|error| failed(error.into()))?;
    let stop = StopOnDrop(Arc::new(stop));
    let mut process = runner.process(command);
    let confined = matches!(runner, ToolRunner::Bwrap(_));
    let (ended, mut end) = oneshot::channel();
    let seen = Arc::clone(&stop.0);
    // bwrap's parent-death signal follows the thread that started it, and a runtime's threads come
    // and go. This one lives until the program is reaped.
    std::thread::Builder::new()
        .name("tool".to_owned())
        .spawn(move || {
            let _ = ended.send(supervise(&mut process, confined, &seen, stdout));
        })
        .map_err(failed)?;
    let result = tokio::select! {
        result = &mut end => result,
        () = cancel.cancelled() => {
            stop.stop();
            let _ = end.await;
            return Err(ToolError::Cancelled);
        }
    };
    let output = match result {
        Ok(Ok(output)) => output,
        Ok(Err(error)) if error.kind() == io::ErrorKind::NotFound => {
            let program = match runner {
                ToolRunner::Bwrap(bwrap) => bwrap.display().to_string(),
                ToolRunner::Direct => program,
            };
            return Err(ToolError::Missing { program });
        }
        Ok(Err(error)) => return Err(failed(error)),
        Err(_) => return Err(failed(io::Error::other("the thread that watched it panicked"))),
    };
    // Inside bwrap it is bwrap that finds nothing to execute.
    if confined && output.stderr_tail.contains(&format!("bwrap: execvp {program}: No such file")) {
        return Err(ToolError::Missing { program });
    }
    Ok(output)
}

impl ToolRunner {
    fn process(&self, tool: &ToolCommand) -> Command {
        let mut command = match self {
            Self::Direct => {
                let mut command = Command::new(&tool.program);
                command.current_dir(&tool.cwd);
                command
            }
            Self::Bwrap(bwrap) => {
                let mut command = Command::new(bwrap);
                command.args(["--ro-bind", "/", "/", "--dev-bind", "/dev", "/dev"]);
                command.args(["--proc", "/proc"]);
                for folder in &tool.writable {
                    command.arg("--bind").arg(folder).arg(folder);
                }
                command.arg("--chdir").arg(&tool.cwd);
                command.args(["--unshare-pid", "--die-with-parent", "--new-session", "--"]);
                command.arg(&tool.program);
                command
            }
        };
        command.args(&tool.args);
        for name in &tool.unset {
            command.env_remove(name);
        }
        command.envs(tool.env.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.process_group(0);
        command
    }
}

/// Tells the watching thread to kill, at the latest when nobody waits any more.
struct StopOnDrop(Arc<OwnedFd>);

impl StopOnDrop {
    fn stop(&self) {
        // Only fails if the counter is full, and then it is readable anyway.
        let _ = rustix::io::write(&*self.0, &1u64.to_ne_bytes());
    }
}

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.stop();
    }
}

/// How long the pipes of a dead namespace may stay open.
const NAMESPACE_END: Duration = Duration::from_secs(10);

/// Starts the program, takes what it writes, kills it when `stop` becomes readable, and reaps it.
fn supervise<W: Write>(
    process: &mut Command,
    confined: bool,
    stop: &OwnedFd,
    mut sink: W,
) -> io::Result<ToolOutput<W>> {
    let mut child = process.spawn()?;
    let pid = Pid::from_child(&child);
    let pidfd = match pidfd_open(pid, PidfdFlags::empty()) {
        Ok(pidfd) => pidfd,
        Err(error) => {
            let _ = child.kill();
            let _ = child.wait();
            return Err(error.into());
        }
    };
    let mut stdout = Pipe::new(child.stdout.take())?;
    let mut stderr = Pipe::new(child.stderr.take())?;
    let mut tail = Tail::default();
    let mut written = Ok(());
    let mut status: Option<(ExitStatus, Instant)> = None;
    let mut killed = false;
    loop {
        let ready = Ready::wait(&pidfd, stop, &stdout, &stderr, status.is_some(), killed)?;
        if ready.stdout {
            stdout.drain(|bytes| {
                if written.is_ok() {
                    written = sink.write_all(bytes);
                }
            });
        }
        if ready.stderr {
            stderr.drain(|bytes| tail.push(bytes));
        }
        if (ready.stop || written.is_err()) && !killed {
            killed = true;
            kill(&mut child, pid);
        }
        if ready.ended && status.is_none() {
            // Before it is reaped, while its id still names its group: what it left behind there.
            let _ = kill_process_group(pid, Signal::KILL);
            status = Some((child.wait()?, Instant::now()));
        }
        if let Some((status, since)) = status {
            // The end of a namespace closes the pipes. Elsewhere a process that left the group may
            // hold them for ever, so what is in them now is all.
            let drained = stdout.closed() && stderr.closed();
            if drained
                || (!confined && !ready.stdout && !ready.stderr)
                || since.elapsed() > NAMESPACE_END
            {
                written?;
                return Ok(ToolOutput { status, stdout: sink, stderr_tail: tail.text() });
            }
        }
    }
}

fn kill(child: &mut Child, pid: Pid) {
    let _ = kill_process_group(pid, Signal::KILL);
    let _ = child.kill();
}

/// What happened while waiting.
#[expect(clippy::struct_excessive_bools, reason = "four descriptors, each ready or not")]
struct Ready {
    ended: bool,
    stop: bool,
    stdout: bool,
    stderr: bool,
}

impl Ready {
    fn wait(
        pidfd: &OwnedFd,
        stop: &OwnedFd,
        stdout: &Pipe<impl Read + AsFd>,
        stderr: &Pipe<impl Read + AsFd>,
        reaped: bool,
        killed: bool,
    ) -> io::Result<Self> {
        let mut descriptors = Vec::with_capacity(4);
        let mut add = |wanted: bool, fd| {
            wanted.then(|| {
                descriptors.push(PollFd::from_borrowed_fd(fd, PollFlags::IN));
                descriptors.len() - 1
            })
        };
        let ended = add(!reaped, pidfd.as_fd());
        let stop = add(!killed, stop.as_fd());
        let stdout = stdout.0.as_ref().and_then(|pipe| add(true, pipe.as_fd()));
        let stderr = stderr.0.as_ref().and_then(|pipe| add(true, pipe.as_fd()));
        // After the program's end nothing says when its last output is there.
        let patience = Timespec { tv_sec: 0, tv_nsec: 20_000_000 };
        match poll(&mut descriptors, reaped.then_some(&patience)) {
            Ok(_) => {}
            Err(rustix::io::Errno::INTR) => descriptors.iter_mut().for_each(PollFd::clear_revents),
            Err(error) => return Err(error.into()),
        }
        let ready = |index: Option<usize>| {
            index.is_some_and(|index| !descriptors[index].revents().is_empty())
        };
        Ok(Self {
            ended: ready(ended),
            stop: ready(stop),
            stdout: ready(stdout),
            stderr: ready(stderr),
        })
    }
}

/// The reading end of a pipe, until it is closed.
struct Pipe<R>(Option<R>);

impl<R: Read + AsFd> Pipe<R> {
    fn new(pipe: Option<R>) -> io::Result<Self> {
        if let Some(pipe) = &pipe {
            rustix::io::ioctl_fionbio(pipe, true)?;
        }
        Ok(Self(pipe))
    }

    fn closed(&self) -> bool {
        self.0.is_none()
    }

    /// Reads once. An error closes it: there is nothing more to be had.
    fn drain(&mut self, take: impl FnOnce(&[u8])) {
        let Some(pipe) = &mut self.0 else { return };
        let mut buffer = [0; 16 * 1024];
        match pipe.read(&mut buffer) {
            Ok(0) => self.0 = None,
            Ok(read) => take(&buffer[..read]),
            Err(error) => match error.kind() {
                io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted => {}
                _ => self.0 = None,
            },
        }
    }
}

/// The last few kilobytes of a stream.
#[derive(Default)]
struct Tail(Vec<u8>);

impl Tail {
    const KEEP: usize = 8 * 1024;

    fn push(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
        if self.0.len() > 2 * Self::KEEP {
            self.0.drain(..self.0.len() - Self::KEEP);
        }
    }

    fn text(&self) -> String {
        let start = self.0.len().saturating_sub(Self::KEEP);
        String::from_utf8_lossy(&self.0[start..]).trim_end().to_owned()
    }
}
