use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use rbee_hive_artifact_catalog::{DependencyRecord, WorkerBinary};

use super::closure::Part;
use crate::{
    host,
    sandbox::{Mount, Tier, has_folder},
};

/// What a build, or the worker that was built, sees of other recipes' results: their files, each at
/// its place in the file system, over the host's.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seen {
    /// The ones seen over the others first.
    workers: Vec<(WorkerBinary, Part)>,
}

/// Entries of `/etc` that the sandbox has of its own.
const OWN_ETC: &[&str] = &[
    "alternatives",
    "group",
    "hosts",
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "localtime",
    "nsswitch.conf",
    "passwd",
    "pki",
    "resolv.conf",
    "ssl",
];

impl Seen {
    /// In the order in which they were made: what needs another one comes after it.
    pub(crate) fn new(made: Vec<(WorkerBinary, Part)>) -> Self {
        let mut workers = made;
        workers.retain(|(_, part)| *part != Part::Elsewhere);
        workers.reverse();
        Self { workers }
    }

    /// What remains when the build is over.
    pub(crate) fn at_runtime(&self) -> Self {
        let mut workers = self.workers.clone();
        workers.retain(|(_, part)| *part == Part::Runtime);
        Self { workers }
    }

    /// The digests of their inputs.
    pub(crate) fn keys(&self) -> Vec<String> {
        self.workers.iter().map(|(worker, _)| worker.provenance.action_key.clone()).collect()
    }

    /// For the provenance.
    pub(crate) fn records(&self) -> Vec<DependencyRecord> {
        let record = |(worker, part): &(WorkerBinary, Part)| DependencyRecord {
            id: worker.id.clone(),
            object: worker.path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            action_key: worker.provenance.action_key.clone(),
            runtime: *part == Part::Runtime,
        };
        self.workers.iter().map(record).collect()
    }

    /// Where the sandbox shows their files. (Unconfined there is no such place: see
    /// [`Seen::environment`].)
    pub(crate) fn mounts(&self) -> Vec<Mount> {
        let layers = self.trees().filter(|tree| has_folder(tree, "usr")).map(Mount::layer);
        let others = self.trees().flat_map(|tree| {
            ["opt", "etc"].into_iter().filter(|folder| has_folder(tree, folder)).flat_map(
                |folder| {
                    let entries =
                        fs_err::read_dir(tree.join(folder)).into_iter().flatten().flatten();
                    entries
                        .map(move |e| (e.path(), Path::new("/").join(folder).join(e.file_name())))
                },
            )
        });
        // The first one that has an entry is the one that is seen.
        let mut taken: Vec<PathBuf> =
            OWN_ETC.iter().map(|name| Path::new("/etc").join(name)).collect();
        let mut mounts: Vec<_> = layers.collect();
        for (host, inside) in others {
            if taken.contains(&inside) {
                continue;
            }
            let Some(mount) = mount(&host, &inside) else { continue };
            mounts.push(mount);
            taken.push(inside);
        }
        mounts
    }

    /// The search paths by which compilers, linkers and the like find their files before the host's
    /// of the same name; unconfined, at all.
    pub(crate) fn environment(&self, tier: &Tier) -> Vec<(String, OsString)> {
        let mut variables: Vec<(&str, Vec<PathBuf>)> = vec![
            ("LD_LIBRARY_PATH", self.folders(LIBRARIES, tier)),
            ("LIBRARY_PATH", self.folders(LIBRARIES, tier)),
            ("PKG_CONFIG_PATH", self.folders(MODULES, tier)),
        ];
        if *tier == Tier::None {
            let mut programs = self.folders(&["usr/bin", "usr/local/bin"], tier);
            if !programs.is_empty() {
                programs.extend(host::PATH.split(':').map(PathBuf::from));
            }
            variables.push(("PATH", programs));
            variables.push(("CPATH", self.folders(&["usr/include", "usr/local/include"], tier)));
            variables.push(("CMAKE_PREFIX_PATH", self.folders(&["usr", "usr/local"], tier)));
        }
        variables.retain(|(_, folders)| !folders.is_empty());
        let value = |folders: Vec<PathBuf>| {
            let folders: Vec<_> = folders.into_iter().map(PathBuf::into_os_string).collect();
            folders.join(":".as_ref())
        };
        variables.into_iter().map(|(name, f)| (name.to_owned(), value(f))).collect()
    }

    /// Those of these folders that there are, as they are seen, each once.
    fn folders(&self, names: &[&str], tier: &Tier) -> Vec<PathBuf> {
        let multiarch = format!("lib/{}-linux-gnu", std::env::consts::ARCH);
        let mut found = Vec::new();
        for tree in self.trees() {
            for name in names {
                let name = name.replace("MULTIARCH", &multiarch);
                let host = tree.join(&name);
                let seen = tier.seen(&host, &Path::new("/").join(&name)).to_owned();
                if host.is_dir() && !found.contains(&seen) {
                    found.push(seen);
                }
            }
        }
        found
    }

    fn trees(&self) -> impl Iterator<Item = &Path> {
        self.workers.iter().map(|(worker, _)| worker.path.as_path())
    }
}

/// A file or folder as it is; a link as a link, for it is to lead to what is inside, not to what the
/// host has under that name.
fn mount(host: &Path, inside: &Path) -> Option<Mount> {
    let kind = fs_err::symlink_metadata(host).ok()?.file_type();
    if kind.is_symlink() {
        return Some(Mount::link(fs_err::read_link(host).ok()?, inside));
    }
    (kind.is_file() || kind.is_dir()).then(|| Mount::read(host, inside))
}

const LIBRARIES: &[&str] = &[
    "usr/lib",
    "usr/lib64",
    "usr/MULTIARCH",
    "usr/local/lib",
    "usr/local/lib64",
    "usr/local/MULTIARCH",
];

const MODULES: &[&str] = &[
    "usr/lib/pkgconfig",
    "usr/lib64/pkgconfig",
    "usr/MULTIARCH/pkgconfig",
    "usr/share/pkgconfig",
    "usr/local/lib/pkgconfig",
    "usr/local/share/pkgconfig",
];
