use std::{
    io,
    path::{Path, PathBuf},
};

use super::{
    Store,
    failure::Doing as _,
    object::ObjectName,
    removal::{DOOMED, claim, delete},
    staging::{claim_build, is_dead},
};
use crate::{CatalogError, JobId, StoreError};

/// What a sweep found and did.
#[derive(Debug, Default)]
pub struct Swept {
    /// How many staging folders of dead jobs were deleted.
    pub staging: usize,
    /// How many build folders of dead jobs were deleted.
    pub builds: usize,
    /// The objects that no catalog entry named, and that were deleted.
    pub objects: Vec<ObjectName>,
    /// What should have been deleted and could not be. The next sweep tries again.
    pub left: Vec<Left>,
}

/// Something that a sweep could not delete.
#[derive(Debug)]
pub struct Left {
    /// Where it lies.
    pub path: PathBuf,
    /// Why.
    pub error: io::Error,
}

/// A catalog's answer to whether it has an entry for the object of this name.
type IsCatalogued<'a> = &'a dyn Fn(&str) -> Result<bool, CatalogError>;

impl Store {
    /// Clears away what crashes left: staging and build folders whose process is dead, and objects
    /// without an entry in the catalog whose worker nobody is installing. Any number of processes
    /// may do it at once, beside others that work; with nothing to do it takes about a millisecond.
    ///
    /// # Errors
    /// If the catalog or a folder cannot be read. What cannot be deleted is no error: see
    /// [`Swept::left`].
    pub fn sweep(&self, is_catalogued: IsCatalogued<'_>) -> Result<Swept, StoreError> {
        let mut swept = Swept::default();
        let mut doomed = self.claim_jobs(&mut swept)?;
        for object in self.objects()? {
            match self.claim_object(&object, is_catalogued)? {
                Claim::Kept => {}
                Claim::Taken(folder) => {
                    doomed.push(folder);
                    swept.objects.push(object);
                }
                Claim::Failed(error) => {
                    swept.left.push(Left { path: self.folder_of(&object), error });
                }
            }
        }
        for path in doomed {
            if let Err(error) = delete(&path) {
                swept.left.push(Left { path, error });
            }
        }
        Ok(swept)
    }

    /// Takes what dead jobs left out of its names, so that it can be deleted in peace.
    fn claim_jobs(&self, swept: &mut Swept) -> Result<Vec<PathBuf>, StoreError> {
        let mut doomed = Vec::new();
        let mut note = |path: PathBuf, claimed: io::Result<Option<PathBuf>>| match claimed {
            Ok(claimed) => {
                let taken = claimed.is_some();
                doomed.extend(claimed);
                taken
            }
            Err(error) => {
                swept.left.push(Left { path, error });
                false
            }
        };
        let _gate = self.gate()?;
        for path in names(&self.staging()).doing("list the staging folder")? {
            if is_doomed(&path) {
                note(path.clone(), Ok(Some(path)));
            } else if is_dead(&path) && note(path.clone(), claim(&path, &self.staging())) {
                swept.staging += 1;
            }
        }
        for path in names(&self.builds()).doing("list the build folders")? {
            let job = path.file_name().and_then(|name| name.to_str()?.parse::<JobId>().ok());
            if is_doomed(&path) {
                note(path.clone(), Ok(Some(path)));
            } else if let Some(job) = job
                && is_dead(&self.staging().join(job.as_str()))
                && note(path, claim_build(self, &job))
            {
                swept.builds += 1;
            }
        }
        Ok(doomed)
    }

    fn claim_object(
        &self,
        object: &ObjectName,
        is_catalogued: IsCatalogued<'_>,
    ) -> Result<Claim, StoreError> {
        let ask = || is_catalogued(object.as_str()).map_err(StoreError::Catalog);
        if ask()? {
            return Ok(Claim::Kept);
        }
        let folder = self.folder_of(object);
        let record = match self.describe(&folder) {
            Ok(record) => record,
            Err(_) if !folder.exists() => return Ok(Claim::Kept),
            // Whose it is cannot be known, so nobody's lock can be taken for it.
            Err(StoreError::Io { source, .. }) => return Ok(Claim::Failed(source)),
            Err(error) => return Ok(Claim::Failed(io::Error::other(error))),
        };
        let Some(_lock) = self.lock_worker(record.name.as_str())? else { return Ok(Claim::Kept) };
        // Whoever committed it holds the lock until the entry is written, and that may have been
        // between the question and the lock.
        if ask()? {
            return Ok(Claim::Kept);
        }
        Ok(match claim(&folder, &self.staging()) {
            Ok(Some(doomed)) => Claim::Taken(doomed),
            Ok(None) => Claim::Kept,
            Err(error) => Claim::Failed(error),
        })
    }
}

/// What became of an object that a sweep looked at.
enum Claim {
    Kept,
    Taken(PathBuf),
    Failed(io::Error),
}

fn is_doomed(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(DOOMED.as_bytes()))
}

/// The paths in a folder; none if there is no such folder.
fn names(folder: &Path) -> io::Result<Vec<PathBuf>> {
    match fs_err::read_dir(folder) {
        Ok(entries) => entries.map(|entry| Ok(entry?.path())).collect(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}
