use std::{
    ffi::{OsStr, OsString},
    fs::File,
    io::{self, Read, Write},
    os::{fd::OwnedFd, unix::ffi::OsStrExt},
    path::{Path, PathBuf},
    time::SystemTime,
};

use rustix::{
    fs::{
        AtFlags, CWD, FileType, Mode, OFlags, RawMode, ResolveFlags, Timespec, Timestamps, fchmod,
        futimens, linkat, mkdirat, openat, openat2, statat, symlinkat, unlinkat, utimensat,
    },
    io::Errno,
};

use super::{
    members::Attributes,
    path::{beneath, escape, refuse},
};

/// How much an unpacked source may be. It guards the disk against a small file that is made to
/// unpack into a huge one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Bytes of all files.
    pub(crate) bytes: u64,
    /// Files, folders and links.
    pub(crate) members: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: 64 << 30, members: 2_000_000 }
    }
}

/// A folder that members are written into, and never out of.
///
/// Every member's folder is opened beneath the root by the kernel (`RESOLVE_BENEATH`), so a symlink
/// that an archive made is followed inside and refused where it leads out. The member itself is
/// always made anew: nothing is written through a link.
#[derive(Debug)]
pub(crate) struct Tree {
    root: OwnedFd,
    limits: Limits,
    /// The folder of the member before; most members have the same.
    last: Option<(PathBuf, OwnedFd)>,
    /// Folders get their mode and time last, because what is made in them changes both.
    folders: Vec<(PathBuf, Attributes)>,
    warnings: Vec<String>,
    buffer: Vec<u8>,
}

const FOLDER: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

impl Tree {
    /// The tree at an existing folder. Limits count from here.
    pub(crate) fn open(root: &Path, limits: Limits) -> io::Result<Self> {
        let root = openat(CWD, root, FOLDER, Mode::empty())?;
        let (last, folders, warnings) = (None, Vec::new(), Vec::new());
        Ok(Self { root, limits, last, folders, warnings, buffer: vec![0; 128 * 1024] })
    }

    /// What was left out.
    pub(crate) fn warnings(&mut self) -> Vec<String> {
        std::mem::take(&mut self.warnings)
    }

    /// What is left of the limits.
    pub(crate) fn limits(&self) -> Limits {
        self.limits
    }

    /// A member of a kind that cannot be in a source, such as a device: left out.
    pub(super) fn skip(&mut self, member: &[u8], what: &str) {
        self.warnings.push(format!("left out {}: {what}", String::from_utf8_lossy(member)));
    }

    /// A folder. One that is there stays.
    pub(crate) fn folder(&mut self, member: &[u8], attributes: Attributes) -> io::Result<()> {
        self.count(member)?;
        let path = beneath(member)?;
        if path.as_os_str().is_empty() {
            return Ok(());
        }
        self.descend(&path, member)?;
        self.folders.push((path, attributes));
        Ok(())
    }

    /// A file with what `content` has. Returns its size.
    pub(crate) fn file(
        &mut self,
        member: &[u8],
        attributes: Attributes,
        content: &mut dyn Read,
    ) -> io::Result<u64> {
        self.count(member)?;
        let (folder, name) = self.place(member)?;
        let new =
            OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = openat(&self.folder_fd(&folder)?, &name, new, Mode::from_raw_mode(0o600))?;
        let mut file = File::from(file);
        let mut size = 0;
        let mut buffer = std::mem::take(&mut self.buffer);
        loop {
            let read = match content.read(&mut buffer) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            self.limits.bytes =
                self.limits.bytes.checked_sub(read as u64).ok_or_else(|| {
                    refuse(member, "the sources unpack to more bytes than allowed")
                })?;
            file.write_all(&buffer[..read])?;
            size += read as u64;
        }
        self.buffer = buffer;
        fchmod(&file, Mode::from_raw_mode(attributes.permissions()))?;
        futimens(&file, &times(attributes.modified))?;
        Ok(size)
    }

    /// A file that is no archive's member.
    pub(crate) fn put(
        &mut self,
        name: &str,
        mode: u32,
        modified: SystemTime,
        content: &mut dyn Read,
    ) -> io::Result<()> {
        self.file(name.as_bytes(), Attributes { mode, modified }, content).map(drop)
    }

    /// A symlink, which may point anywhere: it is not followed out of the tree.
    pub(crate) fn symlink(
        &mut self,
        member: &[u8],
        target: &[u8],
        attributes: Attributes,
    ) -> io::Result<()> {
        self.count(member)?;
        let (folder, name) = self.place(member)?;
        let folder = self.folder_fd(&folder)?;
        symlinkat(OsStr::from_bytes(target), &folder, &name)?;
        utimensat(&folder, &name, &times(attributes.modified), AtFlags::SYMLINK_NOFOLLOW)?;
        Ok(())
    }

    /// A second name of a member that is there.
    pub(crate) fn hard_link(&mut self, member: &[u8], target: &[u8]) -> io::Result<()> {
        self.count(member)?;
        let from = beneath(target)?;
        let missing =
            || refuse(member, "it is a hard link to something that is not in the archive");
        if from == beneath(member)? {
            return Ok(());
        }
        let (from, from_name) = (from.parent().map(Path::to_owned), from.file_name());
        let (Some(from), Some(from_name)) = (from, from_name) else { return Err(missing()) };
        let source = match self.open_folder(&from) {
            Ok(folder) => folder,
            Err(Errno::NOENT) => return Err(missing()),
            Err(error) => return Err(escape(error, member)),
        };
        let (folder, name) = self.place(member)?;
        let folder = self.folder_fd(&folder)?;
        match linkat(&source, from_name, &folder, &name, AtFlags::empty()) {
            Err(Errno::NOENT) => Err(missing()),
            Err(Errno::PERM) => Err(refuse(member, "it is a hard link to a folder")),
            linked => Ok(linked?),
        }
    }

    /// Gives the folders their modes and times.
    pub(crate) fn finish(&mut self) -> io::Result<()> {
        self.last = None;
        for (path, attributes) in std::mem::take(&mut self.folders).into_iter().rev() {
            let readable = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
            let folder = match self.open_beneath(&path, readable) {
                Ok(folder) => folder,
                // A later member took its place.
                Err(Errno::NOENT | Errno::NOTDIR | Errno::XDEV | Errno::LOOP) => continue,
                Err(error) => return Err(error.into()),
            };
            // The hive has to be able to delete what is in it.
            fchmod(&folder, Mode::from_raw_mode(attributes.permissions() | 0o700))?;
            futimens(&folder, &times(attributes.modified))?;
        }
        Ok(())
    }

    /// Makes room for a member: its folder exists, and nothing has its name there.
    fn place(&mut self, member: &[u8]) -> io::Result<(PathBuf, OsString)> {
        let path = beneath(member)?;
        let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
            return Err(refuse(member, "it has no name"));
        };
        self.descend(folder, member)?;
        let parent = self.folder_fd(folder)?;
        match unlinkat(&parent, name, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => {}
            Err(Errno::ISDIR | Errno::PERM) => {
                self.last = None;
                unlinkat(&parent, name, AtFlags::REMOVEDIR)
                    .map_err(|_| refuse(member, "a folder with files in it has its name"))?;
            }
            Err(error) => return Err(error.into()),
        }
        Ok((folder.to_owned(), name.to_owned()))
    }

    /// Makes sure that this is a folder, and remembers it open.
    fn descend(&mut self, path: &Path, member: &[u8]) -> io::Result<()> {
        if self.last.as_ref().is_some_and(|(last, _)| last == path) {
            return Ok(());
        }
        let opened = match self.open_folder(path) {
            Err(Errno::NOENT | Errno::NOTDIR) => {
                if let (Some(parent), Some(name)) = (path.parent(), path.file_name()) {
                    self.descend(parent, member)?;
                    make_folder(&self.folder_fd(parent)?, name, member)?;
                }
                self.open_folder(path)
            }
            opened => opened,
        };
        let opened = opened.map_err(|error| escape(error, member))?;
        self.last = Some((path.to_owned(), opened));
        Ok(())
    }

    fn folder_fd(&self, path: &Path) -> io::Result<OwnedFd> {
        match &self.last {
            Some((last, folder)) if last == path => folder.try_clone(),
            _ => Ok(self.open_folder(path)?),
        }
    }

    fn open_folder(&self, path: &Path) -> Result<OwnedFd, Errno> {
        self.open_beneath(path, FOLDER)
    }

    fn open_beneath(&self, path: &Path, flags: OFlags) -> Result<OwnedFd, Errno> {
        let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
        match openat2(&self.root, path, flags, Mode::empty(), resolve) {
            // Not before Linux 5.6, nor under some filters.
            Err(Errno::NOSYS | Errno::PERM) => self.walk(path, flags),
            opened => opened,
        }
    }

    /// The same, and stricter: no symlinks at all.
    fn walk(&self, path: &Path, flags: OFlags) -> Result<OwnedFd, Errno> {
        let mut folder = openat(&self.root, ".", FOLDER, Mode::empty())?;
        for component in path.components() {
            folder =
                openat(&folder, component.as_os_str(), FOLDER | OFlags::NOFOLLOW, Mode::empty())?;
        }
        openat(&folder, ".", flags, Mode::empty())
    }

    fn count(&mut self, member: &[u8]) -> io::Result<()> {
        self.limits.members = self
            .limits
            .members
            .checked_sub(1)
            .ok_or_else(|| refuse(member, "the sources have more members than allowed"))?;
        Ok(())
    }
}

/// A new folder, in the place of whatever is no folder.
fn make_folder(parent: &OwnedFd, name: &OsStr, member: &[u8]) -> io::Result<()> {
    let mode = Mode::from_raw_mode(0o755);
    match mkdirat(parent, name, mode) {
        Err(Errno::EXIST) => {
            let there = statat(parent, name, AtFlags::SYMLINK_NOFOLLOW)?;
            if FileType::from_raw_mode(RawMode::from(there.st_mode)) == FileType::Symlink {
                return Err(refuse(member, "a symlink that leads to no folder is in its path"));
            }
            unlinkat(parent, name, AtFlags::empty())?;
            Ok(mkdirat(parent, name, mode)?)
        }
        other => Ok(other?),
    }
}

fn times(modified: SystemTime) -> Timestamps {
    let since = modified.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let time = Timespec {
        tv_sec: since.as_secs().try_into().unwrap_or_default(),
        tv_nsec: since.subsec_nanos().into(),
    };
    Timestamps { last_access: time, last_modification: time }
}

#[cfg(test)]
mod tests;
