use std::{ffi::OsStr, fmt, path::Path, str::FromStr};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::escape::hex;
use crate::{Version, WorkerName};

/// The folder in an object that holds what the hive knows about it. No package can have one, since
/// a file at its root may not start with a dot.
pub const RECORDS: &str = ".rbee";
/// The record of what the object is.
pub(super) const OBJECT: &str = "object.json";
/// The record of its members.
pub(super) const MANIFEST: &str = "manifest.json";

/// How many hexadecimal digits of the digest a name starts with.
const DIGITS: usize = 32;
/// The longest file name (`NAME_MAX`).
const LONGEST: usize = 255;

/// The name of an object's folder: `<first 32 hex of its digest>-<name>-<version>`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ObjectName(String);

/// A string that names no object.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} names no store object: it is 32 hexadecimal digits, a name and a version")]
pub struct InvalidObjectName(String);

impl ObjectName {
    /// The name of the object with this identity, worker and version.
    ///
    /// # Errors
    /// If it would be longer than a file name can be.
    pub fn new(
        identity: &str,
        name: &WorkerName,
        version: &Version,
    ) -> Result<Self, InvalidObjectName> {
        let digits = identity.get(..DIGITS).unwrap_or(identity);
        // A colon ends an entry of LD_LIBRARY_PATH.
        let version = version.as_str().replace(':', "_");
        format!("{digits}-{name}-{version}").parse()
    }

    /// The name of the object that lies in this folder, if it is one.
    pub fn of(folder: &Path) -> Option<Self> {
        folder.file_name().and_then(OsStr::to_str)?.parse().ok()
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first digits of the identity.
    pub fn digits(&self) -> &str {
        &self.0[..DIGITS]
    }
}

impl FromStr for ObjectName {
    type Err = InvalidObjectName;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let hex = |b: &u8| b.is_ascii_digit() || (b'a'..=b'f').contains(b);
        let fits = s.len() <= LONGEST
            && s.split_once('-').is_some_and(|(digits, rest)| {
                digits.len() == DIGITS
                    && digits.as_bytes().iter().all(hex)
                    && rest.contains('-')
                    && rest.bytes().all(|b| b.is_ascii_graphic() && b != b'/')
            });
        if fits {
            Ok(Self(s.to_owned()))
        } else {
            Err(InvalidObjectName(s.chars().take(300).collect()))
        }
    }
}

impl TryFrom<String> for ObjectName {
    type Error = InvalidObjectName;

    fn try_from(s: String) -> Result<Self, Self::Error> {
        s.parse()
    }
}

impl From<ObjectName> for String {
    fn from(name: ObjectName) -> Self {
        name.0
    }
}

impl fmt::Display for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// What an object is, kept in it, since its name cannot be taken apart: both a worker's name and a
/// version may have hyphens.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ObjectRecord {
    pub(super) name: WorkerName,
    pub(super) version: Version,
    /// The digest of what the files were made from.
    pub(super) inputs: String,
    /// The digest of the files.
    pub(super) digest: String,
    pub(super) size: u64,
}

impl ObjectRecord {
    /// What tells the object from all others: its files, with this digest, and what they were made
    /// from.
    pub(super) fn identity(&self, digest: &str) -> String {
        hex(&Sha256::digest(format!("rbee-object-1\n{digest}\n{}\n", self.inputs)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_store_names_is_an_object() {
        let digest = "0123456789abcdef".repeat(4);
        let (name, version) = ("a-b".parse().unwrap(), "1:2.0-1".parse().unwrap());
        let object = ObjectName::new(&digest, &name, &version).unwrap();
        assert_eq!(object.as_str(), "0123456789abcdef0123456789abcdef-a-b-1_2.0-1");
        assert_eq!(object.digits(), &digest[..32]);
        assert_eq!(ObjectName::of(Path::new("/s").join(object.as_str()).as_path()), Some(object));
        for bad in ["", ".staging", "lost+found", "../x", "0123456789abcdef0123456789abcdef-a"] {
            assert!(bad.parse::<ObjectName>().is_err(), "{bad:?}");
        }
        let slash = "0123456789abcdef0123456789abcdef-a/../b-1";
        assert!(slash.parse::<ObjectName>().is_err());
    }

    #[test]
    fn a_name_longer_than_a_file_name_is_refused() {
        let (name, version) = ("n".repeat(128), "1".repeat(128));
        let digest = "0".repeat(64);
        let made = ObjectName::new(&digest, &name.parse().unwrap(), &version.parse().unwrap());
        assert!(made.is_err());
    }
}
