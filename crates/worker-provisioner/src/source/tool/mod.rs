//! Programs of the host that fetch sources, run so that they end with the job.

mod command;
mod pipe;
mod run;
mod supervise;

pub(crate) use command::{ToolCommand, ToolRunner};
pub(super) use run::run_tool_into;
pub(crate) use run::{ToolError, ToolOutput, run_tool};
