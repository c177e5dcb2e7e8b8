use std::path::PathBuf;

use rbee_hive_artifact_catalog::{
    CatalogError, ErrorKind, ProvisionError, StoreError, job::InvalidJobId, worker::InvalidWorkerId,
};

use crate::{
    checksums::ChecksumsError, dependency::DependencyError, export::ExportError,
    functions::FunctionError, host::Missing, import::ImportError, index::IndexError,
    package::PackageError, recipe::RecipeError, sandbox::SandboxError, settings::SettingsError,
    source::SourceError,
};

/// Why a worker could not be provisioned.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum Error {
    #[error(transparent)]
    WorkerId(#[from] InvalidWorkerId),
    #[error(transparent)]
    JobId(#[from] InvalidJobId),
    #[error(transparent)]
    Index(#[from] IndexError),
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    #[error(transparent)]
    Settings(#[from] SettingsError),
    #[error(transparent)]
    Dependency(#[from] DependencyError),
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
    #[error(
        "this host lacks {} that {recipe} needs: {}; install with `{install}`, or give --syncdeps", 
        if .missing.len() == 1 { "something" } else { "some things" },
        .missing.iter().map(|m| m.wanted.as_str()).collect::<Vec<_>>().join(", ")
    )]
    Missing { recipe: String, missing: Vec<Missing>, install: String },
    #[error("`{command}` failed with status {code}; run it yourself to see why")]
    Syncdeps { command: String, code: i32 },
    #[error("{folder} has {free} MiB free; a build needs {needed} MiB at least", folder = .folder.display())]
    Disk { folder: PathBuf, free: u64, needed: u64 },
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error(transparent)]
    Checksums(#[from] ChecksumsError),
    #[error(transparent)]
    Function(#[from] FunctionError),
    #[error(transparent)]
    Package(#[from] PackageError),
    #[error(transparent)]
    Export(#[from] ExportError),
    #[error(transparent)]
    Import(#[from] ImportError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    #[error("failed to {action}")]
    Io { action: &'static str, source: std::io::Error },
    #[error("cancelled")]
    Cancelled,
}

impl Error {
    pub(crate) fn io(action: &'static str) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::Io { action, source }
    }

    /// What a caller can act on.
    pub(crate) fn kind(&self) -> ErrorKind {
        match self {
            Self::WorkerId(_) | Self::JobId(_) | Self::Settings(_) => ErrorKind::Usage,
            Self::Index(error) => index_kind(error),
            Self::Recipe(error) => recipe_kind(error),
            Self::Dependency(error) => error.kind(),
            Self::Sandbox(error) | Self::Function(FunctionError::Sandbox { source: error, .. }) => {
                sandbox_kind(error)
            }
            Self::Missing { .. } | Self::Syncdeps { .. } => ErrorKind::MissingDependency,
            Self::Source(error) => error.kind(),
            Self::Export(error) => error.kind(),
            Self::Import(error) => error.kind(),
            Self::Checksums(error) => error.kind(),
            Self::Package(PackageError::Sandbox(error)) => sandbox_kind(error),
            Self::Function(FunctionError::Cancelled)
            | Self::Package(PackageError::Cancelled)
            | Self::Cancelled => ErrorKind::Cancelled,
            Self::Package(PackageError::Folder(_)) => ErrorKind::StoreFailed,
            Self::Function(
                FunctionError::Failed { function, .. } | FunctionError::Left { function },
            ) if function == "verify" => ErrorKind::SourceFailed,
            Self::Function(FunctionError::Failed { .. } | FunctionError::Left { .. })
            | Self::Package(_)
            | Self::Store(StoreError::Refused { .. }) => ErrorKind::BuildFailed,
            Self::Function(FunctionError::Folder(_))
            | Self::Disk { .. }
            | Self::Store(_)
            | Self::Catalog(_)
            | Self::Io { .. } => ErrorKind::StoreFailed,
        }
    }
}

fn index_kind(error: &IndexError) -> ErrorKind {
    match error {
        IndexError::NotFound { .. } | IndexError::NoRecipe(_) => ErrorKind::NotFound,
        IndexError::Name(_) => ErrorKind::Usage,
        IndexError::Cancelled => ErrorKind::Cancelled,
        IndexError::Read(_) => ErrorKind::StoreFailed,
        _ => ErrorKind::SourceFailed,
    }
}

pub(crate) fn recipe_kind(error: &RecipeError) -> ErrorKind {
    match error {
        RecipeError::Version { .. } => ErrorKind::NotFound,
        RecipeError::Cancelled => ErrorKind::Cancelled,
        RecipeError::Settings { .. } => ErrorKind::Usage,
        RecipeError::Copy(_) => ErrorKind::StoreFailed,
        RecipeError::Evaluate { source, .. } => sandbox_kind(source),
        _ => ErrorKind::RecipeRefused,
    }
}

fn sandbox_kind(error: &SandboxError) -> ErrorKind {
    match error {
        SandboxError::Cancelled => ErrorKind::Cancelled,
        SandboxError::TimedOut { .. } => ErrorKind::BuildFailed,
        _ => ErrorKind::SandboxUnavailable,
    }
}

impl From<Error> for ProvisionError {
    fn from(error: Error) -> Self {
        Self::new(error.kind(), error)
    }
}
