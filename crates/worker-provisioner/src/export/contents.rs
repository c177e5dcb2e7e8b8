use std::path::Path;

use rbee_hive_artifact_catalog::{Store, WorkerBinary};

use super::ExportError;
use crate::package::{Member, read_mtree};

/// The folder of the records of a store object that has one for each package.
const PACKAGES: &str = "packages";

/// The files of metadata that a package may have; `.MTREE` lists the others.
const FILES: [&str; 5] = ["BUILDINFO", "CHANGELOG", "INSTALL", "MTREE", "PKGINFO"];

/// One package of a worker: what a package file is written from.
#[derive(Debug)]
pub(crate) struct Contents {
    /// Its name.
    pub(crate) package: String,
    /// The version and architecture, as `.PKGINFO` has them.
    pub(crate) version: String,
    pub(crate) architecture: String,
    /// The metadata, by the name in the archive.
    pub(super) metadata: Vec<(String, Vec<u8>)>,
    /// What `.MTREE` lists.
    pub(super) members: Vec<Member>,
}

impl Contents {
    /// The package of this name; without one, that which has the worker's executable, or the only
    /// one.
    ///
    /// # Errors
    /// If it has no such package, or several and none is meant.
    pub(crate) fn read(
        store: &Store,
        worker: &WorkerBinary,
        package: Option<&str>,
    ) -> Result<Self, ExportError> {
        let (id, has) = (worker.id.clone(), store.record_names(&worker.path, PACKAGES)?);
        if has.is_empty() {
            return Err(ExportError::NoPackages { id });
        }
        if let Some(package) = package {
            if !has.iter().any(|name| name == package) {
                return Err(ExportError::NoSuchPackage { id, package: package.to_owned(), has });
            }
            return Self::of(store, worker, package);
        }
        let mut all = has.iter().map(|name| Self::of(store, worker, name));
        let [_] = &has[..] else {
            let main = all.find(|contents| match contents {
                Ok(contents) => contents.has(&worker.entrypoint),
                Err(_) => true,
            });
            return main.unwrap_or(Err(ExportError::Choose { id, has }));
        };
        all.next().unwrap_or(Err(ExportError::NoPackages { id }))
    }

    fn of(store: &Store, worker: &WorkerBinary, package: &str) -> Result<Self, ExportError> {
        let folder = format!("{PACKAGES}/{package}");
        let mut metadata = Vec::new();
        for name in store.record_names(&worker.path, &folder)? {
            if FILES.contains(&name.as_str()) {
                let content = store.record(&worker.path, &format!("{folder}/{name}"))?;
                metadata.push((format!(".{name}"), content));
            }
        }
        let file = |name: &str| {
            let found = metadata.iter().find(|(file, _)| file == name);
            found.map_or(&[][..], |(_, content)| content)
        };
        let members = read_mtree(file(".MTREE"))
            .map_err(|source| ExportError::Records { id: worker.id.clone(), source })?;
        let info = String::from_utf8_lossy(file(".PKGINFO")).into_owned();
        let field = |key: &str| {
            let line = info.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(" = "));
            line.unwrap_or_default().to_owned()
        };
        let (version, architecture) = (field("pkgver"), field("arch"));
        Ok(Self { package: package.to_owned(), version, architecture, metadata, members })
    }

    fn has(&self, entrypoint: &Path) -> bool {
        self.members.iter().any(|member| member.path() == entrypoint)
    }

    /// `name-version-architecture`, as makepkg calls its files.
    pub(crate) fn name(&self) -> String {
        format!("{}-{}-{}", self.package, self.version, self.architecture)
    }

    /// The bytes of all files.
    pub(super) fn size(&self) -> u64 {
        self.members.iter().map(Member::size).sum()
    }

    /// When the package is from: the time of its metadata.
    pub(super) fn time(&self) -> i64 {
        self.members.iter().find(|m| m.path == b".PKGINFO").map_or(0, |member| member.time)
    }
}
