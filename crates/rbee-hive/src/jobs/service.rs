use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use jiff::Timestamp;
use rbee_hive_worker_catalog::{
    Folders, JobFilter, JobId, JobLock, JobLogReader, JobRecord, JobState,
};
use tokio::{sync::watch, task::JoinSet, time::sleep};

use super::{
    JobError, JobView, Limits, Operation, Records,
    dispatch::dispatch,
    follow::{closed, follow},
    queue::Queue,
    recorder::request,
    shared::Shared,
};
use crate::daemon::{Catalogs, operations::Metrics};

/// The queue of a hive, and the jobs of it that run. Clones are the same queue.
///
/// Its methods wait for the disk now and then, for some milliseconds.
#[derive(Debug, Clone)]
pub(crate) struct Jobs(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    shared: Arc<Shared>,
    /// Ends with the last handle, and every job with it, as if it was interrupted.
    _dispatcher: JoinSet<()>,
    followers: Mutex<JoinSet<()>>,
}

impl Jobs {
    /// Takes the queue of these folders: jobs that wait go on waiting, and those that were
    /// interrupted wait again. Needs a runtime.
    ///
    /// # Errors
    /// If another process has the queue, or the records cannot be used.
    pub(crate) fn start(
        folders: &Folders,
        catalogs: Catalogs,
        limits: Limits,
    ) -> Result<Self, JobError> {
        let records = Records::open(folders)?;
        let lock = JobLock::of_queue(folders).map_err(JobError::file("lock the queue"))?;
        let lock = lock.ok_or_else(|| JobError::Busy { path: folders.data().to_owned() })?;
        let mut queue = Queue::default();
        for id in records.recover()? {
            let written = records.reader(&id).last().ok().flatten();
            queue.push(id, written.map_or(0, |last| last.number));
        }
        let shared = Arc::new(Shared::new(records, catalogs, limits, queue, lock));
        let mut dispatcher = JoinSet::new();
        dispatcher.spawn(dispatch(Arc::clone(&shared)));
        let followers = Mutex::default();
        Ok(Self(Arc::new(Inner { shared, _dispatcher: dispatcher, followers })))
    }

    /// Puts an operation into the queue. It is on the disk when this returns.
    ///
    /// # Errors
    /// If the operation cannot be one, the queue is full, or the records cannot be written.
    pub(crate) fn submit(&self, operation: &Operation) -> Result<JobView, JobError> {
        let shared = &self.0.shared;
        operation.check(&shared.records.folders)?;
        let _turn = shared.submit();
        shared.has_room()?;
        let id = shared.new_id(operation)?;
        shared.records.store.insert(&JobRecord {
            id: id.clone(),
            operation: operation.name().to_owned(),
            worker_id: operation.worker_id().map(str::to_owned),
            request: request(operation)?,
            resumable: true,
            state: JobState::Queued,
            cancel: false,
            submitted_at: Timestamp::now(),
            started_at: None,
            ended_at: None,
            attempt: 1,
            crashes: 0,
        })?;
        // It is in the table, so it has to be in the queue, whatever fails from here on.
        let view = shared.records.get(&id);
        let reason = view.as_ref().ok().and_then(|view| view.as_ref()?.reason.as_deref());
        let written = reason.map_or(0, |reason| shared.say_why(&id, reason));
        shared.queue().push(id.clone(), written);
        shared.changed.notify_one();
        let view = view?.ok_or_else(|| not_found(&id))?;
        Ok(JobView { last_event: written, ..view })
    }

    /// A job.
    ///
    /// # Errors
    /// If the records cannot be read.
    pub(crate) fn get(&self, id: &JobId) -> Result<Option<JobView>, JobError> {
        self.0.shared.records.get(id)
    }

    /// Jobs, the latest first: at most `limit` of those that were submitted before `after`. And
    /// whether there are more.
    ///
    /// # Errors
    /// If the records cannot be read.
    pub(crate) fn list(
        &self,
        filter: &JobFilter,
        after: Option<&JobId>,
        limit: usize,
    ) -> Result<(Vec<JobView>, bool), JobError> {
        self.0.shared.records.list(filter, after, limit)
    }

    /// How many jobs there are.
    ///
    /// # Errors
    /// If the records cannot be read.
    pub(crate) fn count(&self, filter: &JobFilter) -> Result<usize, JobError> {
        self.0.shared.records.count(filter)
    }

    /// How many jobs wait, and how many run, in this process.
    pub(crate) fn load(&self) -> (usize, usize) {
        let queue = self.0.shared.queue();
        (queue.waiting().len(), queue.running().len())
    }

    /// What is counted about them, and about whatever else the daemon does.
    pub(crate) fn metrics(&self) -> &Metrics {
        &self.0.shared.metrics
    }

    /// Stops a job, or takes it out of the queue. It never runs again.
    ///
    /// # Errors
    /// If there is no such job, it has ended, or the records cannot be written.
    pub(crate) fn cancel(&self, id: &JobId) -> Result<JobView, JobError> {
        let shared = &self.0.shared;
        let before = shared.records.store.get(id)?.ok_or_else(|| not_found(id))?;
        if !shared.records.store.request_cancel(id)? {
            return Err(JobError::AlreadyEnded { id: before.id });
        }
        if !shared.stop(id)? {
            // Another process runs it, and looks at the table; or it is gone.
            shared.records.settle(&before)?;
        }
        shared.records.get(id)?.ok_or_else(|| not_found(id))
    }

    /// The number of a job's last event that can be read, and of each that follows. Closed once that
    /// is the end. `None` if there is no such job. Needs a runtime.
    pub(crate) fn subscribe(&self, id: &JobId) -> Option<watch::Receiver<u64>> {
        let shared = &self.0.shared;
        if let Some(live) = shared.queue().live(id) {
            return live.subscribe().or_else(|| Some(closed()));
        }
        let record = shared.records.store.get(id).ok().flatten()?;
        if record.state.is_ended() {
            if let Err(error) = shared.records.mend(&record) {
                tracing::warn!(job = %id, %error, "failed to mend the log of a job");
            }
            return Some(closed());
        }
        let (sender, receiver) = watch::channel(0);
        let reader = shared.records.reader(id);
        let (records, id) = (shared.records.clone(), id.clone());
        let mut followers = self.0.followers.lock().unwrap_or_else(PoisonError::into_inner);
        while followers.try_join_next().is_some() {}
        followers.spawn(follow(records, id, reader, sender));
        Some(receiver)
    }

    /// Where everything is.
    pub(super) fn folders(&self) -> &Folders {
        &self.0.shared.records.folders
    }

    /// The catalogs that jobs work with.
    pub(super) fn catalogs(&self) -> &Catalogs {
        &self.0.shared.catalogs
    }

    /// The file of a job's events.
    pub(crate) fn events(&self, id: &JobId) -> PathBuf {
        self.0.shared.records.folder(id).events()
    }

    /// A reader of a job's events.
    pub(crate) fn reader(&self, id: &JobId) -> JobLogReader {
        self.0.shared.records.reader(id)
    }

    /// Begins no job any more, and stops those that run as if they were interrupted: they run again
    /// after the next start. Returns when they have stopped.
    pub(crate) async fn drain(&self) {
        let shared = &self.0.shared;
        {
            let mut queue = shared.queue();
            queue.draining = true;
            for id in queue.running() {
                if let Some(live) = queue.live(id) {
                    live.cancel.cancel();
                }
            }
        }
        while shared.queue().running().len() > 0 {
            sleep(Duration::from_millis(10)).await;
        }
    }
}

fn not_found(id: &JobId) -> JobError {
    JobError::NotFound { id: id.to_string() }
}
