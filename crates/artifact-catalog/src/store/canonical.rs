use std::{
    collections::HashMap,
    fs::File,
    io::{self, Read as _},
    path::Path,
};

use rustix::fs::{
    AtFlags, Mode, OFlags, Timespec, Timestamps, fchmod, futimens, openat, renameat, utimensat,
};
use sha2::{Digest as _, Sha256};

use super::{
    escape::{escape, hex},
    failure::Doing as _,
    manifest::{Content, Entry, Manifest},
    parallel,
    removal::open_up,
    tree::{Access, Kind, Member, Tree, bytes, path_of},
};
use crate::StoreError;

/// One second after the epoch: zero is what some programs take for "no time at all".
const SEALED: Timestamps = {
    let second = Timespec { tv_sec: 1, tv_nsec: 0 };
    Timestamps { last_access: second, last_modification: second }
};

/// Checks, hashes and canonicalises what is in this folder. The folder itself stays writable: the
/// records are still to come, and it is still to be moved.
pub(super) fn seal(path: &Path) -> Result<Manifest, StoreError> {
    // The functions of a recipe may have closed it.
    open_up(path).doing("open the package")?;
    let tree = Tree::open(path).doing("open the package")?;
    let members = tree.members(Access::Repair).doing("read the package")?;
    members.iter().try_for_each(check)?;
    unshare(&tree, &members).doing("copy a file that is linked from outside the package")?;

    let contents = parallel::map(&members, |member| content(&tree, member));
    let contents = contents.doing("hash the package")?;
    // Folders last and from the inside out, since sealing what is in one changes its time.
    for member in members.iter().rev().filter(|member| matches!(member.kind, Kind::Folder)) {
        seal_folder(&tree, &member.path).doing("seal the package")?;
    }
    tree.set_root_mode(0o755).doing("seal the package")?;

    let entry = |(member, content): (&Member, Content)| Entry {
        path: escape(bytes(&member.path)),
        content,
    };
    Ok(Manifest { entries: members.iter().zip(contents).map(entry).collect() })
}

fn check(member: &Member) -> Result<(), StoreError> {
    let path = bytes(&member.path);
    let reason = match member.kind {
        Kind::Refused(reason) => reason,
        _ if path.contains(&b'\n') => "a file name may not have a newline; rename it",
        _ if path.starts_with(b".") && !path.contains(&b'/') => {
            "a name at the root of a package may not start with a dot; move it below usr"
        }
        _ => return Ok(()),
    };
    Err(StoreError::Refused { path: escape(path).into(), reason })
}

/// Gives the package a copy of its own of every file that has a further name outside. Otherwise
/// sealing would change that file too, and whoever changes that file would change the object.
fn unshare(tree: &Tree, members: &[Member]) -> io::Result<()> {
    let linked = || {
        let files = members.iter().filter(|member| matches!(member.kind, Kind::File));
        files.filter(|file| file.status.links > 1)
    };
    let mut inside: HashMap<_, u32> = HashMap::new();
    for file in linked() {
        *inside.entry(file.status.inode).or_default() += 1;
    }
    for file in linked().filter(|file| inside[&file.status.inode] != file.status.links) {
        let mut original = tree.file(&file.path, Access::Repair)?;
        let (folder, name) = tree.parent(&file.path)?;
        let copy = path_of(b".rbee-copy".to_vec());
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
        let opened = openat(&folder, &copy, flags, Mode::from_raw_mode(file.status.mode & 0o777));
        let mut opened = File::from(opened.map_err(tree.at(&file.path))?);
        io::copy(&mut original, &mut opened).map_err(tree.at(&file.path))?;
        renameat(&folder, &copy, &folder, name).map_err(tree.at(&file.path))?;
    }
    Ok(())
}

/// What a member is; files and links get their canonical mode and time on the way.
fn content(tree: &Tree, member: &Member) -> io::Result<Content> {
    match &member.kind {
        Kind::Folder | Kind::Refused(_) => Ok(Content::Folder),
        Kind::Symlink { target } => {
            let (folder, name) = tree.parent(&member.path)?;
            utimensat(&folder, name, &SEALED, AtFlags::SYMLINK_NOFOLLOW)
                .map_err(tree.at(&member.path))?;
            Ok(Content::Symlink { target: escape(target) })
        }
        Kind::File => {
            let mut file = tree.file(&member.path, Access::Repair)?;
            let (size, sha256) = hash(&mut file).map_err(tree.at(&member.path))?;
            let executable = member.status.mode & 0o111 != 0;
            let content = Content::File { size, sha256, executable };
            let mode = Mode::from_raw_mode(content.mode().unwrap_or_default());
            fchmod(&file, mode).map_err(tree.at(&member.path))?;
            futimens(&file, &SEALED).map_err(tree.at(&member.path))?;
            Ok(content)
        }
    }
}

fn seal_folder(tree: &Tree, path: &Path) -> io::Result<()> {
    let folder = tree.folder(path)?;
    fchmod(&folder, Mode::from_raw_mode(0o555)).map_err(tree.at(path))?;
    futimens(&folder, &SEALED).map_err(tree.at(path))
}

/// Takes the rights of writing from what a folder is sealed with, last of all, and gives it the
/// canonical time.
pub(super) fn seal_root(path: &Path) -> io::Result<()> {
    let tree = Tree::open(path)?;
    tree.set_root_mode(0o555)?;
    futimens(tree.root(), &SEALED).map_err(tree.at(Path::new("")))
}

/// The length and the sha256 of what a file holds.
pub(super) fn hash(file: &mut File) -> io::Result<(u64, String)> {
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 256 * 1024];
    let mut size = 0;
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok((size, hex(&hasher.finalize()))),
            Ok(read) => {
                hasher.update(&buffer[..read]);
                size += read as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
