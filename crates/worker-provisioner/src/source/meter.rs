use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Adds up the progress of several transfers.
pub(super) struct Meter<'a> {
    report: &'a (dyn Fn(u64, Option<u64>) + Sync),
    state: Mutex<State>,
}

struct State {
    shares: Vec<(u64, Option<u64>)>,
    reported: Option<Instant>,
}

/// What one of them reports to.
#[derive(Clone, Copy)]
pub(super) struct Share<'a> {
    meter: &'a Meter<'a>,
    index: usize,
}

/// Nobody reads faster.
const APART: Duration = Duration::from_millis(50);

impl<'a> Meter<'a> {
    pub(super) fn new(shares: usize, report: &'a (dyn Fn(u64, Option<u64>) + Sync)) -> Self {
        Self {
            report,
            state: Mutex::new(State { shares: vec![(0, None); shares], reported: None }),
        }
    }

    pub(super) fn share(&'a self, index: usize) -> Share<'a> {
        Share { meter: self, index }
    }

    /// Reports the whole, at once.
    pub(super) fn finish(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let done = state.shares.iter().map(|(done, _)| done).sum();
        state.reported = Some(Instant::now());
        drop(state);
        (self.report)(done, Some(done));
    }
}

impl Share<'_> {
    /// Bytes done of this one. The total is known once that of every share is.
    pub(super) fn report(&self, done: u64, total: Option<u64>) {
        let mut state = self.meter.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.shares[self.index] = (done, total);
        if state.reported.is_some_and(|last| last.elapsed() < APART) {
            return;
        }
        state.reported = Some(Instant::now());
        let done = state.shares.iter().map(|(done, _)| done).sum();
        let total = state.shares.iter().map(|(_, total)| *total).sum();
        drop(state);
        (self.meter.report)(done, total);
    }
}
