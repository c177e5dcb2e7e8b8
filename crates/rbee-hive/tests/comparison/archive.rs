//! A package as a file of tar.

use std::{
    collections::BTreeMap,
    io::Read as _,
    path::{Path, PathBuf},
};

use tar::{Archive, EntryType};

/// A package's members by path.
#[derive(Debug, Default)]
pub(crate) struct Package {
    pub(crate) members: BTreeMap<PathBuf, Member>,
}

/// One member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) kind: Kind,
    pub(crate) mode: u32,
    pub(crate) owner: (u64, u64),
    pub(crate) owner_names: (String, String),
    pub(crate) mtime: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A file's content, and every path that leads to it.
    File {
        content: Vec<u8>,
        paths: Vec<PathBuf>,
    },
    Folder,
    Link(PathBuf),
    Other(u8),
}

impl Package {
    /// Reads a package, compressed with zstd or not at all.
    pub(crate) fn read(file: &Path) -> Self {
        let bytes = fs_err::read(file).unwrap();
        let bytes = if bytes.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
            zstd::decode_all(&*bytes).unwrap()
        } else {
            bytes
        };
        let mut package = Self::default();
        let mut groups = BTreeMap::<PathBuf, Vec<PathBuf>>::new();
        for entry in Archive::new(&*bytes).entries().unwrap() {
            let mut entry = entry.unwrap();
            let path = entry.path().unwrap().into_owned();
            let header = entry.header().clone();
            let name = |name: Option<&[u8]>| {
                String::from_utf8_lossy(name.unwrap_or_default()).into_owned()
            };
            let kind = match header.entry_type() {
                EntryType::Regular => {
                    let mut content = Vec::new();
                    entry.read_to_end(&mut content).unwrap();
                    groups.insert(path.clone(), vec![path.clone()]);
                    Kind::File { content, paths: Vec::new() }
                }
                EntryType::Link => {
                    let first = entry.link_name().unwrap().unwrap().into_owned();
                    groups.get_mut(&first).unwrap().push(path.clone());
                    package.members[&first].kind.clone()
                }
                EntryType::Directory => Kind::Folder,
                EntryType::Symlink => Kind::Link(entry.link_name().unwrap().unwrap().into_owned()),
                other => Kind::Other(other.as_byte()),
            };
            let member = Member {
                kind,
                mode: header.mode().unwrap(),
                owner: (header.uid().unwrap(), header.gid().unwrap()),
                owner_names: (name(header.username_bytes()), name(header.groupname_bytes())),
                mtime: header.mtime().unwrap(),
            };
            let known = package.members.insert(path.clone(), member);
            assert!(known.is_none(), "{} is twice in {}", path.display(), file.display());
        }
        package.know_each_other(groups);
        package
    }

    /// Tells hard links of each other.
    fn know_each_other(&mut self, groups: BTreeMap<PathBuf, Vec<PathBuf>>) {
        for mut group in groups.into_values() {
            group.sort();
            for path in &group {
                if let Some(Member { kind: Kind::File { paths, .. }, .. }) =
                    self.members.get_mut(path)
                {
                    paths.clone_from(&group);
                }
            }
        }
    }

    /// The content of a file.
    pub(crate) fn file(&self, path: impl AsRef<Path>) -> Option<&[u8]> {
        match &self.members.get(path.as_ref())?.kind {
            Kind::File { content, .. } => Some(content),
            _ => None,
        }
    }

    /// What its `.PKGINFO` calls it.
    pub(crate) fn name(&self) -> String {
        let text = String::from_utf8_lossy(self.file(".PKGINFO").unwrap());
        text.lines().find_map(|line| line.strip_prefix("pkgname = ")).unwrap().to_owned()
    }
}
