use std::sync::Arc;

use rbee_hive_worker_catalog::CancellationToken;

use super::{
    Catalogs, Settings,
    access::Sessions,
    api::{Answers, Logs, Offers},
    operations::{KnownDisk, Metrics},
};
use crate::jobs::Jobs;

/// What every handler has. Clones are the same daemon.
#[derive(Debug, Clone)]
pub(crate) struct Daemon(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    catalogs: Catalogs,
    settings: Settings,
    sessions: Sessions,
    jobs: Jobs,
    known_disk: KnownDisk,
    answers: Answers,
    offers: Offers,
    logs: Logs,
    shutdown: CancellationToken,
}

impl Daemon {
    pub(crate) fn new(catalogs: Catalogs, settings: Settings, jobs: Jobs) -> Self {
        Self(Arc::new(Inner {
            catalogs,
            settings,
            sessions: Sessions::default(),
            jobs,
            known_disk: KnownDisk::default(),
            answers: Answers::default(),
            offers: Offers::default(),
            logs: Logs::default(),
            shutdown: CancellationToken::new(),
        }))
    }

    /// How the daemon is set up.
    pub(crate) fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// What waits, what runs and what ran.
    pub(crate) fn jobs(&self) -> &Jobs {
        &self.0.jobs
    }

    /// What is installed and what can be.
    pub(crate) fn catalogs(&self) -> &Catalogs {
        &self.0.catalogs
    }

    /// The browsers that have shown the token.
    pub(super) fn sessions(&self) -> &Sessions {
        &self.0.sessions
    }

    /// What is counted and measured.
    pub(crate) fn metrics(&self) -> &Metrics {
        self.0.jobs.metrics()
    }

    /// What the hive's files took of the disk a moment ago.
    pub(super) fn known_disk(&self) -> &KnownDisk {
        &self.0.known_disk
    }

    /// What was answered about what is installed.
    pub(super) fn answers(&self) -> &Answers {
        &self.0.answers
    }

    /// What the index offers.
    pub(crate) fn offers(&self) -> &Offers {
        &self.0.offers
    }

    /// The logs that somebody watches.
    pub(super) fn logs(&self) -> &Logs {
        &self.0.logs
    }

    /// Cancelled when the daemon stops. Whatever goes on for long ends then.
    pub(crate) fn shutdown(&self) -> &CancellationToken {
        &self.0.shutdown
    }
}
