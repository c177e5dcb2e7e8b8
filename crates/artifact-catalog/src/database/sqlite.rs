use std::{
    fmt,
    marker::PhantomData,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Params, Transaction, TransactionBehavior};
use serde::{Serialize, de::DeserializeOwned};

use super::{
    encoding::{artifact_of, name_of, object_of, record_of, variant_of},
    schema,
};
use crate::{Artifact, ArtifactCatalog, ArtifactStatus, CatalogError, HistoryAction, HistoryEntry};

/// A catalog in a `SQLite` file, which any number of processes may use at once.
///
/// Each handle has one connection behind a mutex: a query takes microseconds, so a pool would gain
/// nothing. Every change is one `BEGIN IMMEDIATE` transaction, which waits for the writers before
/// it instead of failing when it finds that it cannot be upgraded; readers wait for nobody. When a
/// method returns, what it changed is on the disk.
pub struct SqliteCatalog<T> {
    path: PathBuf,
    connection: Mutex<Connection>,
    artifact: PhantomData<fn() -> T>,
}

impl<T> SqliteCatalog<T> {
    /// Opens the catalog at this path. The file and its folder are created if they are missing, and
    /// a file that an earlier release wrote is brought up to date.
    ///
    /// # Errors
    /// [`CatalogError::FutureVersion`] if a later release wrote it; otherwise if the file cannot be
    /// used.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, CatalogError> {
        let path = path.as_ref().to_owned();
        let connection = Mutex::new(schema::open(&path)?);
        Ok(Self { path, connection, artifact: PhantomData })
    }

    /// The database file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A panic elsewhere rolled its transaction back, so the connection is good after it too.
    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read<R>(
        &self,
        action: &'static str,
        query: impl FnOnce(&Connection) -> Result<R, Failure>,
    ) -> Result<R, CatalogError> {
        query(&self.connection()).map_err(|failure| self.explain(action, failure))
    }

    fn write<R>(
        &self,
        action: &'static str,
        change: impl FnOnce(&Transaction<'_>) -> Result<R, Failure>,
    ) -> Result<R, CatalogError> {
        let mut connection = self.connection();
        let all = |connection: &mut Connection| {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let result = change(&transaction)?;
            transaction.commit()?;
            Ok(result)
        };
        all(&mut connection).map_err(|failure| self.explain(action, failure))
    }

    fn explain(&self, action: &'static str, failure: Failure) -> CatalogError {
        match failure {
            Failure::Database(source) => {
                CatalogError::Database { path: self.path.clone(), action, source }
            }
            Failure::Catalog(error) => error,
        }
    }
}

impl<T> fmt::Debug for SqliteCatalog<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteCatalog").field("path", &self.path).finish_non_exhaustive()
    }
}

impl<T> ArtifactCatalog<T> for SqliteCatalog<T>
where
    T: Artifact + Serialize + DeserializeOwned + Send + Sync,
{
    fn add(&self, artifact: T) -> Result<T, CatalogError> {
        let object = object_of(&artifact)?;
        let record = record_of(&object, &artifact)?;
        let status = name_of(&object, artifact.status())?;
        self.write("record an artifact", |transaction| {
            if let Some(entry) = Entry::find(transaction, &object)? {
                transaction
                    .prepare_cached("UPDATE artifact SET status = ?2 WHERE object = ?1")?
                    .execute((&object, &status))?;
                return entry.activate(transaction, HistoryAction::Activated);
            }
            transaction
                .prepare_cached(
                    "INSERT INTO artifact (object, id, slot, action_key, status, active, record)
                     VALUES (?1, ?2, ?3, ?4, ?5, 0, ?6)",
                )?
                .execute((
                    &object,
                    artifact.id(),
                    artifact.slot(),
                    artifact.action_key(),
                    &status,
                    &record,
                ))?;
            let entry = Entry::new(&object, &artifact);
            entry.activate(transaction, HistoryAction::Installed)
        })
    }

    fn get(&self, id: &str) -> Result<Option<T>, CatalogError> {
        self.read("look an artifact up", |connection| {
            select(connection, "WHERE id = ?1 ORDER BY active DESC, sequence DESC LIMIT 1", [id])
        })
        .map(first)
    }

    fn list(&self) -> Result<Vec<T>, CatalogError> {
        self.read("list the artifacts", |connection| {
            select(connection, "ORDER BY slot, sequence DESC", [])
        })
    }

    fn remove(&self, object: &str) -> Result<Option<T>, CatalogError> {
        self.write("remove an artifact", |transaction| {
            let Some(entry) = Entry::find(transaction, object)? else { return Ok(None) };
            let removed: Option<T> = entry.artifact(transaction)?;
            transaction
                .prepare_cached("DELETE FROM artifact WHERE object = ?1")?
                .execute([object])?;
            entry.note(transaction, HistoryAction::Removed)?;
            if entry.active {
                let earlier = "WHERE slot = ?1 ORDER BY sequence < ?2 DESC, sequence DESC LIMIT 1";
                let heir = Entry::one(transaction, earlier, (&entry.slot, entry.sequence))?;
                if let Some(heir) = heir {
                    heir.activate::<T>(transaction, HistoryAction::Activated)?;
                }
            }
            Ok(removed)
        })
    }

    fn contains(&self, id: &str) -> Result<bool, CatalogError> {
        self.read("look an artifact up", |connection| {
            let mut query = connection.prepare_cached("SELECT 1 FROM artifact WHERE id = ?1")?;
            Ok(query.exists([id])?)
        })
    }

    fn len(&self) -> Result<usize, CatalogError> {
        self.read("count the artifacts", |connection| {
            let mut query = connection.prepare_cached("SELECT count(*) FROM artifact")?;
            let count: i64 = query.query_row([], |row| row.get(0))?;
            Ok(usize::try_from(count).unwrap_or_default())
        })
    }

    fn find_by_action_key(&self, key: &str) -> Result<Option<T>, CatalogError> {
        self.read("look an action key up", |connection| {
            select(connection, "WHERE action_key = ?1 ORDER BY sequence DESC LIMIT 1", [key])
        })
        .map(first)
    }

    fn find_by_object(&self, object: &str) -> Result<Option<T>, CatalogError> {
        self.read("look an object up", |connection| {
            select(connection, "WHERE object = ?1", [object])
        })
        .map(first)
    }

    fn activate(&self, object: &str, action: HistoryAction) -> Result<Option<T>, CatalogError> {
        self.write("activate an artifact", |transaction| match Entry::find(transaction, object)? {
            Some(entry) => entry.activate(transaction, action).map(Some),
            None => Ok(None),
        })
    }

    fn rollback(&self, slot: &str) -> Result<Option<T>, CatalogError> {
        self.write("roll back", |transaction| {
            let before = "WHERE slot = ?1 AND sequence < (
                              SELECT sequence FROM artifact WHERE slot = ?1 AND active = 1
                          ) ORDER BY sequence DESC LIMIT 1";
            match Entry::one(transaction, before, [slot])? {
                Some(entry) => entry.activate(transaction, HistoryAction::RolledBack).map(Some),
                None => Ok(None),
            }
        })
    }

    fn set_status(&self, object: &str, status: ArtifactStatus) -> Result<(), CatalogError> {
        let status = name_of(object, status)?;
        self.write("record a verification", |transaction| {
            transaction
                .prepare_cached("UPDATE artifact SET status = ?2 WHERE object = ?1")?
                .execute((object, &status))?;
            Ok(())
        })
    }

    fn history(&self, slot: &str) -> Result<Vec<HistoryEntry>, CatalogError> {
        self.read("read the history", |connection| {
            let mut query = connection.prepare_cached(
                "SELECT number, id, slot, object, action, at FROM history
                 WHERE slot = ?1 ORDER BY number DESC",
            )?;
            let mut rows = query.query([slot])?;
            let mut history = Vec::new();
            while let Some(row) = rows.next()? {
                let object: String = row.get(3)?;
                history.push(HistoryEntry {
                    number: row.get::<_, i64>(0)?.unsigned_abs(),
                    id: row.get(1)?,
                    slot: row.get(2)?,
                    action: variant_of(&object, row.get(4)?)?,
                    at: variant_of(&object, row.get(5)?)?,
                    object,
                });
            }
            Ok(history)
        })
    }
}

/// Why a query could not be answered, before it is known which file and action it was about.
enum Failure {
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
struct Entry {
    sequence: i64,
    object: String,
    id: String,
    slot: String,
    active: bool,
}

impl Entry {
    fn new(object: &str, artifact: &impl Artifact) -> Self {
        Self {
            sequence: 0,
            object: object.to_owned(),
            id: artifact.id().to_owned(),
            slot: artifact.slot().to_owned(),
            active: false,
        }
    }

    fn find(connection: &Connection, object: &str) -> Result<Option<Self>, Failure> {
        Self::one(connection, "WHERE object = ?1", [object])
    }

    fn one(
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

    fn artifact<T>(&self, connection: &Connection) -> Result<Option<T>, Failure>
    where
        T: Artifact + DeserializeOwned,
    {
        select(connection, "WHERE object = ?1", [&self.object]).map(first)
    }

    /// Makes this the active one of its slot, the one before it first, since the index allows no
    /// two even for a moment.
    fn activate<T>(
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

    fn note(&self, transaction: &Transaction<'_>, action: HistoryAction) -> Result<(), Failure> {
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
fn select<T>(
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

fn first<T>(artifacts: Vec<T>) -> Option<T> {
    artifacts.into_iter().next()
}
