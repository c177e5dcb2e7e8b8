use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

/// Whose a member of a package is, and with which permission bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Owner {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    /// The permission bits, set-user-id and the like among them.
    pub(crate) mode: u32,
}

/// What a package function said about owners, which the files on the disk cannot show: outside the
/// sandbox they are all the hive's. What it said nothing about is root's, with the mode of the disk.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ownership {
    known: BTreeMap<PathBuf, Owner>,
}

impl Ownership {
    /// Records the owner of a member, by its path relative to the package's root.
    pub(crate) fn set(&mut self, path: PathBuf, owner: Owner) {
        self.known.insert(path, owner);
    }

    /// The owner of a member whose mode on the disk is this.
    pub(crate) fn of(&self, path: &Path, mode: u32) -> Owner {
        self.known.get(path).copied().unwrap_or(Owner { uid: 0, gid: 0, mode })
    }
}
