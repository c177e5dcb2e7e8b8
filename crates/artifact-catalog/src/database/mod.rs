//! Catalogs: in `SQLite`, and in memory.
