//! Catalogs: in `SQLite`, and in memory.

mod encoding;
mod handle;
mod memory;
mod rows;
mod schema;
mod sqlite;

pub use memory::MemoryCatalog;
pub use sqlite::SqliteCatalog;

pub(crate) use handle::{Database, Durability};
pub(crate) use rows::Failure;
