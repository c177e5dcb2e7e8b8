use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::{InvalidVersion, UnknownName, Version, WorkerType};

/// The name of a worker and of its recipe: as a PKGBUILD's `pkgname`, 1 to 128 of
/// `A-Z a-z 0-9 . _ + -`, not starting with a dot or a hyphen. (`@` starts the version of an id.)
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct WorkerName(String);

/// `name[:backend][@version]`, parsed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct WorkerId {
    /// The worker.
    pub name: WorkerName,
    /// The backend, if one is asked for.
    pub backend: Option<WorkerType>,
    /// The version, if one is asked for; `pkgver` alone means any `pkgrel` of it.
    pub version: Option<Version>,
}

/// A string that is no worker id.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidWorkerId {
    /// The name has characters that no recipe's name has.
    #[error(
        "{0:?} is no worker name: use A-Z a-z 0-9 . _ + -, not starting with a dot or a hyphen"
    )]
    Name(String),
    /// The part after the colon is no backend.
    #[error("in the worker id {id:?}")]
    Backend {
        /// The whole id.
        id: String,
        /// Which backends there are.
        source: UnknownName,
    },
    /// The part after the at sign is no version.
    #[error("in the worker id {id:?}")]
    Version {
        /// The whole id.
        id: String,
        /// What a version looks like.
        source: InvalidVersion,
    },
}

impl WorkerName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for WorkerName {
    type Err = InvalidWorkerId;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let fits = (1..=128).contains(&s.len())
            && !s.starts_with(['.', '-'])
            && s.bytes().all(|b| b.is_ascii_alphanumeric() || b"._+-".contains(&b));
        if fits {
            Ok(Self(s.to_owned()))
        } else {
            Err(InvalidWorkerId::Name(s.chars().take(80).collect()))
        }
    }
}

impl FromStr for WorkerId {
    type Err = InvalidWorkerId;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let shown = || s.chars().take(160).collect::<String>();
        let (rest, version) = match s.split_once('@') {
            None => (s, None),
            Some((rest, version)) => {
                let version = version
                    .parse()
                    .map_err(|source| InvalidWorkerId::Version { id: shown(), source })?;
                (rest, Some(version))
            }
        };
        let (name, backend) = match rest.split_once(':') {
            None => (rest, None),
            Some((name, backend)) => {
                let backend = backend
                    .parse()
                    .map_err(|source| InvalidWorkerId::Backend { id: shown(), source })?;
                (name, Some(backend))
            }
        };
        Ok(Self { name: name.parse()?, backend, version })
    }
}

impl fmt::Display for WorkerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Display for WorkerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.name)?;
        if let Some(backend) = self.backend {
            write!(f, ":{backend}")?;
        }
        if let Some(version) = &self.version {
            write!(f, "@{version}")?;
        }
        Ok(())
    }
}

impl TryFrom<String> for WorkerName {
    type Error = InvalidWorkerId;

    fn try_from(s: String) -> Result<Self, Self::Error> {
        s.parse()
    }
}

impl From<WorkerName> for String {
    fn from(name: WorkerName) -> Self {
        name.0
    }
}

impl TryFrom<String> for WorkerId {
    type Error = InvalidWorkerId;

    fn try_from(s: String) -> Result<Self, Self::Error> {
        s.parse()
    }
}

impl From<WorkerId> for String {
    fn from(id: WorkerId) -> Self {
        id.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_prints_as_it_was_written() {
        for id in ["llama-server", "llama-server:cuda", "llama-server:cpu@b10605", "a@2:1.0-1"] {
            assert_eq!(id.parse::<WorkerId>().unwrap().to_string(), id);
        }
    }

    #[test]
    fn what_could_leave_a_folder_is_no_id() {
        let long = "x".repeat(10_000);
        for bad in [
            "", "..", "../x", "a/b", "a\0b", "a\nb", "-a", ".a", "a:gpu", "a@", "a@../x", "a b",
            ":cpu", "@1", "a:", "ä", &long,
        ] {
            assert!(bad.parse::<WorkerId>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_backend_is_never_guessed_from_the_name() {
        assert_eq!("llama-server-cuda".parse::<WorkerId>().unwrap().backend, None);
    }
}
