use std::path::Path;

use rbee_hive_artifact_catalog::{Folders, StoreError, WorkerBinary};
use serde::{Deserialize, Serialize};

use crate::{Result, WorkerCatalog};

/// What the hive's files take of the disk, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct DiskUse {
    /// What is installed.
    pub store: u64,
    /// What can be fetched or built again: sources, recipes, build folders.
    pub cache: u64,
    /// The logs of jobs.
    pub logs: u64,
    /// What is left for more where the store is.
    pub free: u64,
    /// The whole disk.
    pub total: u64,
}

impl WorkerCatalog {
    /// Where the hive's files are.
    pub fn folders(&self) -> &Folders {
        &self.0.folders
    }

    /// What the hive's files take of the disk. It looks at every file of the cache.
    ///
    /// # Errors
    /// If the database fails, or the disk cannot be asked.
    pub fn disk_use(&self) -> Result<DiskUse> {
        let (free, total) = disk(self.0.folders.data())?;
        Ok(DiskUse {
            store: self.0.catalog.list()?.iter().map(|worker: &WorkerBinary| worker.size).sum(),
            cache: size_of(self.0.folders.cache()),
            logs: size_of(&self.0.folders.jobs()),
            free,
            total,
        })
    }

    /// The bytes that the cache's disk has left.
    ///
    /// # Errors
    /// If the disk cannot be asked.
    pub fn free_for_cache(&self) -> Result<u64> {
        Ok(disk(self.0.folders.cache())?.0)
    }
}

/// The bytes of all files below a folder; what cannot be read counts nothing.
pub(crate) fn size_of(folder: &Path) -> u64 {
    let entries = fs_err::read_dir(folder).into_iter().flatten().flatten();
    let sizes = entries.filter_map(|entry| {
        let metadata = entry.metadata().ok()?;
        Some(if metadata.is_dir() { size_of(&entry.path()) } else { metadata.len() })
    });
    sizes.sum()
}

/// What the disk of a folder has for us, and has at all. The folder may not be there yet.
fn disk(folder: &Path) -> Result<(u64, u64)> {
    let there = folder.ancestors().find(|folder| folder.is_dir()).unwrap_or(folder);
    let disk = rustix::fs::statvfs(there).map_err(|error| {
        let named = format!("failed to ask the disk of {}: {error}", there.display());
        let source = std::io::Error::new(error.kind(), named);
        StoreError::Io { action: "see what is left of the disk", source }
    })?;
    Ok((disk.f_bavail.saturating_mul(disk.f_frsize), disk.f_blocks.saturating_mul(disk.f_frsize)))
}
