use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use rbee_hive_artifact_catalog::WorkerBinary;
use rbee_hive_worker_provisioner::over_usr;

use crate::{Error, Result, WorkerCatalog};

/// How to start a worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Launch {
    /// A program with its arguments that comes before the executable and becomes it: it shows the
    /// files of the worker's dependencies, and its own, below `/usr`. None where there are no
    /// dependencies, or where this host does not allow it; `env` then has to do.
    pub before: Option<(PathBuf, Vec<OsString>)>,
    /// Why this host does not allow it, if there are dependencies to be shown.
    pub not_shown: Option<String>,
    /// The executable.
    pub program: PathBuf,
    /// Search paths of the environment that it needs, each to be put before the value that is there.
    /// Of the executable alone, not of what comes before it.
    pub env: Vec<(String, OsString)>,
}

impl WorkerCatalog {
    /// How to start a worker so that it finds its own libraries and programs, and those of the
    /// libraries that it was built on, as they were then.
    ///
    /// # Errors
    /// If it is a library itself, or a library that it needs is gone.
    pub fn launch(&self, worker: &WorkerBinary) -> Result<Launch> {
        if worker.is_library() {
            return Err(Error::Library { id: worker.id.clone() });
        }
        let lacks = self.lacks(worker);
        if !lacks.is_empty() {
            return Err(Error::Lacks { id: worker.id.clone(), lacks });
        }
        let needed = worker.provenance.dependencies.iter().filter(|d| d.runtime);
        let needed = needed.map(|dependency| self.0.store.path().join(&dependency.object));
        let trees: Vec<PathBuf> = [worker.path.clone()].into_iter().chain(needed).collect();
        let shown = match trees.as_slice() {
            [_own] => Ok(None),
            trees => over_usr(&trees.iter().map(PathBuf::as_path).collect::<Vec<_>>()),
        };
        let (before, not_shown) = match shown {
            Ok(before) => (before, None),
            Err(why) => (None, Some(why)),
        };
        let folders = |names: &[&str]| -> Vec<PathBuf> {
            let all = trees.iter().flat_map(|tree| names.iter().map(|name| tree.join(name)));
            all.filter(|folder| folder.is_dir()).collect()
        };
        let libraries = trees.iter().flat_map(|tree| WorkerBinary::library_folders(tree));
        let mut paths = vec![
            ("LD_LIBRARY_PATH", libraries.collect()),
            ("PATH", folders(&["usr/bin", "usr/local/bin", "bin"])),
        ];
        if before.is_none() && trees.len() > 1 {
            let mut data = folders(&["usr/share", "usr/local/share"]);
            // Without a value, the variable stands for these (XDG Base Directory Specification).
            data.extend(["/usr/local/share", "/usr/share"].map(PathBuf::from));
            paths.push(("XDG_DATA_DIRS", data));
        }
        let env = paths.into_iter().filter(|(_, folders)| !folders.is_empty());
        let env = env.map(|(name, folders)| (name.to_owned(), search_path(&folders)));
        Ok(Launch { before, not_shown, program: worker.executable(), env: env.collect() })
    }
}

/// No folder of the store has a colon in its path, nor an equals sign.
fn search_path(folders: &[impl AsRef<Path>]) -> OsString {
    let folders: Vec<_> = folders.iter().map(|f| f.as_ref().as_os_str()).collect();
    folders.join(":".as_ref())
}
