use std::{collections::BTreeMap, fmt, io, path::Path};

use serde::{Deserialize, Serialize};

use super::{
    canonical::hash,
    escape::escape,
    failure::Doing as _,
    layout::Store,
    manifest::{Content, Entry, Manifest},
    object::{MANIFEST, OBJECT, ObjectName, ObjectRecord, RECORDS},
    parallel,
    tree::{Access, Kind, Member, Tree, bytes},
};
use crate::StoreError;

/// One member of an object that is not as it was committed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Damage {
    /// Its path, relative to the object and as the manifest writes it; `.` is the object itself.
    pub path: String,
    /// What is wrong with it.
    pub what: DamageKind,
}

/// What can be wrong with a member of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DamageKind {
    /// It is not there.
    Missing,
    /// It has another content, or is another kind of thing.
    Altered,
    /// It was not committed.
    Extra,
    /// It can be written, or cannot be executed, where it should be otherwise.
    WrongMode,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.what {
            DamageKind::Missing => "is missing",
            DamageKind::Altered => "was altered",
            DamageKind::Extra => "was added",
            DamageKind::WrongMode => "has the wrong permissions",
        };
        write!(f, "{} {what}", self.path)
    }
}

impl Store {
    /// Compares every file of the object in this folder with its manifest, and the manifest with
    /// the identity in the folder's name. Returns what differs, by path: nothing, if all is well.
    ///
    /// # Errors
    /// If a file is there and cannot be read.
    pub fn verify(&self, object: &Path) -> Result<Vec<Damage>, StoreError> {
        let whole = |path: &str, what| Ok(vec![Damage { path: path.to_owned(), what }]);
        let tree = match Tree::open(object) {
            Ok(tree) => tree,
            Err(error) if is_missing(&error) => return whole(".", DamageKind::Missing),
            Err(error) => return Err(error).doing("open an object"),
        };
        let manifest_path = format!("{RECORDS}/{MANIFEST}");
        let manifest = match self.manifest(object) {
            Ok(manifest) => manifest,
            Err(StoreError::Manifest { .. }) => return whole(&manifest_path, DamageKind::Altered),
            Err(StoreError::Io { source, .. }) if is_missing(&source) => {
                return whole(&manifest_path, DamageKind::Missing);
            }
            Err(error) => return Err(error),
        };
        if let Some(name) = ObjectName::of(object) {
            let record = self.record(object, OBJECT).ok();
            let record = record.and_then(|r| serde_json::from_slice::<ObjectRecord>(&r).ok());
            if !record.is_some_and(|r| r.identity(&manifest.digest()).starts_with(name.digits())) {
                return whole(&manifest_path, DamageKind::Altered);
            }
        }
        compare(&tree, &manifest).doing("read an object")
    }
}

fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

fn compare(tree: &Tree, manifest: &Manifest) -> io::Result<Vec<Damage>> {
    let mut members: BTreeMap<String, Member> = tree
        .members(Access::ReadOnly)?
        .into_iter()
        .filter(|member| !member.path.starts_with(RECORDS))
        .map(|member| (escape(bytes(&member.path)), member))
        .collect();
    let pairs: Vec<(&Entry, Option<Member>)> =
        manifest.entries.iter().map(|entry| (entry, members.remove(&entry.path))).collect();
    let found = parallel::map(&pairs, |(entry, member)| match member {
        None => Ok(Some(DamageKind::Missing)),
        Some(member) => damage(tree, &entry.content, member),
    })?;
    let known = pairs.iter().zip(found).filter_map(|((entry, _), what)| {
        what.map(|what| Damage { path: entry.path.clone(), what })
    });
    let extra = members.into_keys().map(|path| Damage { path, what: DamageKind::Extra });
    let mut all: Vec<Damage> = known.chain(extra).collect();
    all.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(all)
}

fn damage(tree: &Tree, expected: &Content, member: &Member) -> io::Result<Option<DamageKind>> {
    let same = match (expected, &member.kind) {
        (Content::Folder, Kind::Folder) => true,
        (Content::Symlink { target }, Kind::Symlink { target: found }) => *target == escape(found),
        (Content::File { size, sha256, .. }, Kind::File) if *size == member.status.size => {
            match tree.file(&member.path, Access::ReadOnly) {
                Ok(mut file) => hash(&mut file).map_err(tree.at(&member.path))?.1 == *sha256,
                // Then its mode is wrong, which is said below.
                Err(error) if error.kind() == io::ErrorKind::PermissionDenied => true,
                Err(error) => return Err(error),
            }
        }
        _ => false,
    };
    let wrong_mode = expected.mode().is_some_and(|mode| mode != member.status.mode);
    Ok(match (same, wrong_mode) {
        (false, _) => Some(DamageKind::Altered),
        (true, true) => Some(DamageKind::WrongMode),
        (true, false) => None,
    })
}
