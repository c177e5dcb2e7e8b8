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

use super::members::Attributes;

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

/// A member that may not be unpacked; it travels inside an [`io::Error`].
#[derive(Debug, thiserror::Error)]
#[error("refused {member:?}: {reason}")]
pub(in crate::source) struct Refusal {
    pub(in crate::source) member: String,
    pub(in crate::source) reason: &'static str,
}

/// A folder that members are written into, and never out of.
///
/// Every member's folder is opened beneath the root by the kernel (`RESOLVE_BENEATH`), so a symlink
/// that an archive made is followed inside and refused where it leads out. The member itself is
/// always made anew: nothing is written through a link.
#[derive(Debug)]
pub(in crate::source) struct Tree {
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
    pub(in crate::source) fn open(root: &Path, limits: Limits) -> io::Result<Self> {
        let root = openat(CWD, root, FOLDER, Mode::empty())?;
        let (last, folders, warnings) = (None, Vec::new(), Vec::new());
        Ok(Self { root, limits, last, folders, warnings, buffer: vec![0; 128 * 1024] })
    }

    /// What was left out.
    pub(in crate::source) fn warnings(&mut self) -> Vec<String> {
        std::mem::take(&mut self.warnings)
    }

    /// What is left of the limits.
    pub(in crate::source) fn limits(&self) -> Limits {
        self.limits
    }

    /// A member of a kind that cannot be in a source, such as a device: left out.
    pub(super) fn skip(&mut self, member: &[u8], what: &str) {
        self.warnings.push(format!("left out {}: {what}", String::from_utf8_lossy(member)));
    }

    /// A folder. One that is there stays.
    pub(super) fn folder(&mut self, member: &[u8], attributes: Attributes) -> io::Result<()> {
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
    pub(super) fn file(
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
    pub(in crate::source) fn put(
        &mut self,
        name: &str,
        mode: u32,
        modified: SystemTime,
        content: &mut dyn Read,
    ) -> io::Result<()> {
        self.file(name.as_bytes(), Attributes { mode, modified }, content).map(drop)
    }

    /// A symlink, which may point anywhere: it is not followed out of the tree.
    pub(super) fn symlink(
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
    pub(super) fn hard_link(&mut self, member: &[u8], target: &[u8]) -> io::Result<()> {
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
    pub(in crate::source) fn finish(&mut self) -> io::Result<()> {
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

/// The member's path without empty and `.` components; refused if it names a place elsewhere.
fn beneath(member: &[u8]) -> io::Result<PathBuf> {
    if member.first() == Some(&b'/') {
        return Err(refuse(member, "its path is absolute"));
    }
    let mut path = PathBuf::new();
    for component in member.split(|b| *b == b'/') {
        match component {
            b"" | b"." => {}
            b".." => return Err(refuse(member, "its path leads up")),
            _ if component.contains(&0) => return Err(refuse(member, "its path has a NUL")),
            _ => path.push(OsStr::from_bytes(component)),
        }
    }
    Ok(path)
}

pub(super) fn refuse(member: &[u8], reason: &'static str) -> io::Error {
    io::Error::other(Refusal { member: String::from_utf8_lossy(member).into_owned(), reason })
}

fn escape(error: Errno, member: &[u8]) -> io::Error {
    match error {
        Errno::XDEV => refuse(member, "a symlink in its path leads out of the folder"),
        Errno::LOOP => refuse(member, "the symlinks in its path lead nowhere"),
        error => error.into(),
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
mod tests {
    use super::*;

    const PLAIN: Attributes = Attributes { mode: 0o6777, modified: SystemTime::UNIX_EPOCH };

    struct Place {
        folder: tempfile::TempDir,
        tree: Tree,
    }

    impl Place {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            fs_err::create_dir_all(folder.path().join("srcdir")).unwrap();
            fs_err::create_dir_all(folder.path().join("outside")).unwrap();
            let tree = Tree::open(&folder.path().join("srcdir"), Limits::default()).unwrap();
            Self { folder, tree }
        }

        fn path(&self, name: &str) -> PathBuf {
            self.folder.path().join("srcdir").join(name)
        }

        fn file(&mut self, name: &str) -> io::Result<u64> {
            self.tree.file(name.as_bytes(), PLAIN, &mut name.as_bytes())
        }

        fn nothing_outside(&self) {
            let outside = fs_err::read_dir(self.folder.path().join("outside")).unwrap();
            assert_eq!(outside.count(), 0);
        }
    }

    #[test]
    fn paths_that_name_another_place_are_refused() {
        let mut place = Place::new();
        for name in ["/etc/x", "../outside/x", "a/../../outside/x", "a\0b", "", "."] {
            assert!(place.file(name).is_err(), "{name:?}");
        }
        place.nothing_outside();
    }

    #[test]
    fn links_are_followed_inside_and_refused_outside() {
        let mut place = Place::new();
        place.file("real/a").unwrap();
        place.tree.symlink(b"inside", b"real", PLAIN).unwrap();
        place.file("inside/b").unwrap();
        assert!(place.path("real/b").is_file());
        for target in ["../outside", "/tmp", "real/../../outside", "inside/../../outside"] {
            place.tree.symlink(b"out", target.as_bytes(), PLAIN).unwrap();
            let error = place.file("out/x").unwrap_err().to_string();
            assert!(error.contains("refused \"out/x\""), "{error}");
            assert!(place.tree.folder(b"out/x", PLAIN).is_err());
            assert!(place.tree.symlink(b"out/x", b"y", PLAIN).is_err());
            assert!(place.tree.hard_link(b"out/x", b"real/a").is_err());
            assert!(place.tree.hard_link(b"x", b"out/x").is_err());
        }
        place.nothing_outside();
    }

    #[test]
    fn a_member_is_never_written_through_a_link() {
        let mut place = Place::new();
        let victim = place.folder.path().join("outside/victim");
        place.tree.symlink(b"x", victim.as_os_str().as_bytes(), PLAIN).unwrap();
        place.file("x").unwrap();
        assert!(fs_err::symlink_metadata(place.path("x")).unwrap().is_file());
        assert!(!victim.exists());
        // Nor through a hard link: the other name keeps its content.
        place.file("first").unwrap();
        place.tree.hard_link(b"second", b"first").unwrap();
        place.file("second").unwrap();
        assert_eq!(fs_err::read_to_string(place.path("first")).unwrap(), "first");
        assert_eq!(fs_err::read_to_string(place.path("second")).unwrap(), "second");
    }

    #[test]
    fn modes_lose_what_a_source_has_no_use_for() {
        use std::os::unix::fs::PermissionsExt;
        let mut place = Place::new();
        place.file("x").unwrap();
        place.tree.folder(b"d", Attributes { mode: 0o2555, ..PLAIN }).unwrap();
        place.file("d/x").unwrap();
        place.tree.finish().unwrap();
        let mode = |path| fs_err::metadata(path).unwrap().permissions().mode() & 0o7777;
        assert_eq!(mode(place.path("x")), 0o755);
        assert_eq!(mode(place.path("d")), 0o755);
        let modified = fs_err::metadata(place.path("d")).unwrap().modified().unwrap();
        assert_eq!(modified, SystemTime::UNIX_EPOCH);
    }

    #[test]
    fn names_need_not_be_text() {
        let mut place = Place::new();
        place.tree.file(b"d\xff/\xfe", PLAIN, &mut &b"x"[..]).unwrap();
        let folder = place.folder.path().join("srcdir").join(OsStr::from_bytes(b"d\xff"));
        assert!(folder.join(OsStr::from_bytes(b"\xfe")).is_file());
    }

    #[test]
    fn what_stands_in_the_way() {
        let mut place = Place::new();
        place.file("x").unwrap();
        place.file("x/y").unwrap();
        assert!(place.path("x/y").is_file());
        let error = place.file("x").unwrap_err().to_string();
        assert!(error.contains("a folder with files in it"), "{error}");
        place.tree.folder(b"empty", PLAIN).unwrap();
        place.file("empty").unwrap();
        assert!(place.path("empty").is_file());
        place.tree.symlink(b"nowhere", b"missing", PLAIN).unwrap();
        assert!(place.file("nowhere/x").is_err());
    }

    #[test]
    fn limits_hold() {
        let mut place = Place::new();
        place.tree.limits = Limits { bytes: 5, members: 3 };
        place.file("abc").unwrap();
        assert!(place.file("def").unwrap_err().to_string().contains("more bytes"));
        place.tree.limits.bytes = 100;
        place.file("def").unwrap();
        assert!(place.file("ghi").unwrap_err().to_string().contains("more members"));
    }

    #[test]
    fn without_openat2_no_symlink_is_followed() {
        let mut place = Place::new();
        place.file("real/a").unwrap();
        place.tree.symlink(b"inside", b"real", PLAIN).unwrap();
        assert!(place.tree.walk(Path::new("real"), FOLDER).is_ok());
        assert!(place.tree.walk(Path::new("inside"), FOLDER).is_err());
    }
}
