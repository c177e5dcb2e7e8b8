//! Jobs: all of them, one with its steps and its log, and what can be done with them.

mod deeds;
mod head;
mod lines;
mod list;
mod live;
mod log;
mod page;
mod story;
mod timeline;

pub(super) use deeds::{cancel, submit};
pub(super) use list::{active, jobs};
pub(super) use live::live;
pub(super) use log::download;
pub(super) use page::job;
