//! The hive as a service: what `serve` runs.
//!
//! Everything is behind one router, which tests call without a socket.

mod api;
mod catalogs;
mod router;
mod state;
#[cfg(test)]
mod tests;

pub(crate) use catalogs::Catalogs;
pub(crate) use router::router;
pub(crate) use state::Daemon;
