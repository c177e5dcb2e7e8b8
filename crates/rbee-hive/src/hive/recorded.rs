use std::{sync::Arc, time::Duration};

use rbee_hive_worker_catalog::{
    Event, JobId, JobState, Outcome, Reporter, WorkerBinary, parse_frames,
};
use tokio::time::sleep;

use crate::{
    error::Error,
    jobs::{JobError, Operation, Recorder, Records},
    watch::{Interrupts, Watch},
};

/// How often it is looked whether another process has written more.
const LOOK: Duration = Duration::from_millis(100);
/// As much of a log is read at once.
const CHUNK: usize = 64 * 1024;

/// Reports to the person at this machine and to the job's log.
#[derive(Debug)]
pub(super) struct Tee {
    watch: Arc<Watch>,
    recorder: Arc<Recorder>,
}

impl Reporter for Tee {
    fn report(&self, job: &JobId, event: Event) {
        self.recorder.report(job, event.clone());
        self.watch.report(job, event);
    }
}

/// Runs a job of this process so that others see it and can stop it.
pub(super) async fn record<W>(
    records: &Records,
    job: &str,
    operation: &Operation,
    watch: &Arc<Watch>,
    work: impl FnOnce(Arc<dyn Reporter>, Arc<Recorder>) -> W,
) -> Result<WorkerBinary, Error>
where
    W: Future<Output = Result<WorkerBinary, Error>>,
{
    let interrupts = Interrupts::listen(watch)?;
    let id: JobId = job.parse().map_err(rbee_hive_worker_catalog::Error::from)?;
    let recorder = Arc::new(Recorder::begin(records, id, operation, interrupts.token())?);
    let tee = Tee { watch: Arc::clone(watch), recorder: Arc::clone(&recorder) };
    let result = recorder.attend(work(Arc::new(tee), Arc::clone(&recorder))).await;
    recorder.end(&match &result {
        Ok(worker) => Outcome::Succeeded { worker: Box::new(worker.clone()) },
        Err(error) => Outcome::failed(error.kind(), error),
    });
    result
}

/// Shows the events of a job from its log, from the first to the last, whichever process writes it.
pub(super) async fn follow(
    records: &Records,
    id: &JobId,
    watch: &Watch,
) -> Result<WorkerBinary, Error> {
    let mut reader = records.reader(id);
    let mut waits = None;
    loop {
        // Asked before the log is read: the last event is written before the state is.
        records.settle_abandoned()?;
        let view = records.get(id)?.ok_or_else(|| JobError::NotFound { id: id.to_string() })?;
        loop {
            let frames = reader.read(CHUNK).map_err(JobError::file("read a job's log"))?;
            for logged in parse_frames(&frames) {
                watch.report(id, logged.event.clone());
                if let Event::Ended(outcome) = logged.event {
                    return ended(outcome);
                }
            }
            if frames.is_empty() {
                break;
            }
        }
        match view.state {
            // Its log was lost, or deleted meanwhile.
            JobState::Ended(outcome) => {
                watch.end(outcome.clone());
                return ended(outcome);
            }
            JobState::Queued if view.last_event > 1 && waits != view.reason => {
                let reason = view.reason.clone().unwrap_or_default();
                watch.report(id, Event::Waiting { reason });
                waits = view.reason;
            }
            _ => {}
        }
        sleep(LOOK).await;
    }
}

fn ended(outcome: Outcome) -> Result<WorkerBinary, Error> {
    match outcome {
        Outcome::Succeeded { worker } => Ok(*worker),
        Outcome::Failed { kind, message, causes } => {
            Err(JobError::failed(kind, message, causes).into())
        }
        Outcome::Cancelled => Err(Error::Cancelled),
    }
}
