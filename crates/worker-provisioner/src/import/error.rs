use std::{io, path::PathBuf};

use rbee_hive_artifact_catalog::{
    ErrorKind,
    worker::{InvalidVersion, InvalidWorkerId},
};

use crate::package::UnreadableMtree;

/// Why a package file could not be imported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum ImportError {
    #[error("there is no package file {}", .0.display())]
    NotFound(PathBuf),
    #[error("failed to read {}", .path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("{} is no package: it is no tar, compressed or not", .0.display())]
    NoPackage(PathBuf),
    #[error("{} is no package: it has no {file}", .path.display())]
    NoMetadata { path: PathBuf, file: &'static str },
    #[error("{} is damaged", .path.display())]
    Damaged { path: PathBuf, source: io::Error },
    #[error("failed to write what is in the package to the store")]
    Write(#[source] io::Error),
    #[error("the .MTREE of {} cannot be read", .path.display())]
    Mtree { path: PathBuf, source: UnreadableMtree },
    #[error("the .PKGINFO of {} has no {key}", .path.display())]
    Field { path: PathBuf, key: &'static str },
    #[error("the package {} cannot be a worker", .path.display())]
    Name { path: PathBuf, source: InvalidWorkerId },
    #[error("the package {} cannot be a worker", .path.display())]
    Version { path: PathBuf, source: InvalidVersion },
    #[error("the package {package} is for {has}, and this host is {host}")]
    Architecture { package: String, has: String, host: &'static str },
    #[error("{member} in {} is not what .MTREE says: {what} is {found}, expected {expected}", .path.display())]
    Altered { path: PathBuf, member: String, what: &'static str, found: String, expected: String },
    #[error("{member} is in {}, and not in its .MTREE", .path.display())]
    Extra { path: PathBuf, member: String },
    #[error("{member} is in the .MTREE of {}, and not in the package", .path.display())]
    Missing { path: PathBuf, member: String },
    #[error("refused {member:?} in {}: {reason}", .path.display())]
    Member { path: PathBuf, member: String, reason: &'static str },
    #[error("{} was changed while it was read; import it again", .0.display())]
    Changed(PathBuf),
    #[error(
        "the package has no executable {}; it has {}", .entrypoint.display(),
        if .has.is_empty() { "none in usr/bin".to_owned() } else { .has.join(", ") }
    )]
    NoEntrypoint {
        entrypoint: PathBuf,
        has: Vec<String>,
        /// Whether the user named it, rather than the package.
        asked: bool,
    },
    #[error(
        "the package has several executables, and none is called {package}; choose one with \
         --entrypoint: {}", .has.join(", ")
    )]
    Choose { package: String, has: Vec<String> },
    #[error("cancelled")]
    Cancelled,
}

impl ImportError {
    /// What a caller can act on.
    pub(crate) fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound(_) => ErrorKind::NotFound,
            Self::Choose { .. } | Self::NoEntrypoint { asked: true, .. } => ErrorKind::Usage,
            Self::NoEntrypoint { asked: false, .. } => ErrorKind::BuildFailed,
            Self::Architecture { .. } | Self::Name { .. } | Self::Version { .. } => {
                ErrorKind::RecipeRefused
            }
            Self::Write(_) => ErrorKind::StoreFailed,
            Self::Cancelled => ErrorKind::Cancelled,
            _ => ErrorKind::SourceFailed,
        }
    }
}
