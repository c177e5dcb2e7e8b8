use std::{ffi::OsStr, os::unix::ffi::OsStrExt as _, path::Path};

/// One member of a package, as it is when it is installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Member {
    /// Relative to the package's root, without `./`.
    pub(crate) path: Vec<u8>,
    /// The permission bits, set-user-id and the like among them.
    pub(crate) mode: u32,
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    /// Seconds since 1970.
    pub(crate) time: i64,
    pub(crate) kind: Kind,
}

/// What a member is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    Folder,
    /// Digests are in lower-case hexadecimal.
    File {
        size: u64,
        sha256: String,
        /// As makepkg wrote it up to release 6; nothing compares it.
        md5: Option<String>,
    },
    Symlink {
        target: Vec<u8>,
    },
}

impl Member {
    pub(crate) fn path(&self) -> &Path {
        Path::new(OsStr::from_bytes(&self.path))
    }

    /// The last component of its path.
    pub(crate) fn name(&self) -> &[u8] {
        self.path.rsplit(|b| *b == b'/').next().unwrap_or_default()
    }

    /// The path for a person.
    pub(crate) fn shown(&self) -> String {
        String::from_utf8_lossy(&self.path).into_owned()
    }

    /// The bytes of a file; of anything else none.
    pub(crate) fn size(&self) -> u64 {
        match self.kind {
            Kind::File { size, .. } => size,
            Kind::Folder | Kind::Symlink { .. } => 0,
        }
    }
}
