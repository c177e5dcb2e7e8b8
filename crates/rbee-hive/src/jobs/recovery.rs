use std::error::Error as _;

use rbee_hive_worker_catalog::{
    ErrorKind, Event, Interruption, JobId, JobLog, JobRecord, JobState, Outcome,
};

use super::{JobError, Records};

/// As often a hive may end without a word while a job runs, before it is the job that ends its hive.
const CRASHES: u32 = 5;

/// What became of a job that nobody seemed to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Settled {
    /// A process runs it after all.
    Running,
    /// It is over, now if not before.
    Ended,
    /// It waits for its turn.
    Waiting,
}

impl Records {
    /// The jobs that are to be run by whoever has the queue, in their order. Those that were
    /// interrupted wait for their turn again; those that were asked to stop are over.
    ///
    /// # Errors
    /// If the records cannot be read or written.
    pub(super) fn recover(&self) -> Result<Vec<JobId>, JobError> {
        let mut waiting = Vec::new();
        for record in self.store.live()? {
            match self.settle(&record) {
                Ok(Settled::Waiting) => waiting.push(record.id),
                Ok(Settled::Running | Settled::Ended) => {}
                // One job, or a full disk, does not keep the hive from its start: it is what makes
                // room again.
                Err(error) => {
                    let causes = error.source().map(ToString::to_string);
                    tracing::error!(job = %record.id, %error, causes, "a job stays as it is until the next start");
                }
            }
        }
        Ok(waiting)
    }

    /// Ends the jobs of processes that were killed, as far as nobody will run them again.
    ///
    /// # Errors
    /// If the records cannot be read or written.
    pub(crate) fn settle_abandoned(&self) -> Result<(), JobError> {
        let live = self.store.live()?;
        let mut abandoned = live.into_iter().filter(|job| !job.resumable);
        abandoned.try_for_each(|job| self.settle(&job).map(drop))
    }

    /// Finds out what became of a job whose process may be gone.
    pub(super) fn settle(&self, record: &JobRecord) -> Result<Settled, JobError> {
        let using = JobError::file("look after a job that was interrupted");
        let folder = self.folder(&record.id);
        // Only who has the queue runs one of those that wait there, and who had it may just be ending:
        // then the lock is free in a moment, and is waited for.
        if !record.resumable && folder.is_running().map_err(&using)? {
            return Ok(Settled::Running);
        }
        let Some(_lock) = folder.lock().map_err(&using)? else { return Ok(Settled::Running) };
        let mut log = JobLog::open(&folder.events()).map_err(&using)?;
        // It may have ended until the lock was had.
        let Some(record) = self.store.get(&record.id)?.filter(|job| !job.state.is_ended()) else {
            return Ok(Settled::Ended);
        };
        let outcome = match log.outcome() {
            Some(outcome) => Some(outcome.clone()),
            None if record.cancel => Some(Outcome::Cancelled),
            None if record.state == JobState::Queued => return Ok(Settled::Waiting),
            None if !record.resumable => {
                Some(failed("the process that ran the job ended before the job did".to_owned()))
            }
            None if record.crashes + 1 >= CRASHES => {
                Some(failed(format!("the hive ended {CRASHES} times while the job ran")))
            }
            None => None,
        };
        if let Some(outcome) = outcome {
            log.append(&Event::Ended(outcome.clone())).map_err(&using)?;
            log.sync().map_err(&using)?;
            self.store.end(&record.id, &outcome)?;
            return Ok(Settled::Ended);
        }
        let reason = "the hive was restarted; the job begins again from what is cached".to_owned();
        log.append(&Event::Restarted { reason }).map_err(&using)?;
        log.sync().map_err(&using)?;
        self.store.requeue(&record.id, Interruption::Crash)?;
        Ok(Settled::Waiting)
    }
}

impl Records {
    /// Gives the log of a job that is over the end that it has not got: the disk was full, or the log
    /// was lost. Who watches waits for it.
    pub(super) fn mend(&self, record: &JobRecord) -> Result<(), JobError> {
        let using = JobError::file("mend a job's log");
        let JobState::Ended(outcome) = &record.state else { return Ok(()) };
        let last = self.reader(&record.id).last().map_err(&using)?;
        // What a later release has written may be the end as well.
        if last.is_some_and(|last| matches!(last.event, Event::Ended(_) | Event::Unknown)) {
            return Ok(());
        }
        let folder = self.folder(&record.id);
        if let Some(_lock) = folder.lock().map_err(&using)? {
            let mut log = JobLog::open(&folder.events()).map_err(&using)?;
            log.append(&Event::Ended(outcome.clone())).map_err(&using)?;
        }
        Ok(())
    }
}

fn failed(message: String) -> Outcome {
    Outcome::Failed { kind: ErrorKind::StoreFailed, message, causes: Vec::new() }
}
