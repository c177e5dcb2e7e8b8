use std::{io, os::unix::fs::MetadataExt as _, path::Path};

use fs_err::os::unix::fs::OpenOptionsExt as _;
use fs_err::{File, OpenOptions};
use rustix::{
    fs::{FlockOperation, flock},
    io::Errno,
};

use super::failure::at;

/// The right to change one worker, until it is dropped or its process dies.
#[derive(Debug)]
#[must_use = "the lock ends when it is dropped"]
pub struct WorkerLock {
    _file: LockFile,
}

impl WorkerLock {
    pub(super) fn new(file: LockFile) -> Self {
        Self { _file: file }
    }
}

/// A file or folder that at most one open description in the system has locked (flock(2)).
///
/// The file outlives the lock: were it unlinked, a waiter could lock the old file while a newcomer
/// locks the new one.
#[derive(Debug)]
pub(crate) struct LockFile(File);

impl LockFile {
    /// Locks a file, created if it is missing; `None` if it is locked.
    pub(crate) fn try_exclusive(path: &Path) -> io::Result<Option<Self>> {
        Self::try_lock(create(path)?)
    }

    /// Locks a file that must exist; `None` if it is locked.
    pub(crate) fn try_existing(path: &Path) -> io::Result<Option<Self>> {
        Self::try_lock(OpenOptions::new().read(true).write(true).open(path)?)
    }

    /// Locks a folder that must exist; `None` if it is locked.
    pub(super) fn try_folder(path: &Path) -> io::Result<Option<Self>> {
        Self::try_lock(File::open(path)?)
    }

    /// Locks a file, created if it is missing, when it becomes free.
    pub(super) fn exclusive(path: &Path) -> io::Result<Self> {
        let file = create(path)?;
        loop {
            match flock(file.file(), FlockOperation::LockExclusive) {
                Ok(()) => return Ok(Self(file)),
                Err(Errno::INTR) => {}
                Err(error) => return Err(at(path)(error)),
            }
        }
    }

    fn try_lock(file: File) -> io::Result<Option<Self>> {
        match flock(file.file(), FlockOperation::NonBlockingLockExclusive) {
            // BADF: a network file system locks only what can be written, which no folder can. Those
            // locks are the second line of defence, so it is no reason to fail.
            Ok(()) | Err(Errno::BADF) => Ok(Some(Self(file))),
            Err(Errno::WOULDBLOCK) => Ok(None),
            Err(error) => Err(at(file.path())(error)),
        }
    }

    /// Whether the path still leads to what is locked.
    pub(super) fn is_at(&self, path: &Path) -> bool {
        let id = |metadata: std::fs::Metadata| (metadata.dev(), metadata.ino());
        match (self.0.metadata(), fs_err::symlink_metadata(path)) {
            (Ok(locked), Ok(there)) => id(locked) == id(there),
            _ => false,
        }
    }
}

impl Drop for LockFile {
    /// Closing would not do: a process that another thread is just spawning has a copy of the
    /// descriptor until its `exec`, and the lock would last as long.
    fn drop(&mut self) {
        let _ = flock(self.0.file(), FlockOperation::Unlock);
    }
}

fn create(path: &Path) -> io::Result<File> {
    // The standard library opens every file close-on-exec.
    OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)
}
