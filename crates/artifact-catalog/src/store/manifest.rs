use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::escape::hex;

/// Every member of an object, in the order of their paths' bytes, and with that its digest.
///
/// Paths and link targets are text: a control character, `%` and each byte that is not UTF-8 are
/// `%XX`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The members, without the root itself.
    pub entries: Vec<Entry>,
}

/// One member of an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its path, relative to the object.
    pub path: String,
    /// What it is.
    #[serde(flatten)]
    pub content: Content,
}

/// What a member is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Content {
    /// A folder, mode 0555.
    Folder,
    /// A regular file, mode 0555 if it is executable and 0444 if not.
    File {
        /// Its length in bytes.
        size: u64,
        /// Its digest, in lower-case hexadecimal.
        sha256: String,
        /// Whether anybody could execute it before it was sealed.
        executable: bool,
    },
    /// A symbolic link; it is recorded, and never followed.
    Symlink {
        /// Where it points.
        target: String,
    },
}

impl Content {
    /// The permission bits that it must have; a link's mean nothing.
    pub(super) fn mode(&self) -> Option<u32> {
        match self {
            Self::Folder | Self::File { executable: true, .. } => Some(0o555),
            Self::File { executable: false, .. } => Some(0o444),
            Self::Symlink { .. } => None,
        }
    }
}

impl Manifest {
    /// The digest of the tree, in lower-case hexadecimal: the sha256 of the line `rbee-tree-1` and
    /// a line for each entry, its fields separated by tabs, which no path has:
    ///
    /// ```text
    /// d <path>
    /// f <path> <size> <sha256>
    /// x <path> <size> <sha256>         executable
    /// l <path> <target>
    /// ```
    pub fn digest(&self) -> String {
        let mut text = String::from("rbee-tree-1\n");
        for Entry { path, content } in &self.entries {
            // Writing to a String cannot fail.
            let _ = match content {
                Content::Folder => writeln!(text, "d\t{path}"),
                Content::File { size, sha256, executable } => {
                    let kind = if *executable { 'x' } else { 'f' };
                    writeln!(text, "{kind}\t{path}\t{size}\t{sha256}")
                }
                Content::Symlink { target } => writeln!(text, "l\t{path}\t{target}"),
            };
        }
        hex(&Sha256::digest(text))
    }

    /// The bytes of the regular files.
    pub fn size(&self) -> u64 {
        let size = |entry: &Entry| match entry.content {
            Content::File { size, .. } => size,
            Content::Folder | Content::Symlink { .. } => 0,
        };
        self.entries.iter().map(size).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_never_changes() {
        let entry = |path: &str, content| Entry { path: path.into(), content };
        let file = |executable| Content::File { size: 2, sha256: "00".into(), executable };
        let manifest = Manifest {
            entries: vec![
                entry("usr", Content::Folder),
                entry("usr/a", file(true)),
                entry("usr/b", file(false)),
                entry("usr/c", Content::Symlink { target: "a".into() }),
            ],
        };
        // printf 'rbee-tree-1\nd\tusr\nx\tusr/a\t2\t00\nf\tusr/b\t2\t00\nl\tusr/c\ta\n' | sha256sum
        assert_eq!(
            manifest.digest(),
            "03053e8fc26b4caefdaf12a06af1b7d2f78c623f84e652e8964070e31ea81614"
        );
        assert_eq!(manifest.size(), 4);
    }

    #[test]
    fn a_manifest_reads_as_plain_json() {
        let json = r#"{"entries":[{"path":"usr","type":"folder"},{"path":"usr/a","type":"file","size":2,"sha256":"00","executable":true},{"path":"l","type":"symlink","target":"usr"}]}"#;
        let manifest: Manifest = serde_json::from_str(json).unwrap();
        assert_eq!(serde_json::to_string(&manifest).unwrap(), json);
    }
}
