use std::{
    io,
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    thread,
    time::Duration,
};

use super::{
    canonical,
    commit::Sealed,
    failure::{Doing as _, at},
    layout::{Store, create_folders},
    lock::LockFile,
    removal::{claim, delete, open_up},
    spread::spread,
};
use crate::{JobId, StoreError, Version, WorkerName};

/// The folder of one job in which its files come together. Dropping it deletes them.
#[derive(Debug)]
pub struct Staging {
    store: Store,
    job: JobId,
    folder: PathBuf,
    tree: PathBuf,
    build: Mutex<Option<LockFile>>,
    /// Held until the folder has left its name; after that nobody else asks for it.
    _lock: LockFile,
}

impl Store {
    /// Creates the staging folder of a job, empty. What a dead process left under the same job id,
    /// here and in its build folder, is deleted first.
    ///
    /// # Errors
    /// [`StoreError::JobBusy`] if a live process works under this job id.
    pub fn stage(&self, job: &JobId) -> Result<Staging, StoreError> {
        let folder = self.staging().join(job.as_str());
        let tree = folder.join("tree");
        let (lock, leftovers) = {
            let _gate = self.gate()?;
            let mut leftovers = Vec::new();
            if folder.exists() {
                if !is_dead(&folder) {
                    return Err(StoreError::JobBusy { job: job.to_string() });
                }
                leftovers
                    .extend(claim(&folder, &self.staging()).doing("clear the staging folder")?);
            }
            leftovers.extend(claim_build(self, job).doing("clear the build folder")?);
            let make = || {
                for folder in [&folder, &tree] {
                    std::fs::DirBuilder::new().mode(0o755).create(folder).map_err(at(folder))?;
                }
                LockFile::try_exclusive(&folder.join("lock"))
            };
            match make().doing("create the staging folder")? {
                Some(lock) => (lock, leftovers),
                None => return Err(StoreError::JobBusy { job: job.to_string() }),
            }
        };
        let staging = Staging {
            store: self.clone(),
            job: job.clone(),
            folder,
            tree,
            build: Mutex::new(None),
            _lock: lock,
        };
        for leftover in leftovers {
            delete(&leftover).doing("clear what an earlier run of the job left")?;
        }
        Ok(staging)
    }
}

impl Staging {
    /// The folder that the caller fills: the root of the package.
    pub fn tree(&self) -> &Path {
        &self.tree
    }

    /// The job's folder for building, created at the first call and deleted with this.
    ///
    /// It is locked of its own: hives with other data folders may use the same cache, and sweep it.
    ///
    /// # Errors
    /// If it cannot be created.
    pub fn build(&self) -> Result<PathBuf, StoreError> {
        let folder = self.store.build_of(&self.job);
        let mut lock = self.build.lock().unwrap_or_else(PoisonError::into_inner);
        if lock.is_none() {
            *lock = lock_build(&folder).doing("create the build folder")?;
        }
        if lock.is_none() {
            return Err(StoreError::JobBusy { job: self.job.to_string() });
        }
        Ok(folder)
    }

    /// Ends the writing: checks every member, brings them all into their canonical form and
    /// computes the digest. Nothing may write into the tree any more.
    ///
    /// `inputs` is the digest of what the files were made from. Together with the files it is the
    /// object's identity, so that the same files made from other inputs are another object, with
    /// records of its own.
    ///
    /// Modes become 0555 for folders and executables and 0444 for the rest, times one second after
    /// the epoch; set-user-id bits are lost, and a file that is linked from elsewhere is copied.
    ///
    /// # Errors
    /// [`StoreError::Refused`] for a member that no package may have.
    pub fn seal(
        self,
        name: &WorkerName,
        version: &Version,
        inputs: &str,
    ) -> Result<Sealed, StoreError> {
        let manifest = canonical::seal(&self.tree)?;
        Sealed::new(self, manifest, name.clone(), version.clone(), inputs.to_owned())
    }

    pub(super) fn store(&self) -> &Store {
        &self.store
    }

    /// A path in the staging folder, beside the tree.
    pub(super) fn beside(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

impl Drop for Staging {
    /// Processes of the job that are about to die may still write for a moment, so deletion is
    /// tried for up to a second. What cannot be deleted is left for the sweep.
    fn drop(&mut self) {
        let mut doomed = Vec::new();
        if let Ok(Some(folder)) = claim(&self.folder, &self.store.staging()) {
            doomed.push(folder);
        }
        if self.build.get_mut().is_ok_and(|lock| lock.is_some())
            && let Ok(Some(folder)) = claim(&self.store.build_of(&self.job), &self.store.builds())
        {
            doomed.push(folder);
        }
        for folder in doomed {
            let _ = delete(&folder);
        }
    }
}

/// Whether no live process holds this staging folder. Only meaningful behind the gate.
pub(super) fn is_dead(folder: &Path) -> bool {
    match LockFile::try_existing(&folder.join("lock")) {
        Ok(held) => held.is_some(),
        Err(error) => {
            matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
        }
    }
}

/// Takes the build folder of a job whose staging folder is dead out of its name, unless a hive with
/// another data folder builds in it.
pub(super) fn claim_build(store: &Store, job: &JobId) -> io::Result<Option<PathBuf>> {
    let folder = store.build_of(job);
    // The functions of a recipe may have closed their own folder.
    let lock = match LockFile::try_folder(&folder) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            open_up(&folder)?;
            LockFile::try_folder(&folder)
        }
        answered => answered,
    };
    match lock {
        Ok(Some(_lock)) => claim(&folder, &store.builds()),
        Ok(None) => Ok(None),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn lock_build(folder: &Path) -> io::Result<Option<LockFile>> {
    if let Some(builds) = folder.parent() {
        create_folders(builds)?;
        spread(builds);
    }
    // A sweep of a hive with another data folder may hold a new folder for a moment, and take it.
    for _ in 0..100 {
        create_folders(folder)?;
        match LockFile::try_folder(folder) {
            Ok(Some(lock)) if lock.is_at(folder) => return Ok(Some(lock)),
            Ok(_) => thread::sleep(Duration::from_millis(5)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}
