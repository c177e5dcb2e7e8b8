use std::sync::Arc;

use rbee_hive_artifact_catalog::{
    CatalogError, ErrorKind, ProvisionError, StoreError, job::InvalidJobId, worker::InvalidWorkerId,
};

/// The result of this crate's operations.
pub type Result<T> = std::result::Result<T, Error>;

/// Why the catalog could not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The id is none.
    #[error(transparent)]
    WorkerId(#[from] InvalidWorkerId),
    /// The job's id is none.
    #[error(transparent)]
    JobId(#[from] InvalidJobId),
    /// No folder for the hive's files is known.
    #[error(transparent)]
    Folders(#[from] rbee_hive_artifact_catalog::NoFolder),
    /// No installed worker has that id.
    #[error("{id} is not installed; `rbee-hive worker list` lists what is")]
    NotInstalled {
        /// The id.
        id: String,
    },
    /// No recipe has that name.
    #[error("no recipe {id}; `rbee-hive worker available` lists what there is")]
    NotOffered {
        /// The id.
        id: String,
    },
    /// No file of that name belongs to the recipe.
    #[error("no file {file:?} of a recipe {name}")]
    NoFile {
        /// The recipe.
        name: String,
        /// The file.
        file: String,
    },
    /// Others cannot run without it.
    #[error("{id} is needed by {}; remove that first", .by.join(", "))]
    Needed {
        /// What should be removed.
        id: String,
        /// The workers that need it to run.
        by: Vec<String>,
    },
    /// What a worker needs to run was removed while it was made.
    #[error("{}, which {id} needs to run, was removed meanwhile; start the job again", .lacks.join(", "))]
    Removed {
        /// What was made.
        id: String,
        /// What it needs.
        lacks: Vec<String>,
    },
    /// What a worker needs to run is gone.
    #[error("{}, which {id} needs to run, is gone; install {id} again", .lacks.join(", "))]
    Lacks {
        /// The worker.
        id: String,
        /// What it needs.
        lacks: Vec<String>,
    },
    /// It is installed, but it has nothing to start.
    #[error("{id} is a library: others are built on it, and it has nothing to run")]
    Library {
        /// The id.
        id: String,
    },
    /// Several installed workers have that id.
    #[error("{id} is ambiguous: name one of {}", .choices.join(", "))]
    Ambiguous {
        /// The id.
        id: String,
        /// The ids that it may mean.
        choices: Vec<String>,
    },
    /// There is no version to go back to.
    #[error("{id} has no earlier version; `rbee-hive worker history {id}` tells what happened")]
    NothingEarlier {
        /// The id.
        id: String,
    },
    /// A job builds right now, with files that would be deleted.
    #[error("the cache is in use by job {job}; wait for it or cancel it")]
    CacheBusy {
        /// The job.
        job: String,
    },
    /// The worker could not be provisioned.
    #[error(transparent)]
    Provision(#[from] ProvisionError),
    /// Something that the worker depends on could not be provisioned.
    #[error("failed to provision {dependency}, which {id} needs")]
    Dependency {
        /// What was asked for.
        id: String,
        /// What it needs.
        dependency: String,
        /// Why not.
        source: Box<Error>,
    },
    /// The same provision, started by another caller of this process, failed.
    #[error(transparent)]
    Joined(Arc<Error>),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The database failed.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// The caller asked to stop.
    #[error("cancelled")]
    Cancelled,
}

impl Error {
    /// What a caller can act on.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::WorkerId(_)
            | Self::JobId(_)
            | Self::Folders(_)
            | Self::Needed { .. }
            | Self::Library { .. }
            | Self::Ambiguous { .. } => ErrorKind::Usage,
            Self::NotInstalled { .. }
            | Self::NotOffered { .. }
            | Self::NoFile { .. }
            | Self::NothingEarlier { .. } => ErrorKind::NotFound,
            Self::Provision(error) => error.kind(),
            Self::Joined(error) => error.kind(),
            Self::Dependency { source, .. } => source.kind(),
            Self::Removed { .. }
            | Self::Lacks { .. }
            | Self::CacheBusy { .. }
            | Self::Store(_)
            | Self::Catalog(_) => ErrorKind::StoreFailed,
            Self::Cancelled => ErrorKind::Cancelled,
        }
    }
}
