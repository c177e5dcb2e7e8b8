use std::{
    collections::BTreeMap,
    io,
    path::Path,
    time::{Duration, Instant},
};

use fs_err::{
    File, OpenOptions,
    os::unix::fs::{FileExt as _, OpenOptionsExt as _},
};

use super::{
    Event, Outcome, Step,
    frame::{encode, parse_frames},
    tail::last_frame,
};

/// As many bytes are written at once.
const BATCH: usize = 32 * 1024;
/// As long after a write the next one may wait for more.
const APART: Duration = Duration::from_millis(20);
/// As far apart events of a step's progress are.
const PROGRESS_APART: Duration = Duration::from_millis(200);
/// As much is kept of what a full disk does not take.
const KEPT: usize = 1024 * 1024;

/// The one writer of a job's log: numbered events in a file, exactly as a `text/event-stream` has
/// them, the last of them [`Event::Ended`].
///
/// Lines that come fast are written together, so whoever owns it calls [`JobLog::flush`] several
/// times a second. Progress that is superseded before anybody could have seen it gets no number.
#[derive(Debug)]
pub struct JobLog {
    file: File,
    /// Bytes of the file, all of them whole frames.
    length: u64,
    /// The number of the last frame in the file.
    written: u64,
    /// Frames that are still to be written.
    buffer: Vec<u8>,
    /// The number of the last frame in file or buffer.
    last: u64,
    flushed: Option<Instant>,
    /// When a step's progress was last given a number, and what has superseded it since.
    progress: BTreeMap<Step, (Instant, Option<Event>)>,
    outcome: Option<Outcome>,
}

impl JobLog {
    /// Opens the log at this path, created with its folder if it is missing. What a crash left
    /// incomplete at its end is cut off.
    ///
    /// # Errors
    /// If it cannot be read or written.
    pub fn open(path: &Path) -> io::Result<Self> {
        if let Some(folder) = path.parent() {
            fs_err::create_dir_all(folder)?;
        }
        let mut options = OpenOptions::new();
        let options = options.read(true).write(true).create(true).truncate(false);
        let file = options.mode(0o600).open(path)?;
        let length = file.metadata()?.len();
        let (mut end, mut number, mut outcome) = (0, 0, None);
        if let Some(last) = last_frame(&file, length)? {
            (end, number) = (last.end, last.number);
            outcome = parse_frames(&last.bytes).find_map(|logged| match logged.event {
                Event::Ended(outcome) => Some(outcome),
                _ => None,
            });
        }
        if end < length {
            file.set_len(end)?;
        }
        Ok(Self {
            file,
            length: end,
            written: number,
            buffer: Vec::new(),
            last: number,
            flushed: None,
            progress: BTreeMap::new(),
            outcome,
        })
    }

    /// Appends an event, and returns the number of the last one. After the end, nothing is taken.
    ///
    /// # Errors
    /// If the file cannot be written. Then the event is kept for the next attempt, as long as it is
    /// not too much.
    pub fn append(&mut self, event: &Event) -> io::Result<u64> {
        if self.outcome.is_some() {
            return Ok(self.last);
        }
        match event {
            Event::Progress { step, .. } if !self.is_due(*step) => {
                if let Some((_, superseding)) = self.progress.get_mut(step) {
                    *superseding = Some(event.clone());
                }
                return Ok(self.last);
            }
            Event::Progress { step, .. } => {
                self.progress.insert(*step, (Instant::now(), None));
            }
            Event::StepStarted { .. }
            | Event::StepFinished { .. }
            | Event::Restarted { .. }
            | Event::Ended(_) => self.push_progress(|_| true)?,
            _ => {}
        }
        self.push(event)?;
        if let Event::Ended(outcome) = event {
            self.outcome = Some(outcome.clone());
            self.write()?;
        } else if self.buffer.len() >= BATCH || self.flushed.is_none_or(|at| at.elapsed() > APART) {
            self.write()?;
        }
        Ok(self.last)
    }

    /// Writes what has waited for more. Returns the number of the last event in the file.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn flush(&mut self) -> io::Result<u64> {
        self.push_progress(|since| since.elapsed() >= PROGRESS_APART)?;
        self.write()?;
        Ok(self.written)
    }

    /// Writes what has waited for more, and waits until the disk has it.
    ///
    /// # Errors
    /// If it does not take it.
    pub fn sync(&mut self) -> io::Result<()> {
        self.write()?;
        self.file.sync_data()
    }

    /// The number of the last event that a reader finds; 0 if there is none.
    pub fn written(&self) -> u64 {
        self.written
    }

    /// How the job ended, if its log says so.
    pub fn outcome(&self) -> Option<&Outcome> {
        self.outcome.as_ref()
    }

    fn is_due(&self, step: Step) -> bool {
        self.progress.get(&step).is_none_or(|(since, _)| since.elapsed() >= PROGRESS_APART)
    }

    /// Gives numbers to the latest progress of steps that it is time for.
    fn push_progress(&mut self, is_due: impl Fn(Instant) -> bool) -> io::Result<()> {
        let mut due = Vec::new();
        for (since, superseding) in self.progress.values_mut() {
            if superseding.is_some() && is_due(*since) {
                *since = Instant::now();
                due.extend(superseding.take());
            }
        }
        due.iter().try_for_each(|event| self.push(event))
    }

    fn push(&mut self, event: &Event) -> io::Result<()> {
        let before = self.buffer.len();
        let pushed = encode(self.last + 1, event, &mut self.buffer);
        match pushed {
            Ok(()) => self.last += 1,
            Err(_) => self.buffer.truncate(before),
        }
        pushed
    }

    /// Writes whole frames only: what a disk takes but half is taken back.
    fn write(&mut self) -> io::Result<()> {
        self.flushed = Some(Instant::now());
        if self.buffer.is_empty() {
            return Ok(());
        }
        if let Err(error) = self.file.write_all_at(&self.buffer, self.length) {
            let _ = self.file.set_len(self.length);
            if self.buffer.len() > KEPT {
                // Nobody has seen these numbers yet. The end, if it was among them, is to be said again.
                self.buffer.clear();
                self.last = self.written;
                self.outcome = None;
            }
            return Err(error);
        }
        self.length += self.buffer.len() as u64;
        self.written = self.last;
        self.buffer.clear();
        Ok(())
    }
}
