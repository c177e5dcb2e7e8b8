use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use jiff::Timestamp;
use rbee_hive_worker_catalog::{
    CancellationToken, CatalogError, Event, Interruption, JobId, JobLock, JobLog, JobRecord,
    JobState, JobStore, Outcome, Reporter, Step,
};
use tokio::{
    task::JoinSet,
    time::{interval, sleep},
};

use super::{JobError, Operation, Records, queue::Live};

/// How often what was reported becomes readable, if it is not by itself.
const FLUSH: Duration = Duration::from_millis(50);
/// How many times that, until it is looked whether somebody wants the job to stop.
const LOOK: u32 = 4;

/// How long after an end could not be recorded it is tried again.
const AGAIN: Duration = Duration::from_secs(1);
/// As often the end is tried to be written to the log. The table has it, too.
const LOG_ATTEMPTS: u32 = 60;

/// Records one job that this process runs: its events in the log, its state in the table.
///
/// An [`Event::Ended`] that is reported is not recorded: whoever runs the job says how it ended, with
/// [`Recorder::end`], or that it was interrupted.
#[derive(Debug)]
pub(crate) struct Recorder {
    id: JobId,
    store: Arc<JobStore>,
    live: Arc<Live>,
    open: Mutex<Open>,
    /// Whether it ends with this process. Then nothing of it has to survive a power failure, and a
    /// command that finds its work done does not wait for the disk.
    passing: bool,
}

#[derive(Debug)]
struct Open {
    log: JobLog,
    /// Whether it was already said that the log cannot be written.
    failed: bool,
    lock: Option<JobLock>,
}

impl Recorder {
    /// A job that begins now, and that ends with this process.
    ///
    /// # Errors
    /// If there is a job of that name, or the records cannot be written.
    pub(crate) fn begin(
        records: &Records,
        id: JobId,
        operation: &Operation,
        cancel: CancellationToken,
    ) -> Result<Self, JobError> {
        let now = Timestamp::now();
        let live = Arc::new(Live::new(cancel, 0));
        let taken = || JobError::Request { what: format!("job {id} is running already") };
        let open = open(records, &id)?.ok_or_else(taken)?;
        records.store.insert(&JobRecord {
            id: id.clone(),
            operation: operation.name().to_owned(),
            worker_id: operation.worker_id().map(str::to_owned),
            request: request(operation)?,
            resumable: false,
            state: JobState::Running { step: Step::Resolve },
            cancel: false,
            submitted_at: now,
            started_at: Some(now),
            ended_at: None,
            attempt: 1,
            crashes: 0,
        })?;
        let (store, open) = (Arc::clone(&records.store), Mutex::new(open));
        Ok(Self { id, store, live, open, passing: true })
    }

    /// A job whose turn it is; `None` if another process runs it.
    pub(super) fn resume(
        records: &Records,
        id: &JobId,
        live: Arc<Live>,
    ) -> Result<Option<Self>, JobError> {
        let Some(open) = open(records, id)? else { return Ok(None) };
        records.store.set_running(id, &JobState::Running { step: Step::Resolve })?;
        let (id, store) = (id.clone(), Arc::clone(&records.store));
        let recorder = Self { id, store, live, open: Mutex::new(open), passing: false };
        // Before anything of it is done.
        recorder.look();
        Ok(Some(recorder))
    }

    /// What stops the job.
    pub(crate) fn token(&self) -> CancellationToken {
        self.live.cancel.clone()
    }

    /// Waits for the job's work. Meanwhile what it reports becomes readable at once, and the job is
    /// stopped when any process asks for that.
    pub(crate) async fn attend<T>(self: &Arc<Self>, work: impl Future<Output = T>) -> T {
        let recorder = Arc::clone(self);
        // A task of its own: the work may keep its thread for a while.
        let mut attendant = JoinSet::new();
        attendant.spawn(async move {
            let (mut ticks, mut count) = (interval(FLUSH), 0_u32);
            loop {
                ticks.tick().await;
                recorder.flush();
                count = (count + 1) % LOOK;
                if count == 0 {
                    recorder.look();
                }
            }
        });
        work.await
    }

    /// Ends the job. Whoever watches finds its end, and after that the channel closed.
    pub(crate) fn end(&self, outcome: &Outcome) {
        if let (_, Err(error)) = self.try_end(outcome) {
            tracing::error!(job = %self.id, %error, "failed to record the end of a job");
        }
        self.close();
    }

    /// The same, in a hive that goes on: what a full disk does not take is tried again, until there
    /// is room or the hive `is_ending`. A log that cannot be written at all is given up.
    pub(super) async fn end_patiently(&self, outcome: &Outcome, is_ending: impl Fn() -> bool) {
        for attempt in 0_u32.. {
            let (logged, recorded) = self.try_end(outcome);
            match recorded {
                Ok(()) if logged || attempt >= LOG_ATTEMPTS => break,
                Err(error) if attempt == 0 => {
                    tracing::error!(job = %self.id, %error, "failed to record the end of a job; trying again");
                }
                _ => {}
            }
            if is_ending() {
                break;
            }
            sleep(AGAIN).await;
        }
        self.close();
    }

    /// Whether the log has the end, and what became of it in the table.
    fn try_end(&self, outcome: &Outcome) -> (bool, Result<(), CatalogError>) {
        let mut open = self.open();
        let ended = open.log.append(&Event::Ended(outcome.clone())).map(drop);
        let kept = if self.passing { Ok(()) } else { open.log.sync() };
        let logged = ended.and(kept);
        let is_logged = logged.is_ok();
        open.tell(&self.id, logged);
        // What the log says is what counts, so it comes first.
        (is_logged, self.store.end(&self.id, outcome))
    }

    fn close(&self) {
        let mut open = self.open();
        self.live.publish(open.log.written());
        self.live.close();
        open.lock = None;
    }

    /// Puts the job back into the queue, for the next start to begin it again.
    pub(super) fn interrupt(&self) {
        let mut open = self.open();
        let reason = "the hive is stopped; the job begins again with its next start".to_owned();
        let told = open.log.append(&Event::Restarted { reason }).and_then(|_| open.log.sync());
        open.tell(&self.id, told);
        if let Err(error) = self.store.requeue(&self.id, Interruption::Stop) {
            tracing::error!(job = %self.id, %error, "failed to queue a job again");
        }
        drop(open);
        self.close();
    }

    /// Records what the job makes, once that is known.
    pub(crate) fn set_worker(&self, worker: &str) {
        if let Err(error) = self.store.set_worker(&self.id, worker) {
            tracing::warn!(job = %self.id, %error, "failed to record what a job makes");
        }
    }

    fn flush(&self) {
        let mut open = self.open();
        let flushed = open.log.flush().map(drop);
        open.tell(&self.id, flushed);
        self.live.publish(open.log.written());
    }

    /// Stops the job if somebody wants that.
    fn look(&self) {
        let token = &self.live.cancel;
        if !token.is_cancelled() && self.store.is_cancel_requested(&self.id).unwrap_or(false) {
            token.cancel();
        }
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reporter for Recorder {
    fn report(&self, _job: &JobId, event: Event) {
        match &event {
            Event::Ended(_) => return,
            Event::StepStarted { step } => {
                let state = JobState::Running { step: *step };
                if let Err(error) = self.store.set_running(&self.id, &state) {
                    tracing::warn!(job = %self.id, %error, "failed to record a job's step");
                }
            }
            _ => {}
        }
        let mut open = self.open();
        let appended = open.log.append(&event).map(drop);
        open.tell(&self.id, appended);
        self.live.publish(open.log.written());
    }
}

impl Open {
    /// A log that cannot be written does not stop a job.
    fn tell(&mut self, job: &JobId, result: std::io::Result<()>) {
        if let Err(error) = result
            && !std::mem::replace(&mut self.failed, true)
        {
            tracing::error!(%job, %error, "failed to write the log of a job");
        }
    }
}

fn open(records: &Records, id: &JobId) -> Result<Option<Open>, JobError> {
    let folder = records.folder(id);
    let Some(lock) = folder.lock().map_err(JobError::file("lock a job"))? else { return Ok(None) };
    let log = JobLog::open(&folder.events()).map_err(JobError::file("open a job's log"))?;
    Ok(Some(Open { log, failed: false, lock: Some(lock) }))
}

/// An operation, as the table keeps it.
pub(super) fn request(operation: &Operation) -> Result<String, JobError> {
    serde_json::to_string(operation).map_err(|error| JobError::Request { what: error.to_string() })
}
