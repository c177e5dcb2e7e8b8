use std::time::Duration;

use sd_notify::NotifyState;

/// Whoever started the daemon and wants to know how it is, `sd_notify(3)`: systemd, or nobody.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Supervisor;

impl Supervisor {
    /// It can be asked now.
    pub(crate) fn ready(self, status: &str) {
        self.tell(&[NotifyState::Ready, NotifyState::Status(status)]);
    }

    /// What it does.
    pub(crate) fn status(self, status: &str) {
        self.tell(&[NotifyState::Status(status)]);
    }

    /// It is ending.
    pub(crate) fn stopping(self) {
        self.tell(&[
            NotifyState::Stopping,
            NotifyState::Status("ending: waiting for answers and jobs"),
        ]);
    }

    /// It reads its certificates anew, and then is ready again.
    pub(crate) fn reloading(self) {
        if let Ok(now) = NotifyState::monotonic_usec_now() {
            self.tell(&[NotifyState::Reloading, now]);
        }
    }

    /// It is alive.
    pub(crate) fn alive(self) {
        self.tell(&[NotifyState::Watchdog]);
    }

    /// How often it has to say that it is alive: twice in the time that it is given.
    pub(crate) fn wants_to_hear() -> Option<Duration> {
        sd_notify::watchdog_enabled().map(|limit| limit / 2)
    }

    #[expect(clippy::unused_self, reason = "it is who is told")]
    fn tell(self, state: &[NotifyState<'_>]) {
        if let Err(error) = sd_notify::notify(state) {
            tracing::warn!(%error, "failed to tell systemd");
        }
    }
}
