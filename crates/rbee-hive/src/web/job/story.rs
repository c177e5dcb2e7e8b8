use std::{collections::VecDeque, time::Duration};

use jiff::Timestamp;
use rbee_hive_worker_catalog::{Event, LoggedEvent, Outcome, Step};

/// The rate of a transfer is that of so many seconds.
const RATE_OVER: i64 = 5_000;

/// What a job's events tell so far, without the lines.
#[derive(Debug, Default)]
pub(in crate::web) struct Story {
    /// The number of the last event that it knows.
    pub(in crate::web) last: u64,
    /// The steps of this attempt, in the order they began.
    pub(in crate::web) steps: Vec<StepStory>,
    /// Whom it waits for, as long as it does.
    pub(in crate::web) waiting: Option<String>,
    /// How it ended.
    pub(in crate::web) outcome: Option<Outcome>,
}

/// A step that began.
#[derive(Debug)]
pub(in crate::web) struct StepStory {
    pub(in crate::web) step: Step,
    pub(in crate::web) began: Timestamp,
    pub(in crate::web) end: StepEnd,
    pub(in crate::web) progress: Option<Progress>,
    pub(in crate::web) warnings: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::web) enum StepEnd {
    Running,
    Done(Timestamp),
    /// The job ended in it.
    Failed(Timestamp),
    Cancelled(Timestamp),
}

/// How far a step is, and how fast.
#[derive(Debug, Clone, Default)]
pub(in crate::web) struct Progress {
    pub(in crate::web) done: u64,
    pub(in crate::web) total: Option<u64>,
    /// When how much was done, the oldest first.
    samples: VecDeque<(Timestamp, u64)>,
}

impl Story {
    /// Goes on with the next event.
    pub(in crate::web) fn take(&mut self, logged: &LoggedEvent) {
        self.last = logged.number;
        let at = logged.at;
        match &logged.event {
            Event::Waiting { reason } => self.waiting = Some(reason.clone()),
            Event::Restarted { .. } => *self = Self { last: self.last, ..Self::default() },
            Event::StepStarted { step } => {
                self.waiting = None;
                let (progress, warnings) = (None, Vec::new());
                let end = StepEnd::Running;
                self.steps.push(StepStory { step: *step, began: at, end, progress, warnings });
            }
            Event::StepFinished { step } => {
                if let Some(story) = self.step(*step) {
                    story.end = StepEnd::Done(at);
                }
            }
            Event::Progress { step, done, total } => {
                if let Some(story) = self.step(*step) {
                    story.progress.get_or_insert_default().take(at, *done, *total);
                }
            }
            Event::Warning { step, text } => {
                if let Some(story) = self.step(*step) {
                    story.warnings.push(text.clone());
                }
            }
            Event::Ended(outcome) => {
                self.waiting = None;
                for story in self.steps.iter_mut().filter(|s| s.end == StepEnd::Running) {
                    story.end = match outcome {
                        Outcome::Succeeded { .. } => StepEnd::Done(at),
                        Outcome::Failed { .. } => StepEnd::Failed(at),
                        Outcome::Cancelled => StepEnd::Cancelled(at),
                    };
                }
                self.outcome = Some(outcome.clone());
            }
            _ => {}
        }
    }

    /// The latest of that name: what a worker depends on goes through the same steps before it.
    fn step(&mut self, step: Step) -> Option<&mut StepStory> {
        self.steps.iter_mut().rev().find(|story| story.step == step)
    }
}

impl StepStory {
    /// How long it took, if it is over.
    pub(in crate::web) fn took(&self) -> Option<Duration> {
        match self.end {
            StepEnd::Running => None,
            StepEnd::Done(at) | StepEnd::Failed(at) | StepEnd::Cancelled(at) => {
                Some(at.duration_since(self.began).unsigned_abs())
            }
        }
    }
}

impl Progress {
    fn take(&mut self, at: Timestamp, done: u64, total: Option<u64>) {
        (self.done, self.total) = (done, total);
        // Several files are fetched one after the other, or one begins anew.
        if self.samples.back().is_some_and(|(_, before)| *before > done) {
            self.samples.clear();
        }
        self.samples.push_back((at, done));
        while self.samples.len() > 2
            && at.duration_since(self.samples[0].0).as_millis() > i128::from(RATE_OVER)
        {
            self.samples.pop_front();
        }
    }

    /// Bytes a second, once that can be said.
    pub(in crate::web) fn rate(&self) -> Option<u64> {
        let ((first, from), (last, to)) = (self.samples.front()?, self.samples.back()?);
        let millis = u64::try_from(last.duration_since(*first).as_millis()).ok()?;
        // Of less than half a second nothing can be said.
        (millis >= 500).then(|| (to - from).saturating_mul(1000) / millis)
    }

    /// How long it still takes at this rate.
    pub(in crate::web) fn remaining(&self) -> Option<Duration> {
        let rate = self.rate().filter(|rate| *rate > 0)?;
        Some(Duration::from_secs(self.total?.saturating_sub(self.done) / rate))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn story(events: Vec<(i64, Event)>) -> Story {
        let mut story = Story::default();
        for (number, (millis, event)) in (1..).zip(events) {
            let at = Timestamp::from_millisecond(millis).unwrap();
            story.take(&LoggedEvent { number, at, event });
        }
        story
    }

    fn progress(done: u64) -> Event {
        Event::Progress { step: Step::Fetch, done, total: Some(10_000) }
    }

    #[test]
    fn a_step_has_its_duration_and_a_failed_one_is_marked() {
        let failed = Outcome::failed(
            rbee_hive_worker_catalog::ErrorKind::BuildFailed,
            &std::io::Error::other("no"),
        );
        let story = story(vec![
            (0, Event::StepStarted { step: Step::Fetch }),
            (1500, Event::StepFinished { step: Step::Fetch }),
            (1500, Event::StepStarted { step: Step::Build }),
            (4000, Event::Ended(failed)),
        ]);
        assert_eq!(story.steps[0].took(), Some(Duration::from_millis(1500)));
        assert!(matches!(story.steps[1].end, StepEnd::Failed(_)));
        assert_eq!(story.last, 4);
    }

    #[test]
    fn the_rate_is_that_of_the_last_seconds() {
        let story = story(vec![
            (0, Event::StepStarted { step: Step::Fetch }),
            (0, progress(0)),
            (10_000, progress(1_000)),
            (12_000, progress(4_000)),
        ]);
        let progress = story.steps[0].progress.as_ref().unwrap();
        assert_eq!(progress.rate(), Some(1500));
        assert_eq!(progress.remaining(), Some(Duration::from_secs(4)));
    }

    #[test]
    fn what_is_less_than_before_is_another_file_and_has_no_rate_yet() {
        let events = [(0, Event::StepStarted { step: Step::Fetch })];
        let more = [(0, progress(9_000)), (9_000, progress(10))];
        let story = story(events.into_iter().chain(more).collect());
        assert_eq!(story.steps[0].progress.as_ref().unwrap().rate(), None);
    }

    #[test]
    fn after_a_restart_the_steps_begin_anew() {
        let story = story(vec![
            (0, Event::StepStarted { step: Step::Fetch }),
            (1, Event::Restarted { reason: "the hive was restarted".into() }),
            (2, Event::StepStarted { step: Step::Resolve }),
        ]);
        assert_eq!(story.steps.len(), 1);
        assert_eq!((story.steps[0].step, story.last), (Step::Resolve, 3));
    }
}
