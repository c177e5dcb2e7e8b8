use std::path::PathBuf;

use super::metadata::Invalid;
use crate::{cancellation::is_cancelled, sandbox::SandboxError, tail::Tail};

/// Why what the package functions made is no worker.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum PackageError {
    #[error("two packages of the recipe both have {}; give each its own files", .0.display())]
    Conflict(PathBuf),
    #[error(
        "the package has no {entrypoint}, which the recipe's _worker_entrypoint names; it has {}",
        if .has.is_empty() { "no executable in usr/bin".to_owned() } else { .has.join(", ") },
        entrypoint = .entrypoint.display()
    )]
    NoEntrypoint { entrypoint: PathBuf, has: Vec<String> },
    #[error("{} in the package {problem}", .entrypoint.display())]
    BadEntrypoint { entrypoint: PathBuf, problem: &'static str },
    #[error(
        "the smoke test `{command}` failed with status {code}, so it was not activated and what was in use before stays{tail}"
    )]
    Smoke { command: String, code: i32, tail: Tail },
    #[error("the package {package} could not be tidied: status {code}{tail}")]
    Tidy { package: String, code: i32, tail: Tail },
    #[error("the package {package} has {what}: {}; leave it out, or move it below usr", .path.display())]
    Forbidden { package: String, what: &'static str, path: PathBuf },
    #[error("the sandbox of the package failed")]
    Sandbox(#[source] SandboxError),
    #[error("failed to describe the package {package}")]
    Metadata { package: String, source: Invalid },
    #[error("failed to read the {variable} {name} of the package {package}")]
    Script { package: String, variable: &'static str, name: String, source: std::io::Error },
    #[error("failed to put the package together")]
    Folder(#[source] std::io::Error),
    #[error("cancelled")]
    Cancelled,
}

impl PackageError {
    /// What a failure of work on the package's folder means.
    pub(crate) fn folder(error: std::io::Error) -> Self {
        if is_cancelled(&error) { Self::Cancelled } else { Self::Folder(error) }
    }
}
