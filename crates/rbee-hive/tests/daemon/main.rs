//! `rbee-hive serve` as a process: how it is set up, reached, watched over and ended.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod access;
mod configuration;
mod context;
mod http;
mod listening;
mod supervision;
mod tls;
