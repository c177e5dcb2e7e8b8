//! The commands against a daemon: a real `rbee-hive serve`, asked over a real socket.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod access;
mod connection;
mod context;
mod description;
mod index;
mod interruption;
mod job_parity;
mod jobs;
mod parity;
mod proxy;
mod refusals;
