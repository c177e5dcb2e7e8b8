use std::{
    io::Write,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use fs_err::File;
use rbee_hive_artifact_catalog::{Event, JobId, Reporter, Step, Stream, job::redact};

/// Where one job's events go: to its reporter, and its output also to its log.
///
/// What may be secret in a line (the user and password of a URL) is replaced before it goes
/// anywhere.
#[derive(Debug)]
pub(crate) struct JobEvents {
    job: JobId,
    reporter: Arc<dyn Reporter>,
    log: PathBuf,
    file: Mutex<Option<File>>,
}

impl JobEvents {
    /// The events of `job`, whose log will be `<jobs>/<job>/log`. The log is created with the first
    /// line, so that a job without output leaves none.
    pub(crate) fn new(job: JobId, reporter: Arc<dyn Reporter>, jobs: &Path) -> Self {
        let log = jobs.join(job.as_str()).join("log");
        Self { job, reporter, log, file: Mutex::new(None) }
    }

    /// The log's path, whether or not there is one yet.
    pub(crate) fn log(&self) -> &Path {
        &self.log
    }

    pub(crate) fn start(&self, step: Step) {
        self.reporter.report(&self.job, Event::StepStarted { step });
    }

    pub(crate) fn finish(&self, step: Step) {
        self.reporter.report(&self.job, Event::StepFinished { step });
    }

    pub(crate) fn wait(&self, reason: String) {
        self.reporter.report(&self.job, Event::Waiting { reason });
    }

    pub(crate) fn progress(&self, step: Step, done: u64, total: Option<u64>) {
        self.reporter.report(&self.job, Event::Progress { step, done, total });
    }

    pub(crate) fn note(&self, step: Step, text: &str) {
        let text = redact(text);
        self.write(step, &text);
        self.reporter.report(&self.job, Event::Note { step, text });
    }

    pub(crate) fn warn(&self, step: Step, text: &str) {
        let text = redact(text);
        self.write(step, &format!("warning: {text}"));
        self.reporter.report(&self.job, Event::Warning { step, text });
    }

    pub(crate) fn output(&self, step: Step, stream: Stream, line: &str) {
        let line = redact(line);
        self.write(step, &line);
        self.reporter.report(&self.job, Event::Output { step, stream, line });
    }

    /// A log that cannot be written does not stop a job: its reporter has the line all the same.
    fn write(&self, step: Step, line: &str) {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        if file.is_none() {
            let folder = self.log.parent().map(fs_err::create_dir_all);
            *file =
                folder.and_then(|_| File::options().create(true).append(true).open(&self.log).ok());
        }
        if let Some(file) = &mut *file {
            let _ = writeln!(file, "{step}: {line}");
        }
    }
}
