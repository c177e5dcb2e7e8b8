//! Jobs: a queue of operations that outlives the process, and what each has reported.

mod dispatch;
mod error;
mod follow;
mod limits;
mod operation;
mod plan;
mod pruning;
mod queue;
mod reason;
mod recorder;
mod records;
mod recovery;
mod runner;
mod service;
mod shared;
mod view;

#[cfg(test)]
mod tests;

pub(crate) use error::{Cause, JobError};
pub(crate) use limits::Limits;
pub(crate) use operation::{InstallOptions, Operation};
pub(crate) use recorder::Recorder;
pub(crate) use records::Records;
pub(crate) use service::Jobs;
pub(crate) use view::{JobProgress, JobView};
