use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Params, Transaction};
use serde::de::DeserializeOwned;

use super::encoding::{artifact_of, name_of, variant_of};
use crate::{Artifact, CatalogError, HistoryAction};

/// Why a query could not be answered, before it is known which file and action it was about.
pub(crate) enum Failure {
    Database(rusqlite::Error),
    Catalog(CatalogError),
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error)
    }
}

impl From<CatalogError> for Failure {
    fn from(error: CatalogError) -> Self {
        Self::Catalog(error)
    }
}

/// A row without its record: what a transaction decides by.
pub(super) struct Entry {
    pub(super) sequence: i64,
    object: String,
    id: String,
    pub(super) slot: String,
    pub(super) active: bool,
}

impl Entry {
    pub(super) fn new(object: &str, artifact: &impl Artifact) -> Self {
        Self {
            sequence: 0,
            object: object.to_owned(),
            id: artifact.id().to_owned(),
            slot: artifact.slot().to_owned(),
            active: false,
        }
    }

    pub(super) fn find(connection: &Connection, object: &str) -> Result<Option<Self>, Failure> {
        Self::one(connection, "WHERE object = ?1", [object])
    }

    pub(super) fn one(
        connection: &Connection,
        which: &str,
        parameters: impl Params,
    ) -> Result<Option<Self>, Failure> {
        let entry = connection
            .prepare_cached(&format!(
                "SELECT sequence, object, id, slot, active FROM artifact {which}"
            ))?
            .query_row(parameters, |row| {
                Ok(Self {
                    sequence: row.get(0)?,
                    object: row.get(1)?,
                    id: row.get(2)?,
                    slot: row.get(3)?,
                    active: row.get(4)?,
                })
            })
            .optional()?;
        Ok(entry)
    }

    pub(super) fn artifact<T>(&self, connection: &Connection) -> Result<Option<T>, Failure>
    where
        T: Artifact + DeserializeOwned,
    {
        select(connection, "WHERE object = ?1", [&self.object]).map(first)
    }

    /// Makes this the active one of its slot, the one before it first, since the index allows no
    /// two even for a moment.
    pub(super) fn activate<T>(
        &self,
        transaction: &Transaction<'_>,
        action: HistoryAction,
    ) -> Result<T, Failure>
    where
        T: Artifact + DeserializeOwned,
    {
        transaction
            .prepare_cached("UPDATE artifact SET active = 0 WHERE slot = ?1 AND active = 1")?
            .execute([&self.slot])?;
        transaction
            .prepare_cached("UPDATE artifact SET active = 1 WHERE object = ?1")?
            .execute([&self.object])?;
        self.note(transaction, action)?;
        self.artifact(transaction)?.ok_or(Failure::Database(rusqlite::Error::QueryReturnedNoRows))
    }

    pub(super) fn note(
        &self,
        transaction: &Transaction<'_>,
        action: HistoryAction,
    ) -> Result<(), Failure> {
        transaction
            .prepare_cached(
                "INSERT INTO history (id, slot, object, action, at) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute((
                &self.id,
                &self.slot,
                &self.object,
                name_of(&self.object, action)?,
                name_of(&self.object, Timestamp::now())?,
            ))?;
        Ok(())
    }
}

/// The artifacts of these rows. The columns win over what the record said when it was written.
pub(super) fn select<T>(
    connection: &Connection,
    which: &str,
    parameters: impl Params,
) -> Result<Vec<T>, Failure>
where
    T: Artifact + DeserializeOwned,
{
    let mut query = connection
        .prepare_cached(&format!("SELECT object, record, status, active FROM artifact {which}"))?;
    let mut rows = query.query(parameters)?;
    let mut artifacts = Vec::new();
    while let Some(row) = rows.next()? {
        let object: String = row.get(0)?;
        let mut artifact: T = artifact_of(&object, row.get_ref(1)?.as_str().unwrap_or_default())?;
        artifact.set_status(variant_of(&object, row.get(2)?)?);
        artifact.set_active(row.get(3)?);
        artifacts.push(artifact);
    }
    Ok(artifacts)
}

pub(super) fn first<T>(artifacts: Vec<T>) -> Option<T> {
    artifacts.into_iter().next()
}
