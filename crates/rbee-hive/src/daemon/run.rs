use std::{pin::pin, time::Duration};

use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    time::{interval, timeout},
};

use super::{
    Daemon,
    listen::{self, Listeners, Tls},
    operations::Supervisor,
    router,
};
use crate::{config::Token, error::Error};

/// Answers until SIGTERM or Ctrl-C, and then until what has begun is done, within the time that is
/// set for it. A second signal ends it at once. SIGHUP has it read its certificates again.
///
/// # Errors
/// If it cannot hear signals, or was told twice to end.
pub(crate) async fn run(daemon: Daemon, listeners: Listeners) -> Result<(), Error> {
    let settings = daemon.settings();
    for weakness in settings.token.iter().flat_map(Token::weaknesses) {
        tracing::warn!("{weakness}");
    }
    if listeners.is_readable_on_the_way() {
        tracing::warn!("without TLS, the token can be read on its way; set tls_cert and tls_key");
    }
    let (tls, places) = (listeners.tls(), listeners.places());
    let mut signals = Signals::new().map_err(Error::Start)?;
    let stop = daemon.shutdown().clone();
    let mut answers = pin!(listen::accept(listeners, router(daemon.clone()), stop));

    for place in &places {
        tracing::info!("listening on {place}");
    }
    let status = format!("listening on {}", places.join(", "));
    Supervisor.ready(&status);
    let mut alive = interval(Supervisor::wants_to_hear().unwrap_or(Duration::from_secs(30)));
    let mut load = (0, 0);
    loop {
        tokio::select! {
            () = &mut answers => return Ok(()),
            told = signals.next() => match told {
                Told::End => break,
                Told::Reload => {
                    Supervisor.reloading();
                    reload(tls.as_deref());
                    Supervisor.ready(&status);
                }
            },
            _ = alive.tick() => {
                Supervisor.alive();
                let was = std::mem::replace(&mut load, daemon.jobs().load());
                if was != load {
                    let (waiting, running) = load;
                    Supervisor.status(&format!("{status}; {running} jobs run, {waiting} wait"));
                }
            }
        }
    }

    tracing::info!("ending; jobs that run now will run again after the next start");
    Supervisor.stopping();
    daemon.shutdown().cancel();
    let ending = async { tokio::join!(answers, daemon.jobs().drain()) };
    tokio::select! {
        ended = timeout(settings.drain, ending) => {
            if ended.is_err() {
                tracing::warn!("some answers and jobs did not end in {:?}", settings.drain);
            }
            Ok(())
        }
        () = signals.end() => Err(Error::Cancelled),
    }
}

fn reload(tls: Option<&Tls>) {
    match tls.map(Tls::reload) {
        None => {}
        Some(Ok(())) => tracing::info!("new connections have the certificates as they are now"),
        Some(Err(error)) => {
            let error = Error::from(error);
            tracing::error!(causes = ?error.causes(), "{error}; the certificates stay as they were");
        }
    }
}

/// What the daemon can be told from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    End,
    Reload,
}

/// Where it is told.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
    reload: Signal,
}

impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            reload: signal(SignalKind::hangup())?,
        })
    }

    async fn next(&mut self) -> Told {
        tokio::select! {
            _ = self.terminate.recv() => Told::End,
            _ = self.interrupt.recv() => Told::End,
            _ = self.reload.recv() => Told::Reload,
        }
    }

    /// Returns when it is to end.
    async fn end(&mut self) {
        while let Told::Reload = self.next().await {}
    }
}
