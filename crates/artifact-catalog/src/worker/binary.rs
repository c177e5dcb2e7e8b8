use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Architecture, Platform, Provenance, Version, WorkerId, WorkerName, WorkerType};
use crate::{Artifact, ArtifactStatus};

/// An installed worker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct WorkerBinary {
    /// `name:backend@version`.
    pub id: String,
    /// The worker.
    pub name: WorkerName,
    /// The backend it was built for.
    pub worker_type: WorkerType,
    /// The operating system it runs on.
    pub platform: Platform,
    /// The architecture it runs on.
    pub architecture: Architecture,
    /// The store folder.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub path: PathBuf,
    /// The executable, relative to the store folder; empty for a library.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub entrypoint: PathBuf,
    /// The bytes of the installed tree.
    pub size: u64,
    /// `[epoch:]pkgver-pkgrel`.
    pub version: Version,
    /// Whether it can be used.
    pub status: ArtifactStatus,
    /// When it was installed, in UTC.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub added_at: Timestamp,
    /// Whether it is the one in use among the versions of this worker and backend.
    pub active: bool,
    /// The model formats that it takes.
    pub supported_formats: Vec<String>,
    /// Where it came from and how it was made.
    pub provenance: Provenance,
}

impl WorkerBinary {
    /// The full id of a worker: `name:backend@version`.
    pub fn full_id(name: &WorkerName, backend: WorkerType, version: &Version) -> String {
        WorkerId { name: name.clone(), backend: Some(backend), version: Some(version.clone()) }
            .to_string()
    }

    /// The executable to start, as an absolute path.
    pub fn executable(&self) -> PathBuf {
        self.path.join(&self.entrypoint)
    }

    /// Whether it is there for others to be built on, with nothing to start.
    pub fn is_library(&self) -> bool {
        self.entrypoint.as_os_str().is_empty()
    }

    /// The folders of a package's tree that its programs look for libraries in: those that there are
    /// of where distributions put them.
    pub fn library_folders(tree: &Path) -> Vec<PathBuf> {
        let multiarch = format!("lib/{}-linux-gnu", std::env::consts::ARCH);
        let prefixes = ["usr", "usr/local", ""].into_iter();
        let folders = prefixes
            .flat_map(|prefix| ["lib", "lib64", &multiarch].map(|lib| tree.join(prefix).join(lib)));
        folders.filter(|folder| folder.is_dir()).collect()
    }

    /// Whether a person who wrote `wanted` may mean this one.
    pub fn is(&self, wanted: &WorkerId) -> bool {
        self.name == wanted.name
            && wanted.backend.is_none_or(|b| b == self.worker_type)
            && wanted.version.as_ref().is_none_or(|v| self.version.is(v.as_str()))
    }
}

impl Artifact for WorkerBinary {
    fn id(&self) -> &str {
        &self.id
    }
    fn path(&self) -> &Path {
        &self.path
    }
    fn size(&self) -> u64 {
        self.size
    }
    fn status(&self) -> &ArtifactStatus {
        &self.status
    }
    fn set_status(&mut self, status: ArtifactStatus) {
        self.status = status;
    }
    fn name(&self) -> &str {
        self.name.as_str()
    }
    fn slot(&self) -> &str {
        // The id without its version; a name and a backend have no `@`.
        self.id.split_once('@').map_or(self.id.as_str(), |(slot, _)| slot)
    }
    fn action_key(&self) -> Option<&str> {
        Some(&self.provenance.action_key)
    }
    fn active(&self) -> bool {
        self.active
    }
    fn set_active(&mut self, active: bool) {
        self.active = active;
    }
}
