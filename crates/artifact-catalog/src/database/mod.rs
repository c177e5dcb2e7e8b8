//! Catalogs: in `SQLite`, and in memory.

mod encoding;
mod memory;
mod rows;
mod schema;
mod sqlite;

pub use memory::MemoryCatalog;
pub use sqlite::SqliteCatalog;
