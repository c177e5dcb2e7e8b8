//! The hive as a service: what `serve` runs.
//!
//! Everything is behind one router, which tests call without a socket.

mod access;
pub(crate) mod api;
mod catalogs;
pub(crate) mod listen;
pub(crate) mod operations;
mod router;
mod run;
mod settings;
mod state;
#[cfg(test)]
mod tests;

pub(crate) use api::{ApiError, ApiErrorKind};
pub(crate) use catalogs::Catalogs;
pub(crate) use router::router;
pub(crate) use run::run;
pub(crate) use settings::{Settings, SocketFile, TlsFiles};
pub(crate) use state::Daemon;
