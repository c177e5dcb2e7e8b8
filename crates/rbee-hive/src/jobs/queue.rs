use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::{Arc, Mutex, PoisonError},
};

use rbee_hive_worker_catalog::{CancellationToken, JobId};
use tokio::sync::watch;

/// The jobs of this process that are not over: who waits, in which order, and who runs.
#[derive(Debug, Default)]
pub(super) struct Queue {
    waiting: VecDeque<JobId>,
    running: HashSet<JobId>,
    live: HashMap<JobId, Arc<Live>>,
    /// Whether no job begins any more.
    pub(super) draining: bool,
}

/// The ends of a job that others hold: to stop it, and to hear that it has written more.
#[derive(Debug)]
pub(crate) struct Live {
    /// Stops it.
    pub(super) cancel: CancellationToken,
    /// The number of the last event that can be read; none after the end.
    written: Mutex<Option<watch::Sender<u64>>>,
}

impl Queue {
    /// Puts a job behind the others.
    pub(super) fn push(&mut self, id: JobId, written: u64) {
        self.live.insert(id.clone(), Arc::new(Live::new(CancellationToken::new(), written)));
        self.waiting.push_back(id);
    }

    /// The next job, if fewer than `at_once` run. It counts as running from now on.
    pub(super) fn next(&mut self, at_once: usize) -> Option<(JobId, Arc<Live>)> {
        if self.draining || self.running.len() >= at_once.max(1) {
            return None;
        }
        let id = self.waiting.pop_front()?;
        let live = Arc::clone(self.live.get(&id)?);
        self.running.insert(id.clone());
        Some((id, live))
    }

    /// Takes a job out that has not begun.
    pub(super) fn take(&mut self, id: &JobId) -> Option<Arc<Live>> {
        let place = self.waiting.iter().position(|waiting| waiting == id)?;
        self.waiting.remove(place);
        self.live.remove(id)
    }

    /// Gives a job's turn to the next.
    pub(super) fn leave(&mut self, id: &JobId) {
        self.running.remove(id);
        if let Some(live) = self.live.remove(id) {
            live.close();
        }
    }

    pub(super) fn live(&self, id: &JobId) -> Option<&Arc<Live>> {
        self.live.get(id)
    }

    /// Those that wait, in their order.
    pub(super) fn waiting(&self) -> impl ExactSizeIterator<Item = &JobId> {
        self.waiting.iter()
    }

    /// Those that run.
    pub(super) fn running(&self) -> impl ExactSizeIterator<Item = &JobId> {
        self.running.iter()
    }
}

impl Live {
    pub(super) fn new(cancel: CancellationToken, written: u64) -> Self {
        Self { cancel, written: Mutex::new(Some(watch::Sender::new(written))) }
    }

    /// Tells those who watch that they find events up to this number.
    pub(super) fn publish(&self, number: u64) {
        if let Some(sender) = &*self.written.lock().unwrap_or_else(PoisonError::into_inner) {
            sender.send_if_modified(|last| std::mem::replace(last, number) != number);
        }
    }

    /// Tells those who watch that there will be no more.
    pub(super) fn close(&self) {
        self.written.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    /// None after the end.
    pub(super) fn subscribe(&self) -> Option<watch::Receiver<u64>> {
        let written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        written.as_ref().map(watch::Sender::subscribe)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(name: &str) -> JobId {
        name.parse().unwrap()
    }

    #[test]
    fn jobs_begin_in_their_order_and_never_too_many_at_once() {
        let mut queue = Queue::default();
        for name in ["a", "b", "c", "d"] {
            queue.push(id(name), 0);
        }
        let next = |queue: &mut Queue| queue.next(2).map(|(id, _)| id.to_string());
        assert_eq!(next(&mut queue).as_deref(), Some("a"));
        assert_eq!(next(&mut queue).as_deref(), Some("b"));
        assert_eq!(next(&mut queue), None);
        assert!(queue.take(&id("c")).is_some());
        assert!(queue.take(&id("a")).is_none(), "it has begun");
        queue.leave(&id("a"));
        assert_eq!(next(&mut queue).as_deref(), Some("d"));
        assert_eq!(next(&mut queue), None);
    }

    #[test]
    fn who_watches_hears_of_the_end() {
        let mut queue = Queue::default();
        queue.push(id("a"), 3);
        let (_, live) = queue.next(1).unwrap();
        let mut seen = live.subscribe().unwrap();
        assert_eq!(*seen.borrow_and_update(), 3);
        live.publish(7);
        assert!(seen.has_changed().unwrap());
        queue.leave(&id("a"));
        assert!(live.subscribe().is_none());
        seen.borrow_and_update();
        assert!(seen.has_changed().is_err(), "it is closed");
    }
}
