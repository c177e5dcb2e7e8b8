use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rbee_hive_worker_catalog::{Event, FetchLimit, JobId, JobLock, JobLog, Outcome};
use tokio::sync::Notify;

use super::{
    JobError, Limits, Operation, Records,
    queue::{Live, Queue},
};
use crate::{
    daemon::{Catalogs, operations::Metrics},
    watch::job_name,
};

/// What the jobs that run have in common.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) records: Records,
    pub(super) catalogs: Catalogs,
    pub(super) fetches: FetchLimit,
    pub(super) limits: Limits,
    pub(super) metrics: Metrics,
    /// Something is to be done: a job came, or one has ended.
    pub(super) changed: Notify,
    queue: Mutex<Queue>,
    /// Held while a job is submitted.
    submitting: Mutex<()>,
    _lock: JobLock,
}

impl Shared {
    pub(super) fn new(
        records: Records,
        catalogs: Catalogs,
        limits: Limits,
        queue: Queue,
        lock: JobLock,
    ) -> Self {
        Self {
            records,
            catalogs,
            fetches: FetchLimit::new(limits.fetches),
            limits,
            metrics: Metrics::default(),
            changed: Notify::new(),
            queue: Mutex::new(queue),
            submitting: Mutex::default(),
            _lock: lock,
        }
    }

    /// Held until a job is in the queue, so that the order there is that of the table. The queue itself
    /// is not held: who asks for it must not wait for the disk.
    pub(super) fn submit(&self) -> MutexGuard<'_, ()> {
        self.submitting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Deletes logs that are older or larger than wanted.
    pub(super) async fn prune(&self) {
        let (records, limits) = (self.records.clone(), self.limits);
        let pruned = tokio::task::spawn_blocking(move || records.prune(&limits)).await;
        if let Ok(Err(error)) = pruned {
            tracing::warn!(%error, "failed to delete old logs");
        }
    }

    /// Begins a job's log with why it waits. Returns the number of the event; 0 if it could not be
    /// written, which does not stop a job.
    pub(super) fn say_why(&self, id: &JobId, reason: &str) -> u64 {
        let log = JobLog::open(&self.records.folder(id).events());
        let said = log.and_then(|mut log| {
            log.append(&Event::Waiting { reason: reason.to_owned() })?;
            log.flush()
        });
        said.unwrap_or_else(|error| {
            tracing::error!(job = %id, %error, "failed to begin the log of a job");
            0
        })
    }

    /// Whether one more job may wait.
    pub(super) fn has_room(&self) -> Result<(), JobError> {
        let queue = self.queue();
        let waiting = queue.waiting().len();
        if queue.draining {
            Err(JobError::ShuttingDown)
        } else if waiting >= self.limits.queued {
            Err(JobError::Full { waiting })
        } else {
            Ok(())
        }
    }

    /// A name that no job has.
    pub(super) fn new_id(&self, operation: &Operation) -> Result<JobId, JobError> {
        let verb = operation.name().trim_start_matches("worker_");
        let mut number = 0;
        loop {
            let name = job_name(verb, number);
            let id: JobId =
                name.parse().map_err(|_| JobError::Request { what: format!("no job {name}") })?;
            if self.records.store.get(&id)?.is_none() {
                return Ok(id);
            }
            number += 1;
        }
    }

    /// Stops a job of this process; whether it is one.
    pub(super) fn stop(&self, id: &JobId) -> Result<bool, JobError> {
        let mut queue = self.queue();
        let Some(live) = queue.take(id) else {
            let live = queue.live(id);
            live.inspect(|live| live.cancel.cancel());
            return Ok(live.is_some());
        };
        drop(queue);
        self.end_waiting(id, &live)?;
        self.changed.notify_one();
        Ok(true)
    }

    /// Ends a job that was cancelled before it began.
    fn end_waiting(&self, id: &JobId, live: &Live) -> Result<(), JobError> {
        let writing = JobError::file("end a job's log");
        let mut log = JobLog::open(&self.records.folder(id).events()).map_err(&writing)?;
        log.append(&Event::Ended(Outcome::Cancelled)).map_err(&writing)?;
        log.sync().map_err(&writing)?;
        self.records.store.end(id, &Outcome::Cancelled)?;
        if let Some(record) = self.records.store.get(id)? {
            self.metrics.job_ended(id, &record.operation, &Outcome::Cancelled);
        }
        live.publish(log.written());
        live.close();
        Ok(())
    }

    /// Takes those out of the queue that another process has cancelled.
    pub(super) fn look(&self) {
        let waiting: Vec<JobId> = self.queue().waiting().cloned().collect();
        for id in waiting {
            if self.records.store.is_cancel_requested(&id).unwrap_or(false)
                && let Err(error) = self.stop(&id)
            {
                tracing::warn!(job = %id, %error, "failed to cancel a job");
            }
        }
    }

    pub(super) fn next(&self) -> Option<(JobId, Arc<Live>)> {
        self.queue().next(self.limits.builds)
    }

    pub(super) fn has_waiting(&self) -> bool {
        self.queue().waiting().len() > 0
    }
}
