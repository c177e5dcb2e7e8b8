use std::fmt::Write as _;

use jiff::Timestamp;
use rusqlite::{Row, ToSql};

use super::{JobFilter, JobId, JobRecord, JobState};
use crate::{CatalogError, database::Failure};

/// What [`record`] reads, in its order.
pub(super) const COLUMNS: &str = "id, operation, worker, request, resumable, detail, cancel, attempt, \
                       submitted, started, ended, crashes";

/// What follows `WHERE`, with the values of its question marks.
pub(super) fn conditions(filter: &JobFilter) -> (String, Vec<Box<dyn ToSql>>) {
    let (mut clause, mut values) = ("1".to_owned(), Vec::<Box<dyn ToSql>>::new());
    if !filter.states.is_empty() {
        let marks = vec!["?"; filter.states.len()].join(", ");
        let _ = write!(clause, " AND state IN ({marks})");
        values.extend(filter.states.iter().map(|state| Box::new(state.clone()) as _));
    }
    if let Some(worker) = &filter.worker {
        clause.push_str(
            " AND (worker = ? OR substr(worker, 1, length(?) + 1) IN (? || ':', ? || '@'))",
        );
        values.extend((0..4).map(|_| Box::new(worker.clone()) as _));
    }
    if let Some(operation) = &filter.operation {
        clause.push_str(" AND operation = ?");
        values.push(Box::new(operation.clone()));
    }
    (clause, values)
}

/// The job of a row of [`COLUMNS`].
pub(super) fn record(row: &Row<'_>) -> Result<JobRecord, Failure> {
    let id: String = row.get(0)?;
    let unreadable = |source| CatalogError::Record { object: format!("job {id}"), source };
    let time = |column| -> Result<Option<Timestamp>, Failure> {
        let text: Option<String> = row.get(column)?;
        let parsed = text.map(|text| serde_json::from_value(text.into())).transpose();
        Ok(parsed.map_err(unreadable)?)
    };
    let detail: String = row.get(5)?;
    Ok(JobRecord {
        id: serde_json::from_value(id.clone().into()).map_err(unreadable)?,
        operation: row.get(1)?,
        worker_id: row.get(2)?,
        request: row.get(3)?,
        resumable: row.get(4)?,
        state: serde_json::from_str(&detail).map_err(unreadable)?,
        cancel: row.get(6)?,
        attempt: row.get(7)?,
        submitted_at: time(8)?.unwrap_or(Timestamp::UNIX_EPOCH),
        started_at: time(9)?,
        ended_at: time(10)?,
        crashes: row.get(11)?,
    })
}

/// A state, as the table keeps it.
pub(super) fn encode(id: &JobId, state: &JobState) -> Result<String, CatalogError> {
    let unwritable = |source| CatalogError::Record { object: format!("job {id}"), source };
    serde_json::to_string(state).map_err(unwritable)
}
