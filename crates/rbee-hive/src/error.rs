use std::{error::Error as _, io, path::PathBuf};

use rbee_hive_worker_catalog::ErrorKind;

use crate::jobs::JobError;

/// Why a verb could not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum Error {
    /// The catalog's own reason.
    #[error(transparent)]
    Catalog(#[from] rbee_hive_worker_catalog::Error),
    /// What was set cannot be used.
    #[error(transparent)]
    Config(#[from] crate::config::Error),
    /// Something about jobs.
    #[error(transparent)]
    Job(#[from] JobError),
    /// It is not known where to keep things.
    #[error("no place to keep the hive's files; name one with --data-dir and --cache-dir")]
    Folders(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A recipe's path that offers nothing.
    #[error("no recipe at {path}: name a PKGBUILD or the folder that holds one")]
    NoRecipe {
        /// The path.
        path: PathBuf,
    },
    /// A file of settings was named that is not there.
    #[error("no file {}; --makepkg-conf and HIVE_MAKEPKG_CONF name one of makepkg.conf's form, or nothing", .path.display())]
    NoSettings {
        /// The path.
        path: PathBuf,
    },
    /// The environment has a time that is none.
    #[error("SOURCE_DATE_EPOCH is {value:?}; it is a count of seconds since 1970, or not set")]
    SourceDateEpoch {
        /// What it has.
        value: String,
    },
    /// A daemon could not be asked, or refused.
    #[error(transparent)]
    Remote(#[from] crate::remote::RemoteError),
    /// What was asked for could not be written out.
    #[error("failed to write to stdout")]
    Output(#[source] io::Error),
    /// An answer could not be read.
    #[error("failed to read the answer")]
    Answer(#[source] io::Error),
    /// The operating system refused threads or signals.
    #[error("failed to start")]
    Start(#[source] io::Error),
    /// Nobody can be answered as it was wished.
    #[error(transparent)]
    Listen(#[from] crate::daemon::listen::Error),
    /// A worker's executable could not be started.
    #[error("failed to run {program}; `rbee-hive worker verify` tells whether it is damaged")]
    Exec {
        /// The executable.
        program: PathBuf,
        /// The operating system's answer.
        source: io::Error,
    },
    /// A person said no, or pressed Ctrl-C.
    #[error("cancelled")]
    Cancelled,
}

impl Error {
    /// What a caller can act on.
    pub(crate) fn kind(&self) -> ErrorKind {
        match self {
            Self::Catalog(error) => error.kind(),
            Self::Job(error) => error.kind(),
            Self::NoRecipe { .. } => ErrorKind::NotFound,
            Self::Listen(error) => error.kind(),
            Self::Config(_) | Self::NoSettings { .. } | Self::SourceDateEpoch { .. } => {
                ErrorKind::Usage
            }
            Self::Remote(error) => error.kind(),
            Self::Folders(_)
            | Self::Output(_)
            | Self::Answer(_)
            | Self::Start(_)
            | Self::Exec { .. } => ErrorKind::StoreFailed,
            Self::Cancelled => ErrorKind::Cancelled,
        }
    }

    /// Whether the job that this is about goes on.
    pub(crate) fn leaves_job(&self) -> bool {
        use crate::remote::RemoteError::{Left, Lost};
        matches!(self, Self::Job(JobError::Left { .. }) | Self::Remote(Left { .. } | Lost { .. }))
    }

    /// Why, from the nearest cause to the first.
    pub(crate) fn causes(&self) -> Vec<String> {
        let causes = std::iter::successors(self.source(), |error| (*error).source());
        causes.map(ToString::to_string).collect()
    }
}
