use std::sync::Arc;

use rbee_hive_worker_catalog::{
    Event, Folders, JobFilter, JobFolder, JobId, JobLock, JobLogReader, JobRecord, JobState,
    JobStore, Step, parse_frames,
};

use super::{JobError, JobProgress, JobView, reason};

/// What is recorded of jobs in a hive's folders, whichever process runs them.
#[derive(Debug, Clone)]
pub(crate) struct Records {
    pub(super) store: Arc<JobStore>,
    pub(super) folders: Folders,
}

/// What is at work and what waits: what a job that waits is told.
struct Line {
    queued: Vec<JobId>,
    running: Vec<JobRecord>,
}

/// The last progress stands within as many bytes of a log's end, or it is not worth looking for.
const NEAR_THE_END: u64 = 16 * 1024;

impl Records {
    /// The records in these folders.
    ///
    /// # Errors
    /// If the database cannot be used.
    pub(crate) fn open(folders: &Folders) -> Result<Self, JobError> {
        Ok(Self { store: Arc::new(JobStore::open(folders)?), folders: folders.clone() })
    }

    /// A job.
    ///
    /// # Errors
    /// If the records cannot be read.
    pub(crate) fn get(&self, id: &JobId) -> Result<Option<JobView>, JobError> {
        let Some(record) = self.store.get(id)? else { return Ok(None) };
        let line = if record.state.is_ended() { None } else { Some(self.line()?) };
        Ok(Some(self.view(record, line.as_ref())?))
    }

    /// Jobs, the latest first: at most `limit` of those that were submitted before `before`. And
    /// whether there are more.
    ///
    /// # Errors
    /// If the records cannot be read.
    pub(crate) fn list(
        &self,
        filter: &JobFilter,
        before: Option<&JobId>,
        limit: usize,
    ) -> Result<(Vec<JobView>, bool), JobError> {
        let mut records = self.store.list(filter, before, limit.saturating_add(1))?;
        let more = records.len() > limit;
        records.truncate(limit);
        let is_live = records.iter().any(|record| !record.state.is_ended());
        let line = if is_live { Some(self.line()?) } else { None };
        let views = records.into_iter().map(|record| self.view(record, line.as_ref()));
        Ok((views.collect::<Result<_, _>>()?, more))
    }

    /// How many jobs there are.
    ///
    /// # Errors
    /// If the records cannot be read.
    pub(crate) fn count(&self, filter: &JobFilter) -> Result<usize, JobError> {
        Ok(self.store.count(filter)?)
    }

    /// Asks a job to stop, whoever runs it. One that nobody runs or will run is over then.
    ///
    /// # Errors
    /// If there is no such job, it has ended, or the records cannot be written.
    pub(crate) fn cancel(&self, id: &JobId) -> Result<JobView, JobError> {
        let missing = || JobError::NotFound { id: id.to_string() };
        let before = self.store.get(id)?.ok_or_else(missing)?;
        if !self.store.request_cancel(id)? {
            return Err(JobError::AlreadyEnded { id: before.id });
        }
        // A daemon has those that wait in its queue, too, and looks after them itself.
        let taken = JobLock::is_queue_taken(&self.folders);
        if !before.resumable || !taken.map_err(JobError::file("look for a daemon"))? {
            self.settle(&before)?;
        }
        self.get(id)?.ok_or_else(missing)
    }

    /// A reader of a job's events.
    pub(crate) fn reader(&self, id: &JobId) -> JobLogReader {
        JobLogReader::open(&self.folder(id).events())
    }

    /// Where a job keeps its files.
    pub(super) fn folder(&self, id: &JobId) -> JobFolder {
        JobFolder::new(&self.folders, id)
    }

    fn line(&self) -> Result<Line, JobError> {
        let live = self.store.live()?;
        let (queued, running): (Vec<_>, Vec<_>) =
            live.into_iter().partition(|job| job.state == JobState::Queued);
        Ok(Line { queued: queued.into_iter().map(|job| job.id).collect(), running })
    }

    fn view(&self, record: JobRecord, line: Option<&Line>) -> Result<JobView, JobError> {
        let reading = JobError::file("read a job's log");
        let folder = self.folder(&record.id);
        let mut reader = JobLogReader::open(&folder.events());
        let last_event = reader.last().map_err(&reading)?.map_or(0, |last| last.number);
        let (mut state, mut position, mut reason, mut progress) = (record.state, None, None, None);
        match &state {
            JobState::Running { step } => {
                progress = near_the_end(&mut reader, *step).map_err(&reading)?;
                if record.resumable && !folder.is_running().map_err(&reading)? {
                    state = JobState::Queued;
                    reason = Some(reason::INTERRUPTED.to_owned());
                }
            }
            JobState::Queued => {
                if let Some(line) = line {
                    let place = line.queued.iter().position(|id| *id == record.id);
                    position = place.map(|place| place + 1);
                    let running = line.running.iter().filter(|job| job.resumable);
                    let running: Vec<_> = running.collect();
                    reason = reason::waits_for(&running, position.unwrap_or_default());
                }
            }
            JobState::Cancelling | JobState::Ended(_) => {}
        }
        Ok(JobView {
            sse_url: format!("/v1/jobs/{}/stream", record.id),
            job_id: record.id,
            operation: record.operation,
            worker_id: record.worker_id,
            state,
            position,
            reason,
            progress,
            submitted_at: record.submitted_at,
            started_at: record.started_at,
            ended_at: record.ended_at,
            attempt: record.attempt,
            last_event,
        })
    }
}

/// The last progress of a step, if it stands near the end of the log.
fn near_the_end(reader: &mut JobLogReader, step: Step) -> std::io::Result<Option<JobProgress>> {
    let bytes = reader.tail(NEAR_THE_END)?;
    let progress = parse_frames(&bytes).filter_map(|logged| match logged.event {
        Event::Progress { step: of, done, total } if of == step => {
            Some(JobProgress { step, done, total })
        }
        _ => None,
    });
    Ok(progress.last())
}
