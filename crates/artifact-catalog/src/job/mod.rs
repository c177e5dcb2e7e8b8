//! Jobs: one provision each, watched through its events.

mod event;
mod folder;
mod frame;
mod id;
mod log;
mod outcome;
mod reader;
mod record;
mod redact;
mod reporter;
mod rows;
mod state;
mod step;
mod table;
mod tail;

pub use event::{Event, Stream};
pub use folder::{JobFolder, JobLock};
pub use frame::{LoggedEvent, parse_frames};
pub use id::{InvalidJobId, JobId};
pub use log::JobLog;
pub use outcome::Outcome;
pub use reader::JobLogReader;
pub use record::{JobFilter, JobRecord};
pub use redact::redact;
pub use reporter::{Reporter, Silent};
pub use state::JobState;
pub use step::Step;
pub use table::{Interruption, JobStore};
