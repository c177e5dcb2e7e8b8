use std::{
    fmt,
    marker::PhantomData,
    path::Path,
    sync::{Mutex, PoisonError},
};

use rusqlite::{Connection, Transaction};
use serde::{Serialize, de::DeserializeOwned};

use super::{
    encoding::{name_of, object_of, record_of, variant_of},
    handle::{Database, Durability},
    rows::{Entry, Failure, first, select},
};
use crate::{Artifact, ArtifactCatalog, ArtifactStatus, CatalogError, HistoryAction, HistoryEntry};

/// A catalog in a `SQLite` file, which any number of processes may use at once.
///
/// When a method returns, what it changed is on the disk.
pub struct SqliteCatalog<T> {
    database: Database,
    /// For the revision alone, once it is asked for: who asks must not wait for a long query.
    revisions: Mutex<Option<Database>>,
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
        let database = Database::open(path.as_ref())?;
        Ok(Self { database, revisions: Mutex::new(None), artifact: PhantomData })
    }

    /// The database file.
    pub fn path(&self) -> &Path {
        self.database.path()
    }

    fn read<R>(
        &self,
        action: &'static str,
        query: impl FnOnce(&Connection) -> Result<R, Failure>,
    ) -> Result<R, CatalogError> {
        self.database.read(action, query)
    }

    fn write<R>(
        &self,
        action: &'static str,
        change: impl FnOnce(&Transaction<'_>) -> Result<R, Failure>,
    ) -> Result<R, CatalogError> {
        self.database.write(action, Durability::Disk, change)
    }
}

impl<T> fmt::Debug for SqliteCatalog<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteCatalog").field("path", &self.path()).finish_non_exhaustive()
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
                // The folders may have moved since, and a repair makes a damaged one good. What is as
                // it was is not written, so that it neither waits for the disk nor is a revision.
                transaction
                    .prepare_cached(
                        "UPDATE artifact SET status = ?2, record = ?3
                         WHERE object = ?1 AND (status <> ?2 OR record <> ?3)",
                    )?
                    .execute((&object, &status, &record))?;
                if entry.active {
                    let gone = Failure::Database(rusqlite::Error::QueryReturnedNoRows);
                    return entry.artifact(transaction)?.ok_or(gone);
                }
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

    fn revision(&self) -> Result<u64, CatalogError> {
        let mut revisions = self.revisions.lock().unwrap_or_else(PoisonError::into_inner);
        let database = match revisions.take() {
            Some(database) => database,
            None => Database::open(self.path())?,
        };
        revisions.insert(database).read("read its revision", |connection| {
            let mut query = connection.prepare_cached("SELECT number FROM revision")?;
            let number: i64 = query.query_row([], |row| row.get(0))?;
            Ok(number.unsigned_abs())
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
