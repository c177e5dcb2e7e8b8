use std::{ffi::OsString, path::PathBuf};

use rbee_hive_artifact_catalog::WorkerBinary;

use crate::WorkerCatalog;

/// How to start a worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Launch {
    /// The executable.
    pub program: PathBuf,
    /// Search paths of the environment that it needs, each to be put before the value that is there.
    pub env: Vec<(String, OsString)>,
}

impl WorkerCatalog {
    /// How to start a worker so that it finds its own libraries and programs.
    pub fn launch(&self, worker: &WorkerBinary) -> Launch {
        let paths = [("LD_LIBRARY_PATH", "usr/lib"), ("PATH", "usr/bin")];
        let env = paths.into_iter().filter_map(|(name, folder)| {
            let folder = worker.path.join(folder);
            folder.is_dir().then(|| (name.to_owned(), folder.into_os_string()))
        });
        Launch { program: worker.executable(), env: env.collect() }
    }
}
