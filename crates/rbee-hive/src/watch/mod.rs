//! Jobs, as they are watched from here: on a terminal, line by line, or as JSON.

mod bars;
mod interrupts;
mod job_name;
mod lines;
mod transfer;

pub(crate) use interrupts::Interrupts;
pub(crate) use job_name::job_name;
pub(crate) use transfer::Transfer;

use std::{
    collections::BTreeMap,
    io::{self, IsTerminal as _, Write as _},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use rbee_hive_worker_catalog::{Event, JobId, Outcome, Reporter, Step};

use crate::{error::Error, exit::Done, session::Session, terminal::Style};
use bars::Bars;

/// A step that took less is not worth a figure.
const NOTICEABLE: Duration = Duration::from_millis(100);

/// Shows the events of one job, and remembers what a verb needs to know of them.
#[derive(Debug)]
pub(crate) struct Watch {
    display: Display,
    seen: Mutex<Seen>,
}

#[derive(Debug)]
enum Display {
    /// One event a line, on stdout.
    Json,
    /// Plain lines, on stderr.
    Lines {
        verbose: bool,
        style: Style,
    },
    /// Progress bars and the last lines of output, on stderr.
    Bars(Bars),
    Nothing,
}

#[derive(Debug, Default)]
struct Seen {
    started: BTreeMap<Step, Instant>,
    built: bool,
    ended: bool,
}

impl Watch {
    /// For a verb whose answer is the events themselves, when JSON is wanted.
    pub(crate) fn events(session: &Session) -> Self {
        let json = session.is_json().then_some(Display::Json);
        Self::with(json.unwrap_or_else(|| Display::for_person(session)))
    }

    /// For a verb that answers something else, so that the events are only for a person.
    pub(crate) fn person(session: &Session) -> Self {
        Self::with(Display::for_person(session))
    }

    fn with(display: Display) -> Self {
        Self { display, seen: Mutex::default() }
    }

    /// Whether a package was made, not only found.
    pub(crate) fn has_built(&self) -> bool {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).built
    }

    /// Ends the job for those who watch, unless it has reported its end itself.
    pub(crate) fn end(&self, outcome: Outcome) {
        self.show(&Event::Ended(outcome));
    }

    /// Ends a job that failed, for a verb whose answer is the events: as JSON, the end that is
    /// written here is the whole answer.
    pub(crate) fn fail(&self, error: Error) -> Result<Done, Error> {
        if error.leaves_job() {
            // It goes on, so there is no end to tell about.
            self.clear();
            return Err(error);
        }
        self.end(Outcome::failed(error.kind(), &error));
        let told = matches!(self.display, Display::Json);
        if told { Ok(Done::Told(error.kind())) } else { Err(error) }
    }

    /// Writes a line for a person while the job runs.
    pub(crate) fn say(&self, text: &str) {
        match &self.display {
            Display::Bars(bars) => bars.say(text),
            Display::Json | Display::Lines { .. } | Display::Nothing => {
                let _ = writeln!(io::stderr().lock(), "{text}");
            }
        }
    }

    fn clear(&self) {
        if let Display::Bars(bars) = &self.display {
            bars.clear();
        }
    }

    /// Shows something that is on its way to or from a daemon.
    pub(crate) fn transfer(&self, what: &str, total: Option<u64>) -> Transfer {
        Transfer::new(match &self.display {
            Display::Bars(bars) => Some(bars.transfer(what, total)),
            Display::Json | Display::Lines { .. } | Display::Nothing => None,
        })
    }

    /// Draws nothing more, so that a person can be asked something.
    pub(crate) fn pause(&self) {
        if let Display::Bars(bars) = &self.display {
            bars.pause();
        }
    }

    /// Draws again.
    pub(crate) fn resume(&self) {
        if let Display::Bars(bars) = &self.display {
            bars.resume();
        }
    }

    /// Shows an event.
    pub(crate) fn show(&self, event: &Event) {
        // Held while the event is written, so that nothing can follow the end.
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.ended {
            return;
        }
        seen.ended = matches!(event, Event::Ended(_));
        seen.built |= matches!(event, Event::StepStarted { step: Step::Build | Step::Package });
        let took = seen.time(event);
        match &self.display {
            Display::Json => print_json(event),
            Display::Lines { verbose, style } => {
                if let Some(line) = lines::line(event, took, *verbose, *style) {
                    let _ = writeln!(io::stderr().lock(), "{line}");
                }
            }
            Display::Bars(bars) => bars.show(event, took),
            Display::Nothing => {}
        }
    }
}

impl Seen {
    /// How long the step took that this event finishes, if that is worth a figure.
    fn time(&mut self, event: &Event) -> Option<Duration> {
        match event {
            Event::StepStarted { step } => {
                self.started.insert(*step, Instant::now());
                None
            }
            Event::Restarted { .. } => {
                self.started.clear();
                None
            }
            Event::StepFinished { step } => {
                self.started.remove(step).map(|since| since.elapsed()).filter(|t| *t >= NOTICEABLE)
            }
            _ => None,
        }
    }
}

impl Reporter for Watch {
    fn report(&self, _job: &JobId, event: Event) {
        self.show(&event);
    }
}

impl Display {
    fn for_person(session: &Session) -> Self {
        if session.is_quiet() {
            Self::Nothing
        } else if io::stderr().is_terminal() {
            Self::Bars(Bars::new(session.is_verbose(), session.err))
        } else {
            Self::Lines { verbose: session.is_verbose(), style: session.err }
        }
    }
}

/// Whoever reads may stop reading; the job goes on.
fn print_json(event: &Event) {
    if let Ok(mut line) = serde_json::to_vec(event) {
        line.push(b'\n');
        let mut stdout = io::stdout().lock();
        let _ = stdout.write_all(&line).and_then(|()| stdout.flush());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watch() -> Watch {
        Watch::with(Display::Nothing)
    }

    #[test]
    fn only_a_build_or_a_package_step_means_that_something_was_built() {
        let cached = watch();
        cached.show(&Event::StepStarted { step: Step::Resolve });
        cached.show(&Event::StepStarted { step: Step::Activate });
        assert!(!cached.has_built());
        let built = watch();
        built.show(&Event::StepStarted { step: Step::Package });
        assert!(built.has_built());
    }

    #[test]
    fn nothing_follows_the_end() {
        let watch = watch();
        watch.end(Outcome::Cancelled);
        watch.show(&Event::StepStarted { step: Step::Build });
        assert!(!watch.has_built());
    }
}
