use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

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
        let programs = ["usr/bin", "usr/local/bin", "bin"].map(|folder| worker.path.join(folder));
        let paths = [
            ("LD_LIBRARY_PATH", WorkerBinary::library_folders(&worker.path)),
            ("PATH", programs.into_iter().filter(|folder| folder.is_dir()).collect()),
        ];
        let env = paths.into_iter().filter(|(_, folders)| !folders.is_empty());
        let env = env.map(|(name, folders)| (name.to_owned(), search_path(&folders)));
        Launch { program: worker.executable(), env: env.collect() }
    }
}

/// No folder of the store has a colon in its path.
fn search_path(folders: &[impl AsRef<Path>]) -> OsString {
    let folders: Vec<_> = folders.iter().map(|f| f.as_ref().as_os_str()).collect();
    folders.join(":".as_ref())
}
