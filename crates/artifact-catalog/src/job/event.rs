use serde::{Deserialize, Serialize};

use super::{Outcome, Step};

/// Which of a process's outputs a line came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the standard names")]
pub enum Stream {
    Stdout,
    Stderr,
}

/// What a job reports. The one vocabulary for the terminal, `--json`, the log and the tests.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Event {
    /// Another job or process does the same work; this one waits for it.
    Waiting {
        /// For whom, and how to find it.
        reason: String,
    },
    /// The hive was restarted while the job ran; it begins again from what is cached. Steps that
    /// were reported before do not count any more.
    Restarted {
        /// Why.
        reason: String,
    },
    /// A step began.
    StepStarted {
        /// Which.
        step: Step,
    },
    /// A line of a program's output, without its newline, with secrets replaced by `***`.
    Output {
        /// In which step.
        step: Step,
        /// From which output.
        stream: Stream,
        /// The text; bytes that are not UTF-8 are U+FFFD.
        line: String,
    },
    /// How far a step is. A later one supersedes an earlier one of the same step.
    Progress {
        /// Which step.
        step: Step,
        /// Bytes done.
        done: u64,
        /// Bytes in all, once they are known.
        total: Option<u64>,
    },
    /// Something a person may want to know: what was found in the cache, what was skipped.
    Note {
        /// In which step.
        step: Step,
        /// The text.
        text: String,
    },
    /// Something a person should look at, though the job goes on.
    Warning {
        /// In which step.
        step: Step,
        /// The text.
        text: String,
    },
    /// A step succeeded.
    StepFinished {
        /// Which.
        step: Step,
    },
    /// The job is over. Exactly one, and nothing after it.
    Ended(Outcome),
    /// Something that a later release reports, read from its log or from its stream.
    #[serde(other)]
    Unknown,
}

impl Event {
    /// The name of its kind, as JSON has it in `type`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Waiting { .. } => "waiting",
            Self::Restarted { .. } => "restarted",
            Self::StepStarted { .. } => "step_started",
            Self::Output { .. } => "output",
            Self::Progress { .. } => "progress",
            Self::Note { .. } => "note",
            Self::Warning { .. } => "warning",
            Self::StepFinished { .. } => "step_finished",
            Self::Ended(_) => "ended",
            Self::Unknown => "unknown",
        }
    }
}
