//! Jobs: one provision each, watched through its events.

mod event;
mod id;
mod outcome;
mod redact;
mod reporter;
mod state;
mod step;

pub use event::{Event, Stream};
pub use id::{InvalidJobId, JobId};
pub use outcome::Outcome;
pub use redact::redact;
pub use reporter::{Reporter, Silent};
pub use state::JobState;
pub use step::Step;
