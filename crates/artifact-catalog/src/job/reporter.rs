use std::fmt;

use super::{Event, JobId};

/// Takes the events of jobs. Called from many threads; must not block for long.
pub trait Reporter: Send + Sync + fmt::Debug {
    /// Takes one event.
    fn report(&self, job: &JobId, event: Event);
}

/// Drops every event.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Reporter for Silent {
    fn report(&self, _job: &JobId, _event: Event) {}
}
