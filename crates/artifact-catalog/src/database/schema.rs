use std::{
    os::unix::fs::DirBuilderExt as _,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use rusqlite::{Connection, ErrorCode, TransactionBehavior};

use crate::CatalogError;

/// How long a statement waits for another process's transaction. Transactions take milliseconds;
/// this is for a disk that stalls.
const PATIENCE: Duration = Duration::from_secs(30);

/// What brings a database from one version to the next. The version is the number of entries that
/// were applied: append to this list, and never change an entry that was released.
const MIGRATIONS: &[&str] = &[
    "
    CREATE TABLE artifact (
        sequence   INTEGER PRIMARY KEY AUTOINCREMENT,
        object     TEXT NOT NULL UNIQUE,
        id         TEXT NOT NULL,
        slot       TEXT NOT NULL,
        action_key TEXT,
        status     TEXT NOT NULL,
        active     INTEGER NOT NULL CHECK (active IN (0, 1)),
        record     TEXT NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX artifact_one_active_in_a_slot ON artifact (slot) WHERE active = 1;
    CREATE INDEX artifact_slot ON artifact (slot, sequence);
    CREATE INDEX artifact_id ON artifact (id);
    CREATE INDEX artifact_action_key ON artifact (action_key);

    CREATE TABLE history (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        id     TEXT NOT NULL,
        slot   TEXT NOT NULL,
        object TEXT NOT NULL,
        action TEXT NOT NULL,
        at     TEXT NOT NULL
    ) STRICT;
    CREATE INDEX history_slot ON history (slot, number);
    CREATE TRIGGER history_is_never_changed BEFORE UPDATE ON history
        BEGIN SELECT RAISE(ABORT, 'the history is append-only'); END;
    CREATE TRIGGER history_is_never_cut BEFORE DELETE ON history
        BEGIN SELECT RAISE(ABORT, 'the history is append-only'); END;
",
    "
    CREATE TABLE revision (number INTEGER NOT NULL) STRICT;
    INSERT INTO revision VALUES (0);
    CREATE TRIGGER revision_after_insert AFTER INSERT ON artifact
        BEGIN UPDATE revision SET number = number + 1; END;
    CREATE TRIGGER revision_after_update AFTER UPDATE ON artifact
        BEGIN UPDATE revision SET number = number + 1; END;
    CREATE TRIGGER revision_after_delete AFTER DELETE ON artifact
        BEGIN UPDATE revision SET number = number + 1; END;
",
    "
    CREATE TABLE job (
        sequence   INTEGER PRIMARY KEY AUTOINCREMENT,
        id         TEXT NOT NULL UNIQUE,
        operation  TEXT NOT NULL,
        worker     TEXT,
        request    TEXT NOT NULL,
        resumable  INTEGER NOT NULL CHECK (resumable IN (0, 1)),
        state      TEXT NOT NULL,
        detail     TEXT NOT NULL,
        cancel     INTEGER NOT NULL DEFAULT 0 CHECK (cancel IN (0, 1)),
        attempt    INTEGER NOT NULL,
        submitted  TEXT NOT NULL,
        started    TEXT,
        ended      TEXT
    ) STRICT;
    CREATE INDEX job_state ON job (state, sequence);
    CREATE TRIGGER job_ends_once BEFORE UPDATE OF state, detail, cancel ON job
        WHEN old.state = 'ended'
        BEGIN SELECT RAISE(ABORT, 'the job has ended'); END;
",
    "
    ALTER TABLE job ADD COLUMN crashes INTEGER NOT NULL DEFAULT 0;
",
];

/// A connection to the database at this path, created and brought up to date if need be.
pub(super) fn open(path: &Path) -> Result<Connection, CatalogError> {
    if let Some(folder) = path.parent()
        && !folder.is_dir()
    {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(|cause| {
            let named = format!("failed to create {}: {cause}", folder.display());
            CatalogError::Folder(std::io::Error::new(cause.kind(), named))
        })?;
    }
    let failed =
        |action| move |source| CatalogError::Database { path: path.to_owned(), action, source };
    let mut connection = Connection::open(path).map_err(failed("open"))?;
    configure(&connection).map_err(failed("take its settings"))?;
    migrate(&mut connection, path, MIGRATIONS)?;
    Ok(connection)
}

/// Write-ahead log, so that readers never wait for a writer; every commit reaches the disk.
fn configure(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(PATIENCE)?;
    let give_up = Instant::now() + PATIENCE;
    // Two processes that create the database at once both want to change its journal mode, and
    // SQLite answers one of them "busy" without waiting, lest they wait for each other.
    loop {
        match write_ahead(connection) {
            Err(error) if is_busy(&error) && Instant::now() < give_up => {
                thread::sleep(Duration::from_millis(5));
            }
            done => break done?,
        }
    }
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)
}

fn write_ahead(connection: &Connection) -> rusqlite::Result<()> {
    let mode: String = connection.pragma_query_value(None, "journal_mode", |row| row.get(0))?;
    if mode != "wal" {
        connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
    }
    Ok(())
}

fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

fn migrate(
    connection: &mut Connection,
    path: &Path,
    migrations: &[&str],
) -> Result<(), CatalogError> {
    let failed =
        |source| CatalogError::Database { path: path.to_owned(), action: "migrate", source };
    let known = u32::try_from(migrations.len()).unwrap_or(u32::MAX);
    let outdated = |found: u32| match found {
        found if found > known => {
            Err(CatalogError::FutureVersion { path: path.to_owned(), found, known })
        }
        found => Ok(found < known),
    };
    if !outdated(version(connection).map_err(failed)?)? {
        return Ok(());
    }
    let transaction =
        connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
    // Another process may have migrated while this one waited for the transaction.
    let found = version(&transaction).map_err(failed)?;
    if outdated(found)? {
        for step in migrations.iter().skip(found as usize) {
            transaction.execute_batch(step).map_err(failed)?;
        }
        transaction.pragma_update(None, "user_version", known).map_err(failed)?;
    }
    transaction.commit().map_err(failed)
}

fn version(connection: &Connection) -> rusqlite::Result<u32> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: &str = "CREATE TABLE a (x TEXT) STRICT;";
    const SECOND: &str = "ALTER TABLE a ADD COLUMN y TEXT NOT NULL DEFAULT 'new';";

    fn at(folder: &tempfile::TempDir) -> std::path::PathBuf {
        folder.path().join("catalog.db")
    }

    #[test]
    fn an_old_database_is_brought_up_to_date_and_keeps_its_rows() {
        let folder = tempfile::tempdir().unwrap();
        let mut old = Connection::open(at(&folder)).unwrap();
        migrate(&mut old, &at(&folder), &[FIRST]).unwrap();
        old.execute("INSERT INTO a VALUES ('kept')", []).unwrap();

        let mut new = Connection::open(at(&folder)).unwrap();
        migrate(&mut new, &at(&folder), &[FIRST, SECOND]).unwrap();
        migrate(&mut new, &at(&folder), &[FIRST, SECOND]).unwrap();
        assert_eq!(version(&new).unwrap(), 2);
        let row = new.query_row("SELECT x || y FROM a", [], |row| row.get::<_, String>(0));
        assert_eq!(row.unwrap(), "keptnew");
    }

    #[test]
    fn a_migration_that_fails_leaves_the_old_version() {
        let folder = tempfile::tempdir().unwrap();
        let mut connection = Connection::open(at(&folder)).unwrap();
        migrate(&mut connection, &at(&folder), &[FIRST]).unwrap();
        let broken = &[FIRST, SECOND, "CREATE TABLE a (x TEXT);"];
        assert!(migrate(&mut connection, &at(&folder), broken).is_err());
        assert_eq!(version(&connection).unwrap(), 1);
        assert!(connection.prepare("SELECT y FROM a").is_err());
    }

    #[test]
    fn a_database_of_a_later_release_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        open(&at(&folder)).unwrap().pragma_update(None, "user_version", 99).unwrap();
        let error = open(&at(&folder)).unwrap_err();
        assert!(matches!(error, CatalogError::FutureVersion { found: 99, .. }), "{error}");
        assert!(error.to_string().contains("use the newer rbee-hive"), "{error}");
    }

    #[test]
    fn commits_reach_the_disk() {
        let folder = tempfile::tempdir().unwrap();
        let connection = open(&at(&folder)).unwrap();
        let pragma =
            |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).unwrap();
        assert_eq!((pragma("synchronous"), pragma("foreign_keys")), (2, 1));
        assert!(connection.path().is_some_and(|_| at(&folder).with_extension("db-wal").exists()));
    }
}
