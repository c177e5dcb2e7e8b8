use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, params_from_iter};

use super::{
    JobFilter, JobId, JobRecord, JobState, Outcome,
    rows::{COLUMNS, conditions, encode, record},
};
use crate::{
    CatalogError, Folders,
    database::{Database, Durability},
};

/// The jobs of a hive, in a table that every process of the hive reads and writes.
///
/// A job ends once; after that its row does not change. The order of jobs is that in which they were
/// submitted.
#[derive(Debug)]
pub struct JobStore {
    database: Database,
}

/// How a job was interrupted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interruption {
    /// The hive was stopped.
    Stop,
    /// The hive ended without a word.
    Crash,
}

impl JobStore {
    /// Opens the table, created if it is missing.
    ///
    /// # Errors
    /// If the database cannot be used.
    pub fn open(folders: &Folders) -> Result<Self, CatalogError> {
        Ok(Self { database: Database::open(&folders.catalog())? })
    }

    /// Adds a job. One that runs again after an interruption is on the disk when this returns.
    ///
    /// # Errors
    /// If there is a job of that name, or the database refuses.
    pub fn insert(&self, job: &JobRecord) -> Result<(), CatalogError> {
        let detail = encode(&job.id, &job.state)?;
        let durability = if job.resumable { Durability::Disk } else { Durability::Soon };
        self.database.write("add a job", durability, |transaction| {
            transaction
                .prepare_cached(
                    "INSERT INTO job (id, operation, worker, request, resumable, state, detail,
                                      cancel, attempt, submitted, started, ended, crashes)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
                )?
                .execute((
                    job.id.as_str(),
                    &job.operation,
                    &job.worker_id,
                    &job.request,
                    job.resumable,
                    job.state.as_str(),
                    &detail,
                    job.cancel,
                    job.attempt,
                    job.submitted_at.to_string(),
                    job.started_at.map(|at| at.to_string()),
                    job.ended_at.map(|at| at.to_string()),
                    job.crashes,
                ))?;
            Ok(())
        })
    }

    /// A job.
    ///
    /// # Errors
    /// If the database refuses.
    pub fn get(&self, id: &JobId) -> Result<Option<JobRecord>, CatalogError> {
        self.database.read("look a job up", |connection| {
            let sql = format!("SELECT {COLUMNS} FROM job WHERE id = ?1");
            let mut query = connection.prepare_cached(&sql)?;
            query.query_row([id.as_str()], |row| Ok(record(row))).optional()?.transpose()
        })
    }

    /// Jobs, the latest first: at most `limit`, of those that were submitted before `before`.
    ///
    /// # Errors
    /// If the database refuses.
    pub fn list(
        &self,
        filter: &JobFilter,
        before: Option<&JobId>,
        limit: usize,
    ) -> Result<Vec<JobRecord>, CatalogError> {
        self.database.read("list the jobs", |connection| {
            let (mut clause, mut values) = conditions(filter);
            if let Some(before) = before {
                clause.push_str(" AND sequence < (SELECT sequence FROM job WHERE id = ?)");
                values.push(Box::new(before.as_str().to_owned()));
            }
            values.push(Box::new(i64::try_from(limit).unwrap_or(i64::MAX)));
            let sql =
                format!("SELECT {COLUMNS} FROM job WHERE {clause} ORDER BY sequence DESC LIMIT ?");
            let mut query = connection.prepare_cached(&sql)?;
            let mut rows = query.query(params_from_iter(values))?;
            let mut jobs = Vec::new();
            while let Some(row) = rows.next()? {
                jobs.push(record(row)?);
            }
            Ok(jobs)
        })
    }

    /// How many jobs there are.
    ///
    /// # Errors
    /// If the database refuses.
    pub fn count(&self, filter: &JobFilter) -> Result<usize, CatalogError> {
        self.database.read("count the jobs", |connection| {
            let (clause, values) = conditions(filter);
            let sql = format!("SELECT count(*) FROM job WHERE {clause}");
            let mut query = connection.prepare_cached(&sql)?;
            let count: i64 = query.query_row(params_from_iter(values), |row| row.get(0))?;
            Ok(usize::try_from(count).unwrap_or_default())
        })
    }

    /// Jobs that are not over, in their order.
    ///
    /// # Errors
    /// If the database refuses.
    pub fn live(&self) -> Result<Vec<JobRecord>, CatalogError> {
        let states = ["queued", "running", "cancelling"].map(str::to_owned).to_vec();
        let filter = JobFilter { states, ..JobFilter::default() };
        let mut jobs = self.list(&filter, None, usize::MAX)?;
        jobs.reverse();
        Ok(jobs)
    }

    /// Puts a job that runs at another step. One that was asked to stop stays so.
    ///
    /// # Errors
    /// If the database refuses.
    pub fn set_running(&self, id: &JobId, state: &JobState) -> Result<(), CatalogError> {
        let detail = encode(id, state)?;
        self.database.write("record a job's step", Durability::Soon, |transaction| {
            transaction
                .prepare_cached(
                    "UPDATE job SET state = ?2, detail = ?3, started = coalesce(started, ?4)
                     WHERE id = ?1 AND cancel = 0 AND state <> 'ended'",
                )?
                .execute((id.as_str(), state.as_str(), &detail, Timestamp::now().to_string()))?;
            Ok(())
        })
    }

    /// Puts a job that was interrupted back to where it waits for its turn.
    ///
    /// # Errors
    /// If the database refuses.
    pub fn requeue(&self, id: &JobId, interruption: Interruption) -> Result<(), CatalogError> {
        let detail = encode(id, &JobState::Queued)?;
        let crashed = interruption == Interruption::Crash;
        self.database.write("queue a job again", Durability::Disk, |transaction| {
            transaction
                .prepare_cached(
                    "UPDATE job SET state = 'queued', detail = ?2, started = NULL,
                                    attempt = attempt + 1, crashes = crashes + ?3
                     WHERE id = ?1 AND state <> 'ended' AND cancel = 0",
                )?
                .execute((id.as_str(), &detail, crashed))?;
            Ok(())
        })
    }

    /// Records what a job makes, once that is known.
    ///
    /// # Errors
    /// If the database refuses.
    pub fn set_worker(&self, id: &JobId, worker: &str) -> Result<(), CatalogError> {
        self.database.write("record what a job makes", Durability::Soon, |transaction| {
            transaction
                .prepare_cached("UPDATE job SET worker = ?2 WHERE id = ?1")?
                .execute((id.as_str(), worker))?;
            Ok(())
        })
    }

    /// Ends a job. Its log has to say so first: what it says is what counts after a crash.
    ///
    /// # Errors
    /// If the database refuses.
    pub fn end(&self, id: &JobId, outcome: &Outcome) -> Result<(), CatalogError> {
        let detail = encode(id, &JobState::Ended(outcome.clone()))?;
        let made = match outcome {
            Outcome::Succeeded { worker } => Some(&worker.id),
            Outcome::Failed { .. } | Outcome::Cancelled => None,
        };
        self.database.write("record a job's end", Durability::Soon, |transaction| {
            transaction
                .prepare_cached(
                    "UPDATE job SET state = 'ended', detail = ?2, ended = ?3,
                                    worker = coalesce(?4, worker)
                     WHERE id = ?1 AND state <> 'ended'",
                )?
                .execute((id.as_str(), &detail, Timestamp::now().to_string(), made))?;
            Ok(())
        })
    }

    /// Asks a job to stop; whoever runs it looks for that. Returns whether there was such a job and
    /// it was not over.
    ///
    /// # Errors
    /// If the database refuses.
    pub fn request_cancel(&self, id: &JobId) -> Result<bool, CatalogError> {
        let detail = encode(id, &JobState::Cancelling)?;
        self.database.write("cancel a job", Durability::Disk, |transaction| {
            let changed = transaction
                .prepare_cached(
                    "UPDATE job SET cancel = 1, state = 'cancelling', detail = ?2
                     WHERE id = ?1 AND state <> 'ended'",
                )?
                .execute((id.as_str(), &detail))?;
            Ok(changed > 0)
        })
    }

    /// Whether a job was asked to stop.
    ///
    /// # Errors
    /// If the database refuses.
    pub fn is_cancel_requested(&self, id: &JobId) -> Result<bool, CatalogError> {
        self.database.read("look a job up", |connection| {
            let mut query = connection.prepare_cached("SELECT cancel FROM job WHERE id = ?1")?;
            Ok(query.query_row([id.as_str()], |row| row.get(0)).optional()?.unwrap_or(false))
        })
    }

    /// Forgets a job that is over.
    ///
    /// # Errors
    /// If the database refuses.
    pub fn remove(&self, id: &JobId) -> Result<(), CatalogError> {
        self.database.write("forget a job", Durability::Soon, |transaction| {
            transaction
                .prepare_cached("DELETE FROM job WHERE id = ?1 AND state = 'ended'")?
                .execute([id.as_str()])?;
            Ok(())
        })
    }
}
