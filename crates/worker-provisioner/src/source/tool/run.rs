use std::{
    io::{self, Write},
    os::fd::OwnedFd,
    process::ExitStatus,
    sync::Arc,
};

use rustix::event::{EventfdFlags, eventfd};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::{ToolCommand, ToolRunner, supervise::supervise};

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
    let mut process = runner.process(command).map_err(&failed)?;
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
        .map_err(&failed)?;
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
