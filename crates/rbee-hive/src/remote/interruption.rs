use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::{error::Error, watch::Watch};

/// What the person at this machine wants of a job that runs elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wish {
    /// That it ends.
    Cancel,
    /// To see no more of it.
    Leave,
}

/// Turns Ctrl-C and SIGTERM into a wish.
///
/// On a terminal, Ctrl-C asks; without one it cancels, as SIGTERM does: a script that is stopped
/// leaves nothing behind. Whoever presses Ctrl-C twice wants to be let go.
#[derive(Debug)]
pub(super) struct Interruption {
    interrupt: Signal,
    terminate: Signal,
    asks: bool,
    cancelling: bool,
}

impl Interruption {
    /// Begins to listen; needs a runtime. `is_json` means that a program reads along.
    pub(super) fn listen(is_json: bool) -> Result<Self, Error> {
        let interrupt = signal(SignalKind::interrupt()).map_err(Error::Start)?;
        let terminate = signal(SignalKind::terminate()).map_err(Error::Start)?;
        let asks = !is_json && io::stdin().is_terminal() && io::stderr().is_terminal();
        Ok(Self { interrupt, terminate, asks, cancelling: false })
    }

    /// Waits for a signal, and gives whether it was Ctrl-C.
    pub(super) async fn come(&mut self) -> bool {
        tokio::select! {
            _ = self.interrupt.recv() => true,
            _ = self.terminate.recv() => false,
        }
    }

    /// What the signal means. Asks if it has to; until that is answered, nothing is drawn.
    pub(super) async fn wish(&mut self, was_interrupt: bool, watch: &Watch) -> Wish {
        if self.cancelling {
            return Wish::Leave;
        }
        let wish = if was_interrupt && self.asks {
            watch.pause();
            let wish = tokio::select! {
                wish = answer() => wish,
                _ = self.come() => {
                    let _ = writeln!(io::stderr().lock());
                    Wish::Leave
                }
            };
            watch.resume();
            wish
        } else {
            Wish::Cancel
        };
        self.cancelling = wish == Wish::Cancel;
        wish
    }
}

/// Asks the question on the terminal. A person who presses only Enter, or ends the input, leaves.
async fn answer() -> Wish {
    let ask = || {
        let mut stderr = io::stderr().lock();
        let _ = write!(stderr, "cancel the job, or leave it running? [c/L] ");
        let _ = stderr.flush();
        drop(stderr);
        let mut line = String::new();
        let _ = io::stdin().lock().read_line(&mut line);
        match line.trim().to_lowercase().as_str() {
            "c" | "cancel" => Wish::Cancel,
            _ => Wish::Leave,
        }
    };
    tokio::task::spawn_blocking(ask).await.unwrap_or(Wish::Leave)
}
