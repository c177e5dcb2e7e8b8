use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use rbee_hive_worker_catalog::{Event, Step};

use super::lines;
use crate::terminal::{Style, duration, plain_line};

/// How many lines of output are seen at once.
const TAIL: usize = 5;
/// How often a bar is drawn while nothing happens.
const TICK: Duration = Duration::from_millis(120);
/// Draws a job on a terminal: a line for each finished step, a bar for each running one, and under
/// them the last lines of output.
#[derive(Debug)]
pub(super) struct Bars {
    all: MultiProgress,
    verbose: bool,
    style: Style,
    drawn: Mutex<Drawn>,
}

#[derive(Debug, Default)]
struct Drawn {
    running: BTreeMap<Step, Running>,
    waiting: Option<ProgressBar>,
    tail: VecDeque<String>,
    tail_bar: Option<ProgressBar>,
}

#[derive(Debug)]
struct Running {
    bar: ProgressBar,
    total: Option<u64>,
}

impl Bars {
    pub(super) fn new(verbose: bool, style: Style) -> Self {
        let all = MultiProgress::with_draw_target(ProgressDrawTarget::stderr());
        Self { all, verbose, style, drawn: Mutex::default() }
    }

    /// Writes a line above the bars.
    pub(super) fn say(&self, text: &str) {
        let _ = self.all.println(text);
    }

    /// `took` is the time of the step that the event finishes, if that is worth a figure.
    pub(super) fn show(&self, event: &Event, took: Option<Duration>) {
        let mut drawn = self.drawn.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::StepStarted { step } => {
                drawn.stop_waiting(&self.all);
                drawn.clear_tail(&self.all);
                let bar = self.spinner(step.as_str());
                drawn.running.insert(*step, Running { bar, total: None });
            }
            Event::StepFinished { step } => {
                drawn.clear_tail(&self.all);
                if let Some(running) = drawn.running.remove(step) {
                    running.bar.finish_and_clear();
                    self.all.remove(&running.bar);
                    self.say(&self.finished(*step, took));
                }
            }
            Event::Progress { step, done, total } => {
                if let Some(running) = drawn.running.get_mut(step) {
                    running.advance(*done, *total);
                }
            }
            Event::Output { line, .. } if !self.verbose => {
                drawn.push_tail(line, &self.all, self.style);
            }
            Event::Waiting { reason } => {
                drawn.stop_waiting(&self.all);
                drawn.waiting = Some(self.spinner(&format!("waiting: {}", plain_line(reason))));
            }
            Event::Ended(_) => drawn.clear(&self.all),
            Event::Restarted { .. } => {
                drawn.clear(&self.all);
                self.say(&lines::line(event, took, self.verbose, self.style).unwrap_or_default());
            }
            other => {
                if let Some(line) = lines::line(other, took, self.verbose, self.style) {
                    self.say(&line);
                }
            }
        }
    }

    /// Takes everything off the terminal.
    pub(super) fn clear(&self) {
        self.drawn.lock().unwrap_or_else(PoisonError::into_inner).clear(&self.all);
    }

    /// A bar for something that is sent or fetched.
    pub(super) fn transfer(&self, what: &str, total: Option<u64>) -> ProgressBar {
        let mut running = Running { bar: self.spinner(what), total: None };
        running.advance(0, total);
        running.bar
    }

    /// Takes everything off the terminal, and draws nothing more.
    pub(super) fn pause(&self) {
        let _ = self.all.clear();
        self.all.set_draw_target(ProgressDrawTarget::hidden());
    }

    /// Draws again what there is.
    pub(super) fn resume(&self) {
        self.all.set_draw_target(ProgressDrawTarget::stderr());
    }

    fn spinner(&self, message: &str) -> ProgressBar {
        let bar = self.all.add(ProgressBar::new_spinner());
        bar.set_style(template("{spinner} {msg}"));
        bar.set_message(self.style.cyan(&fitting(message)));
        bar.enable_steady_tick(TICK);
        bar
    }

    fn finished(&self, step: Step, took: Option<Duration>) -> String {
        let mark = self.style.green("✓");
        match took {
            Some(took) => format!("{mark} {step} {}", self.style.dim(&duration(took))),
            None => format!("{mark} {step}"),
        }
    }
}

impl Running {
    fn advance(&mut self, done: u64, total: Option<u64>) {
        if total != self.total {
            self.total = total;
            match total {
                Some(total) => {
                    self.bar.set_length(total);
                    self.bar.set_style(template(
                        "{spinner} {msg} {bar:24} {binary_bytes}/{binary_total_bytes} \
                         {binary_bytes_per_sec} {eta}",
                    ));
                }
                None => self
                    .bar
                    .set_style(template("{spinner} {msg} {binary_bytes} {binary_bytes_per_sec}")),
            }
        }
        self.bar.set_position(done);
    }
}

impl Drawn {
    fn push_tail(&mut self, line: &str, all: &MultiProgress, style: Style) {
        if self.tail.len() == TAIL {
            self.tail.pop_front();
        }
        self.tail.push_back(style.dim(&fitting(&format!("  {}", plain_line(line)))));
        let bar = self.tail_bar.get_or_insert_with(|| {
            let bar = all.add(ProgressBar::new_spinner());
            bar.set_style(template("{msg}"));
            bar.enable_steady_tick(TICK);
            bar
        });
        // One bar for all of them: bars are drawn at most so often, each for itself.
        bar.set_message(self.tail.make_contiguous().join("\n"));
    }

    fn clear_tail(&mut self, all: &MultiProgress) {
        self.tail.clear();
        if let Some(bar) = self.tail_bar.take() {
            bar.finish_and_clear();
            all.remove(&bar);
        }
    }

    fn stop_waiting(&mut self, all: &MultiProgress) {
        if let Some(bar) = self.waiting.take() {
            bar.finish_and_clear();
            all.remove(&bar);
        }
    }

    fn clear(&mut self, all: &MultiProgress) {
        self.clear_tail(all);
        self.stop_waiting(all);
        for running in std::mem::take(&mut self.running).into_values() {
            running.bar.finish_and_clear();
            all.remove(&running.bar);
        }
    }
}

/// As much of a line as the terminal is wide.
fn fitting(line: &str) -> String {
    let (_, columns) = console::Term::stderr().size();
    console::truncate_str(line, usize::from(columns).saturating_sub(1).max(20), "…").into_owned()
}

/// The templates are ours; a wrong one would show a plain spinner.
fn template(text: &str) -> ProgressStyle {
    ProgressStyle::with_template(text)
        .unwrap_or_else(|_| ProgressStyle::default_spinner())
        .progress_chars("=> ")
}
