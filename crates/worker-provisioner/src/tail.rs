use std::{collections::VecDeque, fmt};

use rbee_hive_artifact_catalog::job::redact;

/// The last lines that a program wrote, for the error that tells of its failure.
#[derive(Debug)]
pub(crate) struct Tail {
    lines: VecDeque<String>,
    limit: usize,
}

impl Tail {
    pub(crate) fn new(limit: usize) -> Self {
        Self { lines: VecDeque::with_capacity(limit), limit }
    }

    pub(crate) fn push(&mut self, line: &str) {
        if self.lines.len() == self.limit {
            self.lines.pop_front();
        }
        self.lines.push_back(redact(line));
    }
}

/// Each on a line of its own, after whatever it follows.
impl fmt::Display for Tail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.lines.iter().try_for_each(|line| write!(f, "\n  {line}"))
    }
}
