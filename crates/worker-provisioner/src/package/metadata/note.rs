use std::path::PathBuf;

use rbee_hive_artifact_catalog::WorkerType;
use serde::{Deserialize, Serialize};

/// What makes a worker of a package, for a hive that imports it; pacman never reads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct WorkerNote {
    /// What it was built for.
    pub(crate) backend: WorkerType,
    /// The executable, relative to the package's root.
    pub(crate) entrypoint: PathBuf,
    /// The arguments that show that it works.
    #[serde(default)]
    pub(crate) smoke: Vec<String>,
    /// The model formats that it takes.
    #[serde(default)]
    pub(crate) formats: Vec<String>,
}
