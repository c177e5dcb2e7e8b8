use std::{
    ffi::{CStr, CString, OsStr, OsString},
    fs::File,
    io,
    os::unix::ffi::{OsStrExt as _, OsStringExt as _},
    path::{Path, PathBuf},
};

use rustix::{
    fd::{AsFd, OwnedFd},
    fs::{
        AtFlags, Dir, FileType, Mode, OFlags, StatxFlags, chmodat, fchmod, openat, readlinkat,
        statx,
    },
    io::Errno,
    path::Arg,
};

use super::failure::at;

/// How deep a package's folders may nest. Real ones reach about 20.
const DEEPEST: usize = 128;

/// A folder whose members were made by others. Every path in it is walked one component at a time,
/// and none of them may be a symbolic link, so nothing outside is ever touched.
#[derive(Debug)]
pub(super) struct Tree {
    root: OwnedFd,
    path: PathBuf,
}

/// One file, folder or link in a tree.
#[derive(Debug)]
pub(super) struct Member {
    /// Relative to the root.
    pub(super) path: PathBuf,
    pub(super) kind: Kind,
    pub(super) status: Status,
}

#[derive(Debug)]
pub(super) enum Kind {
    Folder,
    File,
    Symlink {
        target: Vec<u8>,
    },
    /// Something that no package may have, and why.
    Refused(&'static str),
}

/// Whether a walk may give the owner the rights that it needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// Change modes where they are in the way: nobody relies on them yet.
    Repair,
    /// Change nothing; what cannot be read is not looked into.
    ReadOnly,
}

impl Tree {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let root = open_folder_at(rustix::fs::CWD, path).map_err(at(path))?;
        Ok(Self { root, path: path.to_owned() })
    }

    pub(super) fn root(&self) -> &OwnedFd {
        &self.root
    }

    /// Every member, each folder before what is in it, in the order of the paths' bytes.
    pub(super) fn members(&self, access: Access) -> io::Result<Vec<Member>> {
        let mut members = Vec::new();
        self.walk(&self.root, Path::new(""), 1, access, &mut members)?;
        members.sort_by(|a, b| bytes(&a.path).cmp(bytes(&b.path)));
        Ok(members)
    }

    fn walk(
        &self,
        folder: &OwnedFd,
        path: &Path,
        depth: usize,
        access: Access,
        members: &mut Vec<Member>,
    ) -> io::Result<()> {
        for name in read_folder(folder).map_err(self.at(path))? {
            let path = path.join(OsStr::from_bytes(name.to_bytes()));
            let status = Status::at(folder, &name).map_err(self.at(&path))?;
            let kind = match status.file_type {
                FileType::RegularFile => Kind::File,
                FileType::Directory if depth >= DEEPEST => {
                    Kind::Refused("folders may nest 128 deep; make the recipe clean up")
                }
                FileType::Directory => Kind::Folder,
                FileType::Symlink => {
                    let target = readlinkat(folder, &name, Vec::new()).map_err(self.at(&path))?;
                    Kind::Symlink { target: target.into_bytes() }
                }
                FileType::Socket => Kind::Refused("a socket cannot be packaged; remove it"),
                FileType::Fifo => Kind::Refused("a named pipe cannot be packaged; remove it"),
                _ => Kind::Refused("a device cannot be packaged; remove it"),
            };
            if matches!(kind, Kind::Folder) {
                if access == Access::Repair && status.mode & 0o700 != 0o700 {
                    let mode = Mode::RWXU;
                    chmodat(folder, &name, mode, AtFlags::empty()).map_err(self.at(&path))?;
                }
                match open_folder_at(folder, &name) {
                    Ok(inner) => self.walk(&inner, &path, depth + 1, access, members)?,
                    Err(Errno::ACCESS) if access == Access::ReadOnly => {}
                    Err(error) => return Err(self.at(&path)(error)),
                }
            }
            members.push(Member { path, kind, status });
        }
        Ok(())
    }

    /// Opens a regular file for reading.
    pub(super) fn file(&self, path: &Path, access: Access) -> io::Result<File> {
        let (folder, name) = self.parent(path)?;
        // Without NONBLOCK, opening a named pipe would wait for a writer.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let opened = match openat(&folder, name, flags, Mode::empty()) {
            Err(Errno::ACCESS) if access == Access::Repair => {
                chmodat(&folder, name, Mode::RUSR, AtFlags::empty()).map_err(self.at(path))?;
                openat(&folder, name, flags, Mode::empty())
            }
            answered => answered,
        };
        let file = File::from(opened.map_err(self.at(path))?);
        if file.metadata().map_err(self.at(path))?.is_file() {
            Ok(file)
        } else {
            Err(self.at(path)(io::Error::other("not a regular file")))
        }
    }

    /// Opens a folder.
    pub(super) fn folder(&self, path: &Path) -> io::Result<OwnedFd> {
        let (parent, name) = self.parent(path)?;
        open_folder_at(&parent, name).map_err(self.at(path))
    }

    /// The folder that a member lies in, and its name there.
    pub(super) fn parent<'a>(&self, path: &'a Path) -> io::Result<(OwnedFd, &'a OsStr)> {
        let mut components = path.iter();
        let name = components.next_back().unwrap_or_default();
        let mut folder = self.root.try_clone().map_err(self.at(path))?;
        for component in components {
            folder = open_folder_at(&folder, component).map_err(self.at(path))?;
        }
        Ok((folder, name))
    }

    /// Names a member in an answer of the operating system.
    pub(super) fn at<E: Into<io::Error>>(&self, path: &Path) -> impl FnOnce(E) -> io::Error {
        let path = self.path.join(path);
        move |error| at(&path)(error)
    }

    /// Sets a mode exactly, whatever the umask.
    pub(super) fn set_root_mode(&self, mode: u32) -> io::Result<()> {
        fchmod(&self.root, Mode::from_raw_mode(mode)).map_err(at(&self.path))
    }
}

/// What is known of a member without opening it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Status {
    pub(super) file_type: FileType,
    /// The permission bits, set-user-id and the like among them.
    pub(super) mode: u32,
    pub(super) size: u64,
    pub(super) links: u32,
    /// Device and number.
    pub(super) inode: (u32, u32, u64),
}

impl Status {
    pub(super) fn at(folder: impl AsFd, name: impl Arg) -> Result<Self, Errno> {
        let found = statx(folder, name, AtFlags::SYMLINK_NOFOLLOW, StatxFlags::BASIC_STATS)?;
        let mode = u32::from(found.stx_mode);
        Ok(Self {
            file_type: FileType::from_raw_mode(mode),
            mode: mode & 0o7777,
            size: found.stx_size,
            links: found.stx_nlink,
            inode: (found.stx_dev_major, found.stx_dev_minor, found.stx_ino),
        })
    }

    /// The bytes that are freed when this name goes.
    pub(super) fn freed(&self) -> u64 {
        if self.file_type == FileType::RegularFile && self.links == 1 { self.size } else { 0 }
    }
}

/// Opens a folder, and never what a symbolic link leads to.
pub(super) fn open_folder_at(folder: impl AsFd, name: impl Arg) -> Result<OwnedFd, Errno> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    openat(folder, name, flags, Mode::empty())
}

/// The names in a folder.
pub(super) fn read_folder(folder: &OwnedFd) -> Result<Vec<CString>, Errno> {
    let own = |name: &CStr| matches!(name.to_bytes(), b"." | b"..");
    let mut names = Vec::new();
    for entry in Dir::read_from(folder)? {
        let entry = entry?;
        if !own(entry.file_name()) {
            names.push(entry.file_name().to_owned());
        }
    }
    Ok(names)
}

pub(super) fn bytes(path: &Path) -> &[u8] {
    path.as_os_str().as_bytes()
}

/// A path with these bytes.
pub(super) fn path_of(bytes: Vec<u8>) -> PathBuf {
    PathBuf::from(OsString::from_vec(bytes))
}
