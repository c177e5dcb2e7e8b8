use std::{io, path::PathBuf};

use rbee_hive_artifact_catalog::{ErrorKind, StoreError};

use crate::package::UnreadableMtree;

/// Why a worker could not be written to a package file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum ExportError {
    #[error(
        "{id} was installed by a release that recorded no packages; install it again, then export it"
    )]
    NoPackages { id: String },
    #[error("{id} has no package {package}; it has {}", .has.join(", "))]
    NoSuchPackage { id: String, package: String, has: Vec<String> },
    #[error("{id} has several packages; choose one with --package: {}", .has.join(", "))]
    Choose { id: String, has: Vec<String> },
    #[error(
        "{name} is no name of a package file; it ends in .pkg.tar, .pkg.tar.zst, .pkg.tar.xz, \
         .pkg.tar.gz or .pkg.tar.bz2"
    )]
    Suffix { name: String },
    #[error("the records of {id} are damaged; install it again with --force")]
    Records { id: String, source: UnreadableMtree },
    #[error("{file} of {id} is not what was installed; repair it with `worker install --force`")]
    Altered { id: String, file: String },
    #[error("failed to write {}", .path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("cancelled")]
    Cancelled,
}

impl ExportError {
    /// What a caller can act on.
    pub(crate) fn kind(&self) -> ErrorKind {
        match self {
            Self::NoSuchPackage { .. } => ErrorKind::NotFound,
            Self::Choose { .. } | Self::Suffix { .. } => ErrorKind::Usage,
            Self::Cancelled => ErrorKind::Cancelled,
            Self::NoPackages { .. }
            | Self::Records { .. }
            | Self::Altered { .. }
            | Self::Write { .. }
            | Self::Store(_) => ErrorKind::StoreFailed,
        }
    }
}
