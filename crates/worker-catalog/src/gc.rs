use std::{collections::HashMap, path::Path};

use rbee_hive_artifact_catalog::{Artifact, WorkerBinary};
use serde::{Deserialize, Serialize};

use crate::{Error, Result, WorkerCatalog};

/// What [`WorkerCatalog::gc`] deletes.
#[derive(Debug, Clone, Copy, Default)]
pub struct GcOptions {
    /// How many versions of each worker besides the active one stay for rollback, the latest.
    pub keep: usize,
    /// Delete the cache of sources and recipes too.
    pub cache: bool,
    /// Only tell what would be deleted.
    pub dry_run: bool,
}

/// What [`WorkerCatalog::gc`] deleted, or would have.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GcReport {
    /// The workers.
    pub removed: Vec<WorkerBinary>,
    /// The bytes, of workers and cache.
    pub freed: u64,
}

impl WorkerCatalog {
    /// Deletes versions that are not in use, and the cache if wanted.
    ///
    /// # Errors
    /// If the store fails, or a job uses the cache at this moment.
    pub async fn gc(&self, options: &GcOptions) -> Result<GcReport> {
        let mut seen: HashMap<String, usize> = HashMap::new();
        let mut unused = self.list()?;
        unused.retain(|worker| {
            if worker.active {
                return false;
            }
            let count = seen.entry(worker.slot().to_owned()).or_default();
            *count += 1;
            *count > options.keep
        });
        let cached = if options.cache { self.cache_size()? } else { 0 };
        if options.dry_run {
            let freed = cached + unused.iter().map(WorkerBinary::size).sum::<u64>();
            return Ok(GcReport { removed: unused, freed });
        }
        let (removed, mut freed) = self.remove_all(unused).await?;
        if options.cache {
            for folder in [self.0.folders.sources(), self.0.folders.recipes()] {
                match fs_err::remove_dir_all(&folder) {
                    Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                        let action = "delete the cache";
                        return Err(rbee_hive_artifact_catalog::StoreError::Io {
                            action,
                            source: error,
                        }
                        .into());
                    }
                    _ => {}
                }
            }
            freed += cached;
        }
        Ok(GcReport { removed, freed })
    }

    /// The bytes of the cache, which no job may be using.
    fn cache_size(&self) -> Result<u64> {
        let builds = fs_err::read_dir(self.0.folders.builds()).into_iter().flatten().flatten();
        if let Some(build) = builds.into_iter().next() {
            return Err(Error::CacheBusy { job: build.file_name().to_string_lossy().into_owned() });
        }
        Ok([self.0.folders.sources(), self.0.folders.recipes()].iter().map(|f| size_of(f)).sum())
    }
}

fn size_of(folder: &Path) -> u64 {
    let entries = fs_err::read_dir(folder).into_iter().flatten().flatten();
    let sizes = entries.filter_map(|entry| {
        let metadata = entry.metadata().ok()?;
        Some(if metadata.is_dir() { size_of(&entry.path()) } else { metadata.len() })
    });
    sizes.sum()
}
