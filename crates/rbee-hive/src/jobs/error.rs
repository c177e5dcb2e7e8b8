use std::{io, path::PathBuf};

use rbee_hive_worker_catalog::{CatalogError, ErrorKind, JobId};

/// Why something could not be done with jobs.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum JobError {
    /// There is no such job.
    #[error("no job {id}; `rbee-hive job list --all` lists those that are known")]
    NotFound {
        /// What was asked for.
        id: String,
    },
    /// It cannot be stopped any more.
    #[error("job {id} has ended already")]
    AlreadyEnded {
        /// Which.
        id: JobId,
    },
    /// It failed, wherever it ran.
    #[error("{message}")]
    Failed {
        /// What a caller can act on.
        kind: ErrorKind,
        /// What happened.
        message: String,
        /// Why.
        #[source]
        cause: Option<Box<Cause>>,
    },
    /// The person at this machine wants to see no more of it.
    #[error("left running; `{command}` watches it again")]
    Left {
        /// What watches it.
        command: String,
    },
    /// The request is none.
    #[error("{what}")]
    Request {
        /// What is wrong with it.
        what: String,
    },
    /// A file was named that was not sent here.
    #[error("no upload {id}; send the file again, since uploads are kept for a day")]
    NoUpload {
        /// What was asked for.
        id: String,
    },
    /// More jobs wait than may.
    #[error("{waiting} jobs are waiting already; try again when some of them are done")]
    Full {
        /// As many.
        waiting: usize,
    },
    /// No job is begun any more.
    #[error("the hive is shutting down; try again in a moment")]
    ShuttingDown,
    /// There is one queue for a data folder.
    #[error(
        "another `rbee-hive serve` uses the data folder {path}; stop it or name another folder"
    )]
    Busy {
        /// The folder.
        path: PathBuf,
    },
    /// The table failed.
    #[error(transparent)]
    Table(#[from] CatalogError),
    /// A file of a job failed. The cause names it.
    #[error("failed to {action}")]
    File {
        /// What was being done.
        action: &'static str,
        /// The operating system's answer.
        source: io::Error,
    },
}

/// A cause that was told as text, and what caused that.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Cause {
    message: String,
    #[source]
    next: Option<Box<Cause>>,
}

impl Cause {
    /// The chain of these, from the nearest to the first.
    pub(crate) fn chain(messages: Vec<String>) -> Option<Box<Self>> {
        let link = |next, message| Some(Box::new(Self { message, next }));
        messages.into_iter().rev().fold(None, link)
    }
}

impl JobError {
    /// That a job failed, as its outcome says.
    pub(crate) fn failed(kind: ErrorKind, message: String, causes: Vec<String>) -> Self {
        Self::Failed { kind, message, cause: Cause::chain(causes) }
    }

    /// What a caller can act on.
    pub(crate) fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound { .. } | Self::NoUpload { .. } => ErrorKind::NotFound,
            Self::Failed { kind, .. } => *kind,
            Self::Left { .. } => ErrorKind::Cancelled,
            Self::AlreadyEnded { .. } | Self::Request { .. } => ErrorKind::Usage,
            Self::Full { .. }
            | Self::ShuttingDown
            | Self::Busy { .. }
            | Self::Table(_)
            | Self::File { .. } => ErrorKind::StoreFailed,
        }
    }

    /// For what a file of a job could not be used.
    pub(crate) fn file(action: &'static str) -> impl Fn(io::Error) -> Self {
        move |source| Self::File { action, source }
    }
}
