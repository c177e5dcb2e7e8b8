use std::{
    collections::{HashMap, HashSet},
    io::{self, Read},
    ops::ControlFlow,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use sha2::{Digest as _, Sha256};

use super::{
    ImportError, PackageFile,
    file::{Head, content},
};
use crate::{
    package::{Kind, Member},
    source::{
        Limits,
        archive::{Attributes, Entry, EntryType, Refusal, Tree, beneath, refuse},
        hex,
    },
};

/// The files of metadata that a package may have.
const METADATA: [&str; 5] = [".BUILDINFO", ".CHANGELOG", ".INSTALL", ".MTREE", ".PKGINFO"];

/// Unpacks a package into an empty folder, and compares each member with `.MTREE` on the way.
/// Returns the metadata, by name.
///
/// Modes other than who may execute, and owners, are only in `.MTREE`: the store has none.
///
/// # Errors
/// If a member is not what `.MTREE` says, missing or not listed, or would lie outside the folder.
pub(crate) fn extract(
    package: &PackageFile,
    head: &Head,
    tree: &Path,
    progress: &dyn Fn(u64, Option<u64>),
) -> Result<Vec<(String, Vec<u8>)>, ImportError> {
    let listed: HashMap<&[u8], &Member> = head.members.iter().map(|m| (&m.path[..], m)).collect();
    let failed = |error: io::Error| match error.downcast::<Refusal>() {
        Ok(Refusal { member, reason }) => {
            ImportError::Member { path: package.path().to_owned(), member, reason }
        }
        Err(error) => match error.downcast::<Mismatch>() {
            Ok(Mismatch(error)) => *error,
            Err(error) => package.damaged(error),
        },
    };
    let mut extraction = Extraction {
        package,
        head,
        listed,
        tree: Tree::open(tree, Limits::default()).map_err(unwritten).map_err(failed)?,
        seen: HashSet::new(),
        metadata: Vec::new(),
    };
    let read = Arc::new(AtomicU64::new(0));
    let extracted = package.each_member(&read, &mut |entry| {
        progress(read.load(Ordering::Relaxed), Some(package.size()));
        extraction.member(entry)?;
        Ok(ControlFlow::Continue(()))
    });
    extracted.and_then(|()| extraction.tree.finish().map_err(unwritten)).map_err(failed)?;
    if let Some(missing) = head.members.iter().find(|m| !extraction.seen.contains(&m.path)) {
        let (path, member) = (package.path().to_owned(), missing.shown());
        return Err(ImportError::Missing { path, member });
    }
    Ok(extraction.metadata)
}

struct Extraction<'a> {
    package: &'a PackageFile,
    head: &'a Head,
    /// What `.MTREE` lists, by path.
    listed: HashMap<&'a [u8], &'a Member>,
    tree: Tree,
    /// The paths of the members so far.
    seen: HashSet<Vec<u8>>,
    metadata: Vec<(String, Vec<u8>)>,
}

/// A member that is not as listed, or could not be written; it travels inside an [`io::Error`].
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Mismatch(Box<ImportError>);

impl Extraction<'_> {
    fn member(&mut self, entry: Entry<'_>) -> io::Result<()> {
        let path = bytes(&beneath(&entry.path)?);
        if path.is_empty() {
            return Ok(());
        }
        if !self.seen.insert(path.clone()) {
            return Err(refuse(&path, "it is in the archive twice"));
        }
        if !path.contains(&b'/') && path.starts_with(b".") {
            return self.own(&path, entry);
        }
        let Some(listed) = self.listed.get(&path[..]).copied() else {
            let path = self.package.path().to_owned();
            return Err(mismatch(ImportError::Extra { path, member: shown(&entry.path) }));
        };
        let attributes = Attributes::new(entry.mode, entry.time);
        self.alike(listed, &entry)?;
        match &listed.kind {
            Kind::Folder => self.tree.folder(&path, attributes).map_err(unwritten),
            Kind::Symlink { target } => {
                let found = entry.link.unwrap_or_default();
                self.same(listed, "its target", shown(&found), shown(target))?;
                if leads_out(&path, target) {
                    return Err(refuse(&path, "it is a link that leads out of the package"));
                }
                self.tree.symlink(&path, target, attributes).map_err(unwritten)
            }
            Kind::File { size, sha256, .. } if entry.kind == EntryType::Link => {
                let target = bytes(&beneath(&entry.link.unwrap_or_default())?);
                let first = self.listed.get(&target[..]).filter(|_| self.seen.contains(&target));
                match first.map(|first| &first.kind) {
                    Some(Kind::File { size: s, sha256: sum, .. }) if s == size && sum == sha256 => {
                        self.tree.hard_link(&path, &target).map_err(unwritten)
                    }
                    _ => Err(refuse(&path, "it is a hard link to something else")),
                }
            }
            Kind::File { size, sha256, .. } => {
                self.same(listed, "its size", entry.size.to_string(), size.to_string())?;
                let mut content =
                    Hashing { inner: entry.content, sha256: Sha256::new(), failed: false };
                let written = self.tree.file(&path, attributes, &mut content);
                written.map_err(|e| if content.failed { e } else { unwritten(e) })?;
                let found = hex(&content.sha256.finalize());
                self.same(listed, "its sha256", found, sha256.clone())
            }
        }
    }

    /// Whether a member is as listed, apart from its content.
    fn alike(&self, listed: &Member, entry: &Entry<'_>) -> io::Result<()> {
        let expected = match &listed.kind {
            Kind::Folder => "a folder",
            Kind::File { .. } => "a file",
            Kind::Symlink { .. } => "a symbolic link",
        };
        let found = kind(&listed.path, entry.kind)?;
        self.same(listed, "it", found.to_owned(), expected.to_owned())?;
        if !matches!(listed.kind, Kind::Symlink { .. }) {
            let octal = |mode: u32| format!("{mode:o}");
            self.same(listed, "its mode", octal(entry.mode), octal(listed.mode))?;
        }
        let owner = |uid: u64, gid: u64| format!("{uid}:{gid}");
        let expected = owner(listed.uid.into(), listed.gid.into());
        self.same(listed, "its owner", owner(entry.uid, entry.gid), expected)?;
        self.same(listed, "its time", entry.time.to_string(), listed.time.to_string())
    }

    /// A file of the metadata.
    fn own(&mut self, path: &[u8], mut entry: Entry<'_>) -> io::Result<()> {
        let name = String::from_utf8_lossy(path).into_owned();
        if !METADATA.contains(&name.as_str()) || kind(path, entry.kind)? != "a file" {
            return Err(refuse(path, "a name at the root of a package may not start with a dot"));
        }
        let content = content(&mut entry)?;
        if name == ".MTREE" {
            if content != self.head.mtree {
                return Err(mismatch(ImportError::Changed(self.package.path().to_owned())));
            }
        } else {
            let Some(listed) = self.listed.get(path).copied() else {
                let path = self.package.path().to_owned();
                return Err(mismatch(ImportError::Extra { path, member: name }));
            };
            let Kind::File { size, sha256, .. } = &listed.kind else {
                return Err(refuse(path, "it is no file in .MTREE"));
            };
            self.alike(listed, &entry)?;
            self.same(listed, "its size", entry.size.to_string(), size.to_string())?;
            self.same(listed, "its sha256", hex(&Sha256::digest(&content)), sha256.clone())?;
        }
        self.metadata.push((name.trim_start_matches('.').to_owned(), content));
        Ok(())
    }

    fn same(
        &self,
        listed: &Member,
        what: &'static str,
        found: String,
        expected: String,
    ) -> io::Result<()> {
        if found == expected { Ok(()) } else { Err(self.altered(listed, what, found, expected)) }
    }

    fn altered(
        &self,
        listed: &Member,
        what: &'static str,
        found: String,
        expected: String,
    ) -> io::Error {
        let (path, member) = (self.package.path().to_owned(), listed.shown());
        mismatch(ImportError::Altered { path, member, what, found, expected })
    }
}

fn mismatch(error: ImportError) -> io::Error {
    io::Error::other(Mismatch(Box::new(error)))
}

/// What a failure of the tree means: that of the disk, if nothing is wrong with the member.
fn unwritten(error: io::Error) -> io::Error {
    let of_member =
        error.get_ref().is_some_and(<dyn std::error::Error + Send + Sync>::is::<Refusal>)
            || error.kind() == io::ErrorKind::InvalidFilename;
    if of_member { error } else { mismatch(ImportError::Write(error)) }
}

/// What a member is, in words.
fn kind(path: &[u8], kind: EntryType) -> io::Result<&'static str> {
    match kind {
        EntryType::Directory => Ok("a folder"),
        EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse | EntryType::Link => {
            Ok("a file")
        }
        EntryType::Symlink => Ok("a symbolic link"),
        EntryType::Char | EntryType::Block => Err(refuse(path, "it is a device")),
        EntryType::Fifo => Err(refuse(path, "it is a named pipe")),
        _ => Err(refuse(path, "its kind is not known")),
    }
}

/// Whether a relative link climbs above the package's root. An absolute one means a place in the
/// system that the package is installed in, and is only ever followed there.
fn leads_out(path: &[u8], target: &[u8]) -> bool {
    if target.starts_with(b"/") {
        return false;
    }
    let mut depth = path.split(|b| *b == b'/').count() - 1;
    for component in target.split(|b| *b == b'/') {
        match component {
            b"" | b"." => {}
            b".." => match depth.checked_sub(1) {
                Some(above) => depth = above,
                None => return true,
            },
            _ => depth += 1,
        }
    }
    false
}

struct Hashing<'a> {
    inner: &'a mut dyn Read,
    sha256: Sha256,
    /// Whether the archive could not be read.
    failed: bool,
}

impl Read for Hashing<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer).inspect_err(|_| self.failed = true)?;
        self.sha256.update(&buffer[..read]);
        Ok(read)
    }
}

fn bytes(path: &Path) -> Vec<u8> {
    use std::os::unix::ffi::OsStrExt as _;
    path.as_os_str().as_bytes().to_vec()
}

fn shown(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_may_climb_to_the_root_and_no_further() {
        for (path, target, out) in [
            ("usr/lib/x", "../bin/x", false),
            ("usr/lib/x", "../../etc/x", false),
            ("usr/lib/x", "../../../etc/x", true),
            ("usr/lib/x", "a/../../../../x", true),
            ("x", "..", true),
            ("usr/x", "/etc/x", false),
        ] {
            assert_eq!(leads_out(path.as_bytes(), target.as_bytes()), out, "{path} {target}");
        }
    }
}
