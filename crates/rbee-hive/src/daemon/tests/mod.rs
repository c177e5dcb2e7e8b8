//! The daemon through its router, without a socket.

mod catalog;
mod context;
mod description;
mod jobs;
mod pages;
mod refusals;
mod uploads;
mod workers;

use context::{Answer, Context, LINES, worker};
