use std::{
    io::{self, Write as _},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use fs_err::os::unix::fs::OpenOptionsExt as _;
use rustix::{
    fs::{CWD, RenameFlags, rename, renameat_with},
    io::Errno,
};

use super::{
    Manifest, ObjectName, Staging,
    canonical::seal_root,
    durable::{persist, persist_names},
    failure::{Doing as _, at},
    object::{MANIFEST, OBJECT, ObjectRecord, RECORDS},
    removal::open_up,
};
use crate::{StoreError, Version, WorkerName};

/// The files of a job, complete and canonical, whose digest is known. Dropping it deletes them.
#[derive(Debug)]
pub struct Sealed {
    staging: Staging,
    manifest: Manifest,
    object: ObjectName,
    record: ObjectRecord,
}

impl Sealed {
    pub(super) fn new(
        staging: Staging,
        manifest: Manifest,
        name: WorkerName,
        version: Version,
        inputs: String,
    ) -> Result<Self, StoreError> {
        let (digest, size) = (manifest.digest(), manifest.size());
        let record = ObjectRecord { name, version, inputs, digest, size };
        let object =
            ObjectName::new(&record.identity(&record.digest), &record.name, &record.version)?;
        Ok(Self { staging, manifest, object, record })
    }

    /// The digest of the tree, in lower-case hexadecimal. The same files give the same digest,
    /// whenever and wherever they were made.
    pub fn digest(&self) -> &str {
        &self.record.digest
    }

    /// The bytes of the regular files of the tree.
    pub fn size(&self) -> u64 {
        self.record.size
    }

    /// The name that the object will have.
    pub fn object_name(&self) -> &ObjectName {
        &self.object
    }

    /// The folder that the object will lie in.
    pub fn path(&self) -> PathBuf {
        self.staging.store().folder_of(&self.object)
    }

    /// The folder that the files lie in until they are committed.
    pub fn tree(&self) -> &Path {
        self.staging.tree()
    }

    /// Every member of the tree.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Puts the files into the store, with these records about them, and returns their folder.
    /// When this returns the object is durable; until then nothing of it can be seen.
    ///
    /// If the object is there already and undamaged it stays, with the records that it has; a
    /// damaged one is replaced. The caller holds the worker's lock until the catalog has an entry
    /// for the object, since an object without one is swept.
    ///
    /// A record's name, such as `worker.json`, may have folders: `packages/engine/PKGINFO`.
    ///
    /// # Errors
    /// If a record cannot be written, under a name that no other one has, or if the file system
    /// fails. An object that got its name before the failure is swept.
    pub fn commit(self, records: &[(&str, &[u8])]) -> Result<PathBuf, StoreError> {
        self.write_records(records)?;
        let tree = self.staging.tree();
        persist(tree, self.manifest.entries.len()).doing("make the object durable")?;
        let object = self.path();
        if !place(tree, &object).doing("put the object into the store")? {
            if self.staging.store().verify(&object)?.is_empty() {
                return Ok(object);
            }
            self.replace(tree, &object).doing("replace a damaged object")?;
        }
        // Only now: a folder that moves to another parent gets another `..`, for which an ordinary
        // user must be able to write it.
        seal_root(&object).doing("seal the object")?;
        let store = self.staging.store().path();
        for folder in [&object, &store] {
            persist_names(folder).doing("make the object durable")?;
        }
        Ok(object)
    }

    fn write_records(&self, records: &[(&str, &[u8])]) -> Result<(), StoreError> {
        let folder = self.staging.tree().join(RECORDS);
        let json = |result: serde_json::Result<Vec<u8>>| result.map_err(io::Error::from);
        let own = [
            (OBJECT, json(serde_json::to_vec(&self.record))),
            (MANIFEST, json(serde_json::to_vec(&self.manifest))),
        ];
        fs_err::create_dir(&folder).doing("create the folder of records")?;
        for (name, content) in own {
            write(&folder, name, &content.doing("write a record")?).doing("write a record")?;
        }
        for (name, content) in records {
            write(&folder, name, content).doing("write a record")?;
        }
        close(&folder).doing("seal the records")
    }

    /// Puts the tree in the place of an object, which comes into the staging folder and is deleted
    /// with it.
    fn replace(&self, tree: &Path, object: &Path) -> io::Result<()> {
        open_up(object)?;
        match renameat_with(CWD, tree, CWD, object, RenameFlags::EXCHANGE) {
            // Some network file systems have no such flag.
            Err(Errno::INVAL) => {
                fs_err::rename(object, self.staging.beside("replaced"))?;
                fs_err::rename(tree, object)
            }
            done => done.map_err(at(object)),
        }
    }
}

/// Moves a tree to its place, or returns `false` if something is there.
fn place(tree: &Path, object: &Path) -> io::Result<bool> {
    let moved = match renameat_with(CWD, tree, CWD, object, RenameFlags::NOREPLACE) {
        // Some network file systems have no such flag; and no folder replaces one that has files.
        Err(Errno::INVAL) => rename(tree, object),
        done => done,
    };
    match moved {
        Ok(()) => Ok(true),
        Err(Errno::EXIST | Errno::NOTEMPTY | Errno::NOTDIR) => Ok(false),
        Err(error) => Err(at(object)(error)),
    }
}

fn write(folder: &Path, name: &str, content: &[u8]) -> io::Result<()> {
    let plain = |part: &str| !part.is_empty() && !part.starts_with('.') && !part.contains('\0');
    if !name.split('/').all(plain) {
        let reason = format!("{name:?} cannot name a record");
        return Err(io::Error::new(io::ErrorKind::InvalidInput, reason));
    }
    let path = folder.join(name);
    if let Some(parent) = path.parent() {
        // Nothing but this has written here, so there is no link to follow.
        fs_err::create_dir_all(parent)?;
    }
    let mut options = fs_err::OpenOptions::new();
    let mut file = options.write(true).create_new(true).mode(0o600).open(&path)?;
    file.write_all(content)?;
    file.set_permissions(std::fs::Permissions::from_mode(0o444))
}

/// Takes the rights of writing from the folder of records and those in it.
fn close(folder: &Path) -> io::Result<()> {
    for entry in fs_err::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            close(&entry.path())?;
        }
    }
    fs_err::set_permissions(folder, std::fs::Permissions::from_mode(0o555))
}
