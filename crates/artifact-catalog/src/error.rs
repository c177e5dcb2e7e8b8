use std::{fmt, path::PathBuf};

use serde::{Deserialize, Serialize};

use crate::job::redact;

use crate::store::InvalidObjectName;

/// What went wrong, as far as a caller can act on it. Exit codes, HTTP statuses and the wire field
/// `kind` are each one `match` over this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    /// The request itself is wrong: an id that cannot be parsed, options that exclude each other.
    Usage,
    /// No such worker, recipe, version or file.
    NotFound,
    /// The recipe cannot be used: it fails to evaluate, its fields are wrong, or it is for another
    /// architecture or backend.
    RecipeRefused,
    /// A source could not be fetched, or is not what the recipe says it is.
    SourceFailed,
    /// A function of the recipe, the packaging or the smoke test failed.
    BuildFailed,
    /// No sandbox of the wanted kind works on this host.
    SandboxUnavailable,
    /// Programs or libraries that the recipe needs are not on this host.
    MissingDependency,
    /// The store, the catalog or the folders they lie in failed.
    StoreFailed,
    /// The caller asked to stop.
    Cancelled,
}

/// Why an artifact could not be provisioned: a kind to act on, and the provisioner's own error.
///
/// It prints as that error does, without the passwords of URLs, and its `source` is that error's source, so nothing is said twice.
#[derive(Debug)]
pub struct ProvisionError {
    kind: ErrorKind,
    error: Box<dyn std::error::Error + Send + Sync + 'static>,
}

impl ProvisionError {
    /// Wraps a provisioner's own error.
    pub fn new(
        kind: ErrorKind,
        error: impl Into<Box<dyn std::error::Error + Send + Sync + 'static>>,
    ) -> Self {
        Self { kind, error: error.into() }
    }

    /// What a caller can act on.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }
}

impl fmt::Display for ProvisionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&redact(&self.error.to_string()))
    }
}

impl std::error::Error for ProvisionError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.error.source()
    }
}

/// Why the store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// A file or folder of the store could not be read or written. The cause names the path.
    #[error("failed to {action}")]
    Io {
        /// What was being done.
        action: &'static str,
        /// The operating system's answer, with the path.
        source: std::io::Error,
    },
    /// A member of the tree that may not enter the store.
    #[error("refused {path} in the package: {reason}")]
    Refused {
        /// The member, relative to the tree's root.
        path: PathBuf,
        /// Why, and what to do.
        reason: &'static str,
    },
    /// The manifest of an object is missing or cannot be read.
    #[error("the manifest of {object} is damaged; reinstall it with --force")]
    Manifest {
        /// The object's name.
        object: String,
        /// What the parser said.
        source: serde_json::Error,
    },
    /// A data folder that programs in it could not be started from.
    #[error(
        "the data folder {path:?} cannot be used: it has a colon or an equals sign, or is not UTF-8; choose another with --data-dir"
    )]
    Folder {
        /// The folder.
        path: PathBuf,
    },
    /// Another process works under the same job id.
    #[error("job {job} is already running in another process")]
    JobBusy {
        /// The job.
        job: String,
    },
    /// The worker's name and version are too long to be a file name together.
    #[error("no folder of the store can have the name of this version; shorten pkgname or pkgver")]
    Name(#[from] InvalidObjectName),
    /// The catalog could not be asked which objects it has.
    #[error("failed to ask the catalog which objects are installed")]
    Catalog(#[source] CatalogError),
}

/// Why the catalog could not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CatalogError {
    /// The database refused.
    #[error("the catalog at {path} failed to {action}")]
    Database {
        /// The database file.
        path: PathBuf,
        /// What was being done.
        action: &'static str,
        /// What `SQLite` said.
        source: rusqlite::Error,
    },
    /// The database was written by a later release.
    #[error(
        "the catalog at {path} has version {found}, this release knows up to {known}; use the newer rbee-hive that wrote it"
    )]
    FutureVersion {
        /// The database file.
        path: PathBuf,
        /// The version found.
        found: u32,
        /// The last one known here.
        known: u32,
    },
    /// A record in the database cannot be understood.
    #[error("the catalog's record of {object} cannot be understood")]
    Record {
        /// The store object that the record is about.
        object: String,
        /// What the parser said.
        source: serde_json::Error,
    },
    /// An artifact whose path has no file name in UTF-8 cannot be recorded.
    #[error("{path} cannot be a store object: it has no file name in UTF-8")]
    Object {
        /// The path.
        path: PathBuf,
    },
    /// The folder of the database cannot be used.
    #[error("failed to prepare the catalog's folder")]
    Folder(#[source] std::io::Error),
}
