use serde::{Deserialize, Serialize};

use super::redact;
use crate::{ErrorKind, WorkerBinary};

/// How a job ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// The worker is installed, catalogued and active.
    Succeeded {
        /// It.
        worker: Box<WorkerBinary>,
    },
    /// Nothing was changed.
    Failed {
        /// What a program can act on.
        kind: ErrorKind,
        /// What happened, in one line.
        message: String,
        /// Why, from the nearest cause to the first.
        causes: Vec<String>,
    },
    /// The caller stopped it; nothing was changed.
    Cancelled,
}

impl Outcome {
    /// The outcome of a job that failed with this error, its chain of causes spelt out.
    pub fn failed(kind: ErrorKind, error: &dyn std::error::Error) -> Self {
        if kind == ErrorKind::Cancelled {
            return Self::Cancelled;
        }
        let causes = std::iter::successors(error.source(), |e| e.source());
        Self::Failed {
            kind,
            message: redact(&error.to_string()),
            causes: causes.map(|cause| redact(&cause.to_string())).collect(),
        }
    }
}
