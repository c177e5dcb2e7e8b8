use std::{
    io,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use super::JobId;
use crate::{Folders, store::LockFile};

/// How long the lock of a job is tried. Whoever only looks whether the job runs has it for a moment.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long the lock of the queue is tried: a daemon that is stopped needs a while.
const QUEUE_PATIENCE: Duration = Duration::from_secs(5);
/// No job has a name that begins with a dot.
const QUEUE: &str = ".queue";

/// Where a job keeps its files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobFolder {
    path: PathBuf,
}

/// The right to run a job, until it is dropped or its process dies.
#[derive(Debug)]
#[must_use = "the lock ends when it is dropped"]
pub struct JobLock {
    _file: LockFile,
}

impl JobLock {
    /// The right to run the jobs that wait; `None` if another process has it.
    ///
    /// # Errors
    /// If the lock cannot be made.
    pub fn of_queue(folders: &Folders) -> io::Result<Option<Self>> {
        fs_err::create_dir_all(folders.jobs())?;
        acquire(&folders.jobs().join(QUEUE), QUEUE_PATIENCE)
    }

    /// Whether some process has the right to run the jobs that wait.
    ///
    /// # Errors
    /// If that cannot be found out.
    pub fn is_queue_taken(folders: &Folders) -> io::Result<bool> {
        is_taken(&folders.jobs().join(QUEUE))
    }
}

impl JobFolder {
    /// The folder of a job, which need not be there yet.
    pub fn new(folders: &Folders, id: &JobId) -> Self {
        Self { path: folders.jobs().join(id.as_str()) }
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The log of its events.
    pub fn events(&self) -> PathBuf {
        self.path.join("events")
    }

    /// Takes the right to run the job; `None` if another process has it.
    ///
    /// # Errors
    /// If the lock cannot be made.
    pub fn lock(&self) -> io::Result<Option<JobLock>> {
        fs_err::create_dir_all(&self.path)?;
        acquire(&self.path.join("lock"), PATIENCE)
    }

    /// Whether some process runs the job at this moment.
    ///
    /// # Errors
    /// If that cannot be found out.
    pub fn is_running(&self) -> io::Result<bool> {
        is_taken(&self.path.join("lock"))
    }
}

fn acquire(path: &Path, patience: Duration) -> io::Result<Option<JobLock>> {
    let give_up = Instant::now() + patience;
    loop {
        if let Some(file) = LockFile::try_exclusive(path)? {
            return Ok(Some(JobLock { _file: file }));
        }
        if Instant::now() >= give_up {
            return Ok(None);
        }
        thread::sleep(Duration::from_millis(5));
    }
}

fn is_taken(path: &Path) -> io::Result<bool> {
    match LockFile::try_existing(path) {
        Ok(free) => Ok(free.is_none()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}
