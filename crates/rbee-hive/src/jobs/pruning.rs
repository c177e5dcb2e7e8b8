use std::{collections::HashSet, io, path::Path};

use jiff::{SignedDuration, Timestamp};
use rbee_hive_worker_catalog::{JobFilter, JobId};

use super::{JobError, Limits, Records};

impl Records {
    /// Deletes the logs of jobs that are over, the oldest first: those that ended too long ago, and
    /// those beyond the bytes that all may have together. The last one of a worker stays.
    ///
    /// # Errors
    /// If the records cannot be read or written.
    pub(crate) fn prune(&self, limits: &Limits) -> Result<(), JobError> {
        let ended = JobFilter { states: vec!["ended".to_owned()], ..JobFilter::default() };
        let oldest = oldest(limits);
        let (mut seen, mut bytes) = (HashSet::new(), 0);
        for job in self.store.list(&ended, None, usize::MAX)? {
            let folder = self.folder(&job.id);
            let size = size(folder.path()).map_err(JobError::file("measure the logs"))?;
            let is_last = job.worker_name().is_some_and(|worker| seen.insert(worker));
            let is_old = job.ended_at.is_some_and(|ended| ended < oldest);
            if !is_last && (is_old || bytes + size > limits.keep_logs_bytes) {
                self.store.remove(&job.id)?;
                remove(folder.path()).map_err(JobError::file("delete an old log"))?;
            } else {
                bytes += size;
            }
        }
        self.prune_unknown(oldest)
    }

    /// Deletes old folders that no job has: of exports, and of jobs that were just being forgotten.
    fn prune_unknown(&self, oldest: Timestamp) -> Result<(), JobError> {
        let reading = JobError::file("list the logs");
        for (name, path, changed) in folders(&self.folders.jobs()).map_err(&reading)? {
            let Ok(id) = name.parse::<JobId>() else { continue };
            let folder = self.folder(&id);
            if changed < oldest
                && self.store.get(&id)?.is_none()
                && !folder.is_running().map_err(&reading)?
            {
                remove(&path).map_err(JobError::file("delete an old log"))?;
            }
        }
        Ok(())
    }
}

/// When a job may have ended at the earliest whose log is kept.
fn oldest(limits: &Limits) -> Timestamp {
    let hours = i64::from(limits.keep_logs_days) * 24;
    let kept = SignedDuration::from_hours(hours);
    Timestamp::now().checked_sub(kept).unwrap_or(Timestamp::MIN)
}

/// The folders in a folder: name, path, and when something was last added to it.
fn folders(folder: &Path) -> io::Result<Vec<(String, std::path::PathBuf, Timestamp)>> {
    let mut found = Vec::new();
    for entry in fs_err::read_dir(folder)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        let changed = Timestamp::try_from(metadata.modified()?).unwrap_or(Timestamp::MAX);
        if metadata.is_dir() {
            found.push((entry.file_name().to_string_lossy().into_owned(), entry.path(), changed));
        }
    }
    Ok(found)
}

/// The bytes of the files in a job's folder; 0 if it is gone.
fn size(folder: &Path) -> io::Result<u64> {
    let entries = match fs_err::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        entries => entries?,
    };
    let mut bytes = 0;
    for entry in entries {
        bytes += entry?.metadata()?.len();
    }
    Ok(bytes)
}

fn remove(folder: &Path) -> io::Result<()> {
    match fs_err::remove_dir_all(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}
