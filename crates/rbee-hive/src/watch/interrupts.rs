use std::sync::Arc;

use tokio::{
    signal::unix::{SignalKind, signal},
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;

use super::Watch;
use crate::error::Error;

/// Turns Ctrl-C and SIGTERM into the cancellation of a job, for as long as this lives.
///
/// A second one does not end this process: what the job started is still being ended.
#[derive(Debug)]
pub(crate) struct Interrupts {
    token: CancellationToken,
    _listener: JoinSet<()>,
}

impl Interrupts {
    /// Begins to listen; needs a runtime. What is to be said about it goes to the watch.
    pub(crate) fn listen(watch: &Arc<Watch>) -> Result<Self, Error> {
        let mut interrupt = signal(SignalKind::interrupt()).map_err(Error::Start)?;
        let mut terminate = signal(SignalKind::terminate()).map_err(Error::Start)?;
        let token = CancellationToken::new();
        let (cancel, watch) = (token.clone(), Arc::clone(watch));
        let mut listener = JoinSet::new();
        listener.spawn(async move {
            loop {
                tokio::select! {
                    _ = interrupt.recv() => {}
                    _ = terminate.recv() => {}
                }
                if cancel.is_cancelled() {
                    watch.say("already stopping, one moment");
                } else {
                    watch.say("stopping; nothing is installed");
                    cancel.cancel();
                }
            }
        });
        Ok(Self { token, _listener: listener })
    }

    /// What is cancelled.
    pub(crate) fn token(&self) -> CancellationToken {
        self.token.clone()
    }

    /// Waits for something that cannot be cancelled itself.
    pub(crate) async fn or<T, E: Into<Error>>(
        &self,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, Error> {
        tokio::select! {
            () = self.token.cancelled() => Err(Error::Cancelled),
            result = work => result.map_err(Into::into),
        }
    }
}
