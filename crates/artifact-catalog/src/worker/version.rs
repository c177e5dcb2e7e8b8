use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// `[epoch:]pkgver-pkgrel`, safe as a part of a file name and of a worker id.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Version(String);

/// A string that is no version.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is no version: it is [epoch:]pkgver-pkgrel without white space or slashes")]
pub struct InvalidVersion(String);

impl Version {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a person who wrote `wanted` means this version: a version with a pkgrel is exactly
    /// that one; without, it is any pkgrel of it, and `pkgver` alone is so of any epoch.
    pub fn is(&self, wanted: &str) -> bool {
        if wanted.contains('-') {
            return self.0 == wanted;
        }
        let released = self.0.rsplit_once('-').map_or(self.0.as_str(), |(version, _)| version);
        let pkgver = released.split_once(':').map_or(released, |(_, pkgver)| pkgver);
        wanted == released || wanted == pkgver
    }
}

impl FromStr for Version {
    type Err = InvalidVersion;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let fits = (1..=128).contains(&s.len())
            && !s.starts_with(['.', '-'])
            && s.bytes().all(|b| b.is_ascii_graphic() && !b"/@\\\"'".contains(&b));
        if fits {
            Ok(Self(s.to_owned()))
        } else {
            Err(InvalidVersion(s.chars().take(80).collect()))
        }
    }
}

impl TryFrom<String> for Version {
    type Error = InvalidVersion;

    fn try_from(s: String) -> Result<Self, Self::Error> {
        s.parse()
    }
}

impl From<Version> for String {
    fn from(v: Version) -> Self {
        v.0
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_may_be_named_without_epoch_and_pkgrel() {
        let version: Version = "2:1.8.0-3".parse().unwrap();
        for wanted in ["2:1.8.0-3", "2:1.8.0", "1.8.0"] {
            assert!(version.is(wanted), "{wanted}");
        }
        for other in ["1.8.0-3", "1.8", "2:1.8", "8.0-3", "", "3"] {
            assert!(!version.is(other), "{other}");
        }
    }

    #[test]
    fn a_version_is_safe_in_a_file_name() {
        for bad in ["", ".", "..", "-1", "a/b", "a b", "a@b", "a\n", "a\0", &"1".repeat(129)] {
            assert!(bad.parse::<Version>().is_err(), "{bad:?}");
        }
    }
}
