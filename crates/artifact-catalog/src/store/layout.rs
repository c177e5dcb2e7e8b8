use std::{io, os::unix::fs::DirBuilderExt as _, path::Path, path::PathBuf};

use super::{
    failure::{Doing as _, at},
    lock::{LockFile, WorkerLock},
    manifest::Manifest,
    object::{MANIFEST, OBJECT, ObjectName, ObjectRecord, RECORDS},
    spread::spread,
};
use crate::{Folders, JobId, StoreError};

/// The folders of immutable objects, and the locks by which processes agree who may change them.
///
/// ```text
/// data/store/<object>/             an object: its files, read-only
/// data/store/<object>/.rbee/       what is known about it: manifest, records
/// data/store/.staging/<job>/lock   held by the process that runs the job
/// data/store/.staging/<job>/tree/  what the job will commit
/// data/store/.staging/.removed-…   what is being deleted
/// data/locks/<worker>.lock         held by whoever installs, commits or sweeps that worker
/// data/locks/.rows                 held by whoever adds or removes rows that depend on others
/// cache/build/<job>/               where the job builds; lives as long as its staging folder
/// ```
#[derive(Debug, Clone)]
pub struct Store {
    folders: Folders,
}

impl Store {
    /// Opens the store in these folders, and creates what is missing of it; a data folder that is
    /// created is for its owner alone.
    ///
    /// # Errors
    /// If a folder cannot be created.
    pub fn open(folders: &Folders) -> Result<Self, StoreError> {
        // Programs get its folders in `LD_LIBRARY_PATH`, and as arguments of `env`.
        if folders.data().to_str().is_none_or(|path| path.contains([':', '='])) {
            return Err(StoreError::Folder { path: folders.data().to_owned() });
        }
        let store = Self { folders: folders.clone() };
        create_folders(folders.data()).doing("open the store")?;
        fs_err::create_dir_all(store.path()).doing("open the store")?;
        for folder in [store.staging(), folders.locks()] {
            create_folders(&folder).doing("open the store")?;
        }
        spread(&store.staging());
        Ok(store)
    }

    /// The folder that the objects lie in.
    pub fn path(&self) -> PathBuf {
        self.folders.store()
    }

    /// Takes the lock of a worker, by which at most one process installs, commits or removes it.
    /// `None` if another one holds it. It ends when it is dropped or its process dies.
    ///
    /// # Errors
    /// If the lock file cannot be used.
    pub fn lock_worker(&self, name: &str) -> Result<Option<WorkerLock>, StoreError> {
        let unsafe_name = || io::Error::new(io::ErrorKind::InvalidInput, format!("{name:?}"));
        if name.is_empty() || name.starts_with('.') || name.contains(['/', '\0']) {
            return Err(unsafe_name()).doing("name a lock file");
        }
        let file = self.folders.locks().join(format!("{name}.lock"));
        let lock = LockFile::try_exclusive(&file).doing("lock a worker")?;
        Ok(lock.map(WorkerLock::new))
    }

    /// Waits for the lock on what the catalog's rows say of each other: that nothing is removed that
    /// a row needs, and no row is added that needs what was removed. To be held for a moment only.
    ///
    /// # Errors
    /// If the lock file cannot be used.
    pub fn lock_rows(&self) -> Result<WorkerLock, StoreError> {
        // No worker's lock has this name.
        let lock = LockFile::exclusive(&self.folders.locks().join(".rows"));
        lock.doing("lock the catalog").map(WorkerLock::new)
    }

    /// The name of every object, in no order.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn objects(&self) -> Result<Vec<ObjectName>, StoreError> {
        let mut objects = Vec::new();
        for entry in fs_err::read_dir(self.path()).doing("list the store")? {
            objects.extend(ObjectName::of(&entry.doing("list the store")?.path()));
        }
        Ok(objects)
    }

    /// A record file of the object in this folder, as it was given to [`super::Sealed::commit`].
    ///
    /// # Errors
    /// If it cannot be read, or has no such record.
    pub fn record(&self, object: &Path, name: &str) -> Result<Vec<u8>, StoreError> {
        fs_err::read(object.join(RECORDS).join(name)).doing("read a record of a store object")
    }

    /// The names of the records and folders of records in a folder of those of an object, sorted;
    /// none, if it has no such folder.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn record_names(&self, object: &Path, folder: &str) -> Result<Vec<String>, StoreError> {
        let entries = match fs_err::read_dir(object.join(RECORDS).join(folder)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.doing("list the records of a store object")?,
        };
        let mut names = Vec::new();
        for entry in entries {
            let name = entry.doing("list the records of a store object")?.file_name();
            names.extend(name.into_string());
        }
        names.sort();
        Ok(names)
    }

    /// The members of the object in this folder.
    ///
    /// # Errors
    /// [`StoreError::Manifest`] if they cannot be understood.
    pub fn manifest(&self, object: &Path) -> Result<Manifest, StoreError> {
        let json = self.record(object, MANIFEST)?;
        serde_json::from_slice(&json).map_err(|source| damaged(object, source))
    }

    /// What the object in this folder is.
    pub(super) fn describe(&self, object: &Path) -> Result<ObjectRecord, StoreError> {
        let json = self.record(object, OBJECT)?;
        serde_json::from_slice(&json).map_err(|source| damaged(object, source))
    }

    pub(super) fn folder_of(&self, object: &ObjectName) -> PathBuf {
        self.path().join(object.as_str())
    }

    pub(super) fn staging(&self) -> PathBuf {
        self.path().join(".staging")
    }

    pub(super) fn builds(&self) -> PathBuf {
        self.folders.builds()
    }

    pub(super) fn build_of(&self, job: &JobId) -> PathBuf {
        self.builds().join(job.as_str())
    }

    /// Taken for the moment in which staging folders appear or are claimed, so that nobody sees one
    /// without its lock. No worker's lock has this name.
    pub(super) fn gate(&self) -> Result<LockFile, StoreError> {
        LockFile::exclusive(&self.folders.locks().join(".staging")).doing("lock the staging folder")
    }
}

/// Creates a folder and those above it, for their owner alone.
pub(super) fn create_folders(folder: &Path) -> io::Result<()> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(at(folder))
}

fn damaged(object: &Path, source: serde_json::Error) -> StoreError {
    let object = object.file_name().unwrap_or(object.as_os_str()).to_string_lossy().into_owned();
    StoreError::Manifest { object, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_programs_would_misread_is_refused() {
        let root = tempfile::tempdir().unwrap();
        for name in ["a:b", "a=b"] {
            let data = root.path().join(name);
            let opened = Store::open(&Folders::new(data.clone(), root.path().join("cache")));
            assert!(matches!(opened, Err(StoreError::Folder { path }) if path == data), "{name}");
            assert!(!data.exists());
        }
    }
}
