use serde::{Deserialize, Serialize};

use super::{Outcome, Step};

/// Where a job is on its way. As JSON a tag `state`, with what belongs to it beside it:
/// `{"state":"running","step":"build"}`, `{"state":"ended","outcome":"cancelled"}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum JobState {
    /// It waits for its turn.
    Queued,
    /// It is at work.
    Running {
        /// On this.
        step: Step,
    },
    /// It was asked to stop, and ends what it had started.
    Cancelling,
    /// It is over.
    Ended(Outcome),
}

impl JobState {
    /// Whether nothing more will happen.
    pub fn is_ended(&self) -> bool {
        matches!(self, Self::Ended(_))
    }

    /// The name, as JSON has it.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running { .. } => "running",
            Self::Cancelling => "cancelling",
            Self::Ended(_) => "ended",
        }
    }
}
