use std::{
    fmt,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::{rows::Failure, schema};
use crate::CatalogError;

/// The database file, through one connection behind a mutex: a query takes microseconds, so a pool
/// would gain nothing. Every change is one `BEGIN IMMEDIATE` transaction, which waits for the
/// writers before it instead of failing when it finds that it cannot be upgraded; readers wait for
/// nobody.
pub(crate) struct Database {
    path: PathBuf,
    connection: Mutex<Connection>,
}

/// What a change is worth when the power fails. A process that is killed loses neither.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// It is on the disk when the call returns.
    Disk,
    /// It reaches the disk in a while, and in order.
    Soon,
}

impl Database {
    /// Opens the file, created if it is missing and brought up to date if an earlier release wrote
    /// it.
    pub(crate) fn open(path: &Path) -> Result<Self, CatalogError> {
        let connection = Mutex::new(schema::open(path)?);
        Ok(Self { path: path.to_owned(), connection })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// A panic elsewhere rolled its transaction back, so the connection is good after it too.
    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn read<R>(
        &self,
        action: &'static str,
        query: impl FnOnce(&Connection) -> Result<R, Failure>,
    ) -> Result<R, CatalogError> {
        query(&self.connection()).map_err(|failure| self.explain(action, failure))
    }

    pub(crate) fn write<R>(
        &self,
        action: &'static str,
        durability: Durability,
        change: impl FnOnce(&Transaction<'_>) -> Result<R, Failure>,
    ) -> Result<R, CatalogError> {
        let mut connection = self.connection();
        let all = |connection: &mut Connection| {
            // With a write-ahead log, NORMAL leaves out only the wait for the disk at each commit.
            let synchronous = match durability {
                Durability::Disk => "FULL",
                Durability::Soon => "NORMAL",
            };
            connection.pragma_update(None, "synchronous", synchronous)?;
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

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database").field("path", &self.path).finish_non_exhaustive()
    }
}
