use std::{
    ffi::CStr,
    io,
    path::{Path, PathBuf},
    process,
    sync::atomic::{AtomicU64, Ordering},
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use rustix::{
    fd::OwnedFd,
    fs::{AtFlags, FileType, Mode, chmodat, renameat, unlinkat},
    io::Errno,
};

use super::{
    failure::{Doing as _, at},
    layout::Store,
    object::ObjectName,
    tree::{Status, open_folder_at, read_folder},
};
use crate::StoreError;

/// How long processes that are about to die may go on to write into what is being deleted.
const PATIENCE: Duration = Duration::from_secs(1);

/// What the names of things that are being deleted start with. No job and no object has such a name.
pub(super) const DOOMED: &str = ".removed-";

impl Store {
    /// Takes an object out of the store, in one step, and deletes it. Returns the bytes of the
    /// files that were deleted: 0 if there is no such object.
    ///
    /// The caller holds the worker's lock, and has removed the catalog's entry before.
    ///
    /// # Errors
    /// If it cannot be removed, or not be deleted; the next sweep tries the latter again.
    pub fn remove(&self, object: &ObjectName) -> Result<u64, StoreError> {
        let claimed = claim(&self.folder_of(object), &self.staging());
        match claimed.doing("take an object out of the store")? {
            Some(doomed) => delete(&doomed).doing("delete an object"),
            None => Ok(0),
        }
    }
}

/// Moves a file or folder away from its name, into a folder of the same file system, to be deleted
/// there. `None` if it does not exist.
pub(super) fn claim(path: &Path, into: &Path) -> io::Result<Option<PathBuf>> {
    let doomed = into.join(fresh(DOOMED));
    let moved = match fs_err::rename(path, &doomed) {
        // Another parent means another `..`, so an ordinary user must be able to write the folder
        // that moves, and objects are read-only.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            open_up(path)?;
            fs_err::rename(path, &doomed)
        }
        done => done,
    };
    match moved {
        Ok(()) => Ok(Some(doomed)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Lets the owner read and change a folder. Anything else at that path stays as it is.
pub(super) fn open_up(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    if fs_err::symlink_metadata(path)?.is_dir() {
        fs_err::set_permissions(path, std::fs::Permissions::from_mode(0o755))?;
    }
    Ok(())
}

/// Deletes a file or folder, whatever the modes in it and however deep, and returns the bytes of
/// the files. Several processes may delete the same one.
pub(super) fn delete(path: &Path) -> io::Result<u64> {
    let mut bytes = 0;
    let mut give_up = None;
    loop {
        match attempt(path, &mut bytes) {
            Ok(()) | Err(Errno::NOENT) => return Ok(bytes),
            Err(Errno::NOTEMPTY | Errno::EXIST | Errno::BUSY)
                if Instant::now() < *give_up.get_or_insert_with(|| Instant::now() + PATIENCE) =>
            {
                thread::sleep(Duration::from_millis(10));
            }
            Err(error) => return Err(at(path)(error)),
        }
    }
}

fn attempt(path: &Path, bytes: &mut u64) -> Result<(), Errno> {
    let here = rustix::fs::CWD;
    let status = Status::at(here, path)?;
    if status.file_type != FileType::Directory {
        *bytes += status.freed();
        return unlinkat(here, path, AtFlags::empty());
    }
    if status.mode & 0o700 != 0o700 {
        chmodat(here, path, Mode::RWXU, AtFlags::empty())?;
    }
    let root = open_folder_at(here, path)?;
    loop {
        let names = read_folder(&root)?;
        if names.is_empty() {
            return gone(unlinkat(here, path, AtFlags::REMOVEDIR));
        }
        for name in names {
            let Some(status) = existing(Status::at(&root, &name))? else { continue };
            if status.file_type == FileType::Directory {
                gone(flatten(&root, &name, status, bytes))?;
            } else {
                *bytes += status.freed();
                gone(unlinkat(&root, &name, AtFlags::empty()))?;
            }
        }
    }
}

/// Deletes a folder after moving its folders up into the root. So it needs neither a stack nor a
/// descriptor for each level, of which hostile code can make any number.
fn flatten(root: &OwnedFd, name: &CStr, status: Status, bytes: &mut u64) -> Result<(), Errno> {
    if status.mode & 0o700 != 0o700 {
        chmodat(root, name, Mode::RWXU, AtFlags::empty())?;
    }
    let folder = open_folder_at(root, name)?;
    for name in read_folder(&folder)? {
        let Some(status) = existing(Status::at(&folder, &name))? else { continue };
        if status.file_type == FileType::Directory {
            if status.mode & 0o700 != 0o700 {
                gone(chmodat(&folder, &name, Mode::RWXU, AtFlags::empty()))?;
            }
            gone(renameat(&folder, &name, root, fresh(DOOMED)))?;
        } else {
            *bytes += status.freed();
            gone(unlinkat(&folder, &name, AtFlags::empty()))?;
        }
    }
    unlinkat(root, name, AtFlags::REMOVEDIR)
}

/// What another process deleted first is as good as deleted.
fn gone(result: Result<(), Errno>) -> Result<(), Errno> {
    existing(result).map(|_| ())
}

fn existing<T>(result: Result<T, Errno>) -> Result<Option<T>, Errno> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(Errno::NOENT) => Ok(None),
        Err(error) => Err(error),
    }
}

/// A file name that nothing has.
fn fresh(prefix: &str) -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
    format!("{prefix}{}-{now:x}-{count}", process::id())
}
