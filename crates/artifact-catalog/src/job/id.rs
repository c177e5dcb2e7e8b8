use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// The name of one job: a folder name, so 1 to 64 of `A-Z a-z 0-9 . _ -`, not starting with a dot
/// or a hyphen.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct JobId(String);

/// A string that cannot name a job.
#[derive(Debug, thiserror::Error)]
#[error(
    "{0:?} cannot name a job: use 1 to 64 of A-Z a-z 0-9 . _ -, not starting with a dot or hyphen"
)]
pub struct InvalidJobId(String);

impl JobId {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for JobId {
    type Err = InvalidJobId;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let fits = (1..=64).contains(&s.len())
            && !s.starts_with(['.', '-'])
            && s.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
        if fits { Ok(Self(s.to_owned())) } else { Err(InvalidJobId(s.chars().take(80).collect())) }
    }
}

impl TryFrom<String> for JobId {
    type Error = InvalidJobId;

    fn try_from(s: String) -> Result<Self, Self::Error> {
        s.parse()
    }
}

impl From<JobId> for String {
    fn from(id: JobId) -> Self {
        id.0
    }
}

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_folder_names_are_job_ids() {
        for good in ["a", "job-1", "2026-11-23.x_y"] {
            assert_eq!(good.parse::<JobId>().unwrap().as_str(), good);
        }
        for bad in ["", ".", "..", ".a", "-a", "a/b", "a\0", "a\n", "ä", &"x".repeat(65)] {
            assert!(bad.parse::<JobId>().is_err(), "{bad:?}");
        }
    }
}
