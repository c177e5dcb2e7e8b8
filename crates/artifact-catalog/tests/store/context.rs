//! A store for each test, and what they all do with it.

use std::{
    ffi::OsStr,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink},
    path::{Path, PathBuf},
};

use fs_err as fs;
use rbee_hive_artifact_catalog::{
    Folders, JobId, StoreError,
    store::{DamageKind, Sealed, Staging, Store, Swept},
};

/// A store in a temporary folder.
pub(crate) struct TestContext {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) folders: Folders,
    pub(crate) store: Store,
}

impl TestContext {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let folders = Folders::new(folder.path().join("data"), folder.path().join("cache"));
        let store = Store::open(&folders).unwrap();
        Self { folder, folders, store }
    }

    /// A path outside the store.
    pub(crate) fn outside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn stage(&self, name: &str) -> Staging {
        self.store.stage(&job(name)).unwrap()
    }

    /// A small package.
    pub(crate) fn fill(&self, name: &str) -> Staging {
        let staging = self.stage(name);
        write(staging.tree(), "usr/bin/server", "#!/bin/sh\n", 0o755);
        write(staging.tree(), "usr/lib/data", "data", 0o640);
        fs::create_dir_all(staging.tree().join("usr/empty")).unwrap();
        symlink("../bin/server", staging.tree().join("usr/lib/link")).unwrap();
        staging
    }

    pub(crate) fn commit(&self, name: &str) -> PathBuf {
        seal(self.fill(name)).commit(&[("worker.json", b"{}")]).unwrap()
    }

    pub(crate) fn sweep(&self, catalogued: &[&Path]) -> Swept {
        let names: Vec<_> = catalogued.iter().map(|path| path.file_name().unwrap()).collect();
        let is = |name: &str| Ok(names.contains(&OsStr::new(name)));
        self.store.sweep(&is).unwrap()
    }

    /// What lies in the staging folder.
    pub(crate) fn staged(&self) -> Vec<String> {
        list(&self.folders.store().join(".staging"))
    }

    pub(crate) fn damage(&self, object: &Path) -> Vec<(String, DamageKind)> {
        self.store.verify(object).unwrap().into_iter().map(|d| (d.path, d.what)).collect()
    }
}

pub(crate) fn job(name: &str) -> JobId {
    name.parse().unwrap()
}

pub(crate) fn seal(staging: Staging) -> Sealed {
    try_seal(staging).unwrap()
}

pub(crate) fn try_seal(staging: Staging) -> Result<Sealed, StoreError> {
    staging.seal(&"my-server".parse().unwrap(), &"1:2.0-1".parse().unwrap(), "inputs")
}

pub(crate) fn write(tree: &Path, path: &str, content: &str, mode: u32) {
    let path = tree.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, content).unwrap();
    chmod(&path, mode);
}

pub(crate) fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

pub(crate) fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().mode() & 0o7777
}

pub(crate) fn list(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> =
        names.map(|e| e.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}
