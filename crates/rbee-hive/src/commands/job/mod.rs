//! What to do with jobs.

mod cancel;
mod list;
mod show;
mod watch;

pub(crate) use cancel::JobCancel;
pub(crate) use list::JobList;
pub(crate) use show::JobShow;
pub(crate) use watch::JobWatch;
