//! Jobs as they are recorded: the table, and the log of events.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod log;
mod processes;
mod table;
