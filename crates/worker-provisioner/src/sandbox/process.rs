//! One program: started, read from, ended.
//!
//! The parent-death signal that `bwrap --die-with-parent` asks for follows the *thread* that
//! started it, so a thread of its own starts the program and lives until it is reaped.

use std::{
    fs::File,
    io::{self, Read, Seek, Write},
    os::{
        fd::OwnedFd,
        unix::process::{CommandExt, ExitStatusExt},
    },
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    time::Duration,
};

use command_fds::{CommandFdExt, FdMapping};
use rbee_hive_artifact_catalog::Stream;
use rustix::process::{Pid, PidfdFlags, Signal};
use tokio::{io::AsyncReadExt, net::unix::pipe::Receiver, sync::oneshot, time::Instant};
use tokio_util::sync::CancellationToken;

use super::{
    SandboxError,
    bwrap::{self, Descriptors},
    descriptors,
    detect::has_disable_userns,
    lines::Lines,
    overlay, seccomp,
    tier::{Confined, Tier},
    unconfined,
};

/// Descriptor numbers in the `bwrap` process. 3 is the program's channel.
const CHANNEL: i32 = 3;
const DESCRIPTORS: Descriptors = Descriptors { status: 4, filters: [5, 6, 7] };

/// How long output may still arrive once the program is gone.
const DRAIN: Duration = Duration::from_millis(500);

/// How much a program may do.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// How long it may run.
    pub(crate) wall: Duration,
    /// How much it may write to its channel; more ends it.
    pub(crate) channel: usize,
}

/// How a program ended by itself.
#[derive(Debug)]
pub(crate) struct Ending {
    /// The exit status; 128 and the signal's number if a signal ended it.
    pub(crate) code: i32,
    /// What it wrote to descriptor 3.
    pub(crate) channel: Vec<u8>,
}

/// Runs a program confined by `tier` and hands each line of its output to `on_line`.
///
/// When this returns, or its future is dropped, no process of the program is alive, however it
/// detached itself (unconfined: none that kept its environment).
///
/// # Errors
/// If the sandbox could not be set up, the token was cancelled or the time was up; a program that
/// fails is no error here.
pub(crate) async fn run(
    tier: &Tier,
    confined: &Confined,
    limits: Limits,
    cancel: &CancellationToken,
    on_line: &mut (dyn FnMut(Stream, String) + Send),
) -> Result<Ending, SandboxError> {
    if cancel.is_cancelled() {
        return Err(SandboxError::Cancelled);
    }
    let (channel, channel_end) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC)
        .map_err(|e| SandboxError::Pipe(e.into()))?;
    let channel_end = confined.channel.then_some(channel_end);
    let (command, end) = prepare(tier, confined, channel_end)?;
    let program = Path::new(command.get_program()).to_owned();
    let mut running =
        start(command, end).await.map_err(|source| SandboxError::Start { program, source })?;

    let open = |fd: OwnedFd| Receiver::from_owned_fd(fd).map_err(SandboxError::Pipe);
    let mut stdout = Output::new(Stream::Stdout, open(running.stdout)?);
    let mut stderr = Output::new(Stream::Stderr, open(running.stderr)?);
    let mut channel =
        Collected { pipe: Some(open(channel)?), bytes: Vec::new(), limit: limits.channel };
    let overlaid = !overlay::layers(confined).is_empty();
    let (mut last_error, mut around_error) = (String::new(), None);
    let mut emit = |stream: Stream, line: String| {
        if stream == Stream::Stderr {
            if let Some(said) = line.strip_prefix("bwrap: ") {
                said.clone_into(&mut last_error);
            } else if overlaid && overlay::SPEAKERS.iter().any(|name| line.starts_with(name)) {
                // The first one is the reason; the script ends with it.
                around_error.get_or_insert_with(|| line.clone());
            }
        }
        on_line(stream, line);
    };

    let deadline = Instant::now() + limits.wall;
    let mut stopped = None;
    let ended = loop {
        tokio::select! {
            ended = &mut running.ended => break ended,
            () = cancel.cancelled(), if stopped.is_none() => {
                stopped = Some(SandboxError::Cancelled);
                running.killer.kill();
            }
            () = tokio::time::sleep_until(deadline), if stopped.is_none() => {
                stopped = Some(SandboxError::TimedOut { seconds: limits.wall.as_secs() });
                running.killer.kill();
            }
            n = stdout.fill(), if stdout.is_open() => stdout.emit(n, &mut emit),
            n = stderr.fill(), if stderr.is_open() => stderr.emit(n, &mut emit),
            () = channel.read(), if channel.pipe.is_some() => {}
        }
    };
    let drained = async {
        while stdout.is_open() || stderr.is_open() || channel.pipe.is_some() {
            tokio::select! {
                n = stdout.fill(), if stdout.is_open() => stdout.emit(n, &mut emit),
                n = stderr.fill(), if stderr.is_open() => stderr.emit(n, &mut emit),
                () = channel.read(), if channel.pipe.is_some() => {}
            }
        }
    };
    // Unconfined, a daemon that the program left behind may hold the pipes open.
    let _ = tokio::time::timeout(DRAIN, drained).await;
    stdout.finish(&mut emit);
    stderr.finish(&mut emit);
    running.killer.disarm();

    if let Some(stopped) = stopped {
        return Err(stopped);
    }
    if cancel.is_cancelled() {
        return Err(SandboxError::Cancelled);
    }
    let ended = ended.map_err(|_| SandboxError::Pipe(io::ErrorKind::BrokenPipe.into()))?;
    match ended.map_err(SandboxError::Pipe)? {
        Ended::Exited(code) => Ok(Ending { code, channel: channel.bytes }),
        // The sandbox was there; the program, or its interpreter, was not.
        Ended::NotSetUp if last_error.starts_with("execvp ") => {
            Ok(Ending { code: 127, channel: channel.bytes })
        }
        Ended::NotSetUp => Err(match around_error {
            Some(said) if last_error.is_empty() => overlay::failed(said),
            _ => SandboxError::SetUp { said: last_error },
        }),
    }
}

/// What is needed to know the end of a program, besides its process.
enum End {
    /// The end of the pipe that `bwrap` tells its status on.
    Bwrap(File),
    /// The mark in the environment of every process of an unconfined program.
    Unconfined(String),
}

/// How the process ended, as its thread saw it.
enum Ended {
    Exited(i32),
    /// `bwrap` gave up before it started the program.
    NotSetUp,
}

struct Running {
    stdout: OwnedFd,
    stderr: OwnedFd,
    killer: Killer,
    ended: oneshot::Receiver<io::Result<Ended>>,
}

/// Ends the program when it is dropped, unless it has ended.
struct Killer {
    process: Option<OwnedFd>,
    mark: Option<String>,
}

impl Killer {
    fn kill(&self) {
        if let Some(process) = &self.process {
            // The kernel ends every process of the sandbox with its first one. The only failure is
            // that it is gone already.
            let _ = rustix::process::pidfd_send_signal(process, Signal::KILL);
        }
        if let Some(mark) = &self.mark {
            unconfined::kill_marked(mark);
        }
    }

    fn disarm(&mut self) {
        self.process = None;
        self.mark = None;
    }
}

impl Drop for Killer {
    fn drop(&mut self) {
        self.kill();
    }
}

fn prepare(
    tier: &Tier,
    confined: &Confined,
    channel: Option<OwnedFd>,
) -> Result<(Command, End), SandboxError> {
    let mut mappings = Vec::new();
    let (mut command, end) = match tier {
        Tier::Bwrap(bwrap) => {
            let (status, status_end) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC)
                .map_err(|e| SandboxError::Pipe(e.into()))?;
            mappings.push(FdMapping { parent_fd: status_end, child_fd: DESCRIPTORS.status });
            for (filter, child_fd) in seccomp::filters()?.iter().zip(DESCRIPTORS.filters) {
                let parent_fd = in_memory(filter).map_err(SandboxError::Pipe)?;
                mappings.push(FdMapping { parent_fd, child_fd });
            }
            let mut command = match overlay::layers(confined).as_slice() {
                [] => Command::new(bwrap),
                layers => overlay::around(bwrap, layers)?,
            };
            let arguments = bwrap::arguments(confined, DESCRIPTORS, has_disable_userns(bwrap));
            // A group of its own: Ctrl-C at the terminal is for the hive, which then ends the job.
            command.args(arguments).env_clear().process_group(0);
            (command, End::Bwrap(File::from(status)))
        }
        Tier::None => {
            let mark = unconfined::mark();
            let mut command = Command::new(&confined.program);
            command.args(&confined.args).current_dir(&confined.folder).env_clear();
            command.envs(confined.env.iter().map(|(name, value)| (name, value)));
            command.env(unconfined::MARK, &mark).process_group(0);
            (command, End::Unconfined(mark))
        }
    };
    mappings.extend(channel.map(|parent_fd| FdMapping { parent_fd, child_fd: CHANNEL }));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
        .fd_mappings(mappings)
        .map_err(|_| SandboxError::Filter("two descriptors of one number".to_owned()))?;
    Ok((command, end))
}

fn in_memory(bytes: &[u8]) -> io::Result<OwnedFd> {
    let fd = rustix::fs::memfd_create("seccomp", rustix::fs::MemfdFlags::CLOEXEC)?;
    let mut file = File::from(fd);
    file.write_all(bytes)?;
    file.rewind()?;
    Ok(file.into())
}

/// Starts the program on a thread of its own, which then waits for its end.
async fn start(mut command: Command, end: End) -> io::Result<Running> {
    let (started, is_started) = oneshot::channel();
    let (ended, is_ended) = oneshot::channel();
    let mark = match &end {
        End::Unconfined(mark) => Some(mark.clone()),
        End::Bwrap(_) => None,
    };
    std::thread::Builder::new().name("sandbox".to_owned()).spawn(move || {
        descriptors::keep_to_ourselves();
        let spawned = command.spawn();
        // The ends of the pipes that belong to the program are closed here only now.
        drop(command);
        let opened = spawned.and_then(|child| {
            let process =
                rustix::process::pidfd_open(Pid::from_child(&child), PidfdFlags::empty())?;
            Ok((child, process))
        });
        match opened {
            Err(error) => drop(started.send(Err(error))),
            Ok((mut child, process)) => {
                let pipes = child.stdout.take().zip(child.stderr.take());
                drop(
                    started
                        .send(pipes.map(|p| (p, process)).ok_or(io::ErrorKind::BrokenPipe.into())),
                );
                drop(ended.send(wait(&mut child, end)));
            }
        }
    })?;
    let ((stdout, stderr), process) =
        is_started.await.map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))??;
    Ok(Running {
        stdout: stdout.into(),
        stderr: stderr.into(),
        killer: Killer { process: Some(process), mark },
        ended: is_ended,
    })
}

/// Waits until the program and everything it started is gone.
fn wait(child: &mut Child, end: End) -> io::Result<Ended> {
    let status = child.wait()?;
    match end {
        End::Unconfined(mark) => {
            unconfined::kill_marked(&mark);
            Ok(Ended::Exited(code(status)))
        }
        End::Bwrap(mut pipe) => {
            let mut told = String::new();
            rustix::io::ioctl_fionbio(&pipe, true)?;
            // Would-block, because a process of the sandbox still has the other end, is fine: all
            // that `bwrap` had to say is there.
            let _ = pipe.read_to_string(&mut told);
            if let Some(first) = number(&told, "child-pid") {
                wait_for_sandbox(first);
            }
            match number(&told, "exit-code") {
                Some(code) => Ok(Ended::Exited(code)),
                None if status.signal().is_some() => Ok(Ended::Exited(code(status))),
                None => Ok(Ended::NotSetUp),
            }
        }
    }
}

/// The first process of the sandbox outlives a killed `bwrap` by some milliseconds. It ends only
/// when the kernel has reaped all others.
fn wait_for_sandbox(first: i32) {
    let Some(first) = Pid::from_raw(first) else { return };
    let Ok(process) = rustix::process::pidfd_open(first, PidfdFlags::empty()) else { return };
    let mut polled = [rustix::event::PollFd::new(&process, rustix::event::PollFlags::IN)];
    let limit = rustix::event::Timespec { tv_sec: 10, tv_nsec: 0 };
    let _ = rustix::event::poll(&mut polled, Some(&limit));
}

/// A number in the JSON documents that `bwrap` writes.
fn number(told: &str, key: &str) -> Option<i32> {
    let documents = serde_json::Deserializer::from_str(told).into_iter::<serde_json::Value>();
    let value = documents.flatten().find_map(|d| d.get(key)?.as_i64())?;
    i32::try_from(value).ok()
}

fn code(status: ExitStatus) -> i32 {
    status.code().or_else(|| status.signal().map(|s| 128 + s)).unwrap_or(1)
}

/// A pipe whose bytes become lines.
struct Output {
    stream: Stream,
    pipe: Option<Receiver>,
    buffer: Box<[u8]>,
    lines: Lines,
}

impl Output {
    fn new(stream: Stream, pipe: Receiver) -> Self {
        Self {
            stream,
            pipe: Some(pipe),
            buffer: vec![0; 64 * 1024].into(),
            lines: Lines::default(),
        }
    }

    fn is_open(&self) -> bool {
        self.pipe.is_some()
    }

    /// Waits for bytes; 0 at the end. Nothing is lost when it is not waited for to the end.
    async fn fill(&mut self) -> usize {
        match &mut self.pipe {
            Some(pipe) => pipe.read(&mut self.buffer).await.unwrap_or(0),
            None => 0,
        }
    }

    fn emit(&mut self, n: usize, emit: &mut (dyn FnMut(Stream, String) + Send)) {
        if n == 0 {
            self.pipe = None;
        }
        self.lines.push(&self.buffer[..n], &mut |line| emit(self.stream, line));
    }

    fn finish(&mut self, emit: &mut (dyn FnMut(Stream, String) + Send)) {
        self.lines.finish(&mut |line| emit(self.stream, line));
    }
}

/// A pipe whose bytes are kept.
struct Collected {
    pipe: Option<Receiver>,
    bytes: Vec<u8>,
    limit: usize,
}

impl Collected {
    async fn read(&mut self) {
        let Some(pipe) = &mut self.pipe else { return };
        let mut buffer = [0; 8192];
        match pipe.read(&mut buffer).await {
            Ok(n) if n > 0 && self.bytes.len() + n <= self.limit => {
                self.bytes.extend_from_slice(&buffer[..n]);
            }
            // Closed at the limit: the program's next write ends it.
            _ => self.pipe = None,
        }
    }
}
