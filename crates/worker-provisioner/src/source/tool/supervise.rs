use std::{
    io::{self, Read, Write},
    os::fd::{AsFd, OwnedFd},
    process::{Child, Command, ExitStatus},
    time::{Duration, Instant},
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    process::{Pid, PidfdFlags, Signal, kill_process_group, pidfd_open},
};

use super::{
    ToolOutput,
    pipe::{Pipe, Tail},
};

/// How long the pipes of a dead namespace may stay open.
const NAMESPACE_END: Duration = Duration::from_secs(10);

/// Starts the program, takes what it writes, kills it when `stop` becomes readable, and reaps it.
pub(super) fn supervise<W: Write>(
    process: &mut Command,
    confined: bool,
    stop: &OwnedFd,
    mut sink: W,
) -> io::Result<ToolOutput<W>> {
    crate::sandbox::keep_to_ourselves();
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
        let stdout = stdout.as_fd().and_then(|pipe| add(true, pipe));
        let stderr = stderr.as_fd().and_then(|pipe| add(true, pipe));
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
