use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use rbee_hive_artifact_catalog::{Artifact, WorkerBinary};
use serde::{Deserialize, Serialize};

use crate::{Error, Result, WorkerCatalog, disk::size_of, query::object_of};

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
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct GcReport {
    /// The workers.
    pub removed: Vec<WorkerBinary>,
    /// The bytes, of workers and cache.
    pub freed: u64,
}

impl WorkerCatalog {
    /// Deletes versions that are not in use, libraries that were provisioned for others and that no
    /// installed worker was made with, and the cache if wanted.
    ///
    /// # Errors
    /// If the store fails, or a job uses the cache at this moment.
    pub async fn gc(&self, options: &GcOptions) -> Result<GcReport> {
        let keep = options.keep;
        let unused = move |catalog: &Self| Ok(unused(catalog.list()?, keep));
        let cached = if options.cache { self.cache_size()? } else { 0 };
        if options.dry_run {
            let unused = unused(self)?;
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

/// A library that was made for others, and that nobody needs, goes, but not at once: a job may have made it and be about to build
/// on it.
const LIBRARY_STAYS: SignedDuration = SignedDuration::from_hours(1);

/// What neither is in use, nor among the `keep` latest of its slot, nor was used to make something
/// that stays.
fn unused(all: Vec<WorkerBinary>, keep: usize) -> Vec<WorkerBinary> {
    let mut seen: HashMap<String, usize> = HashMap::new();
    let now = Timestamp::now();
    let (mut staying, mut going): (Vec<_>, Vec<_>) = all.into_iter().partition(|worker| {
        // One that a person imported is wanted for itself.
        if worker.is_library() && !worker.provenance.is_imported() {
            return now.duration_since(worker.added_at) < LIBRARY_STAYS;
        }
        if worker.active {
            return true;
        }
        let count = seen.entry(worker.slot().to_owned()).or_default();
        *count += 1;
        *count <= keep
    });
    loop {
        let needed = |worker: &WorkerBinary| {
            let object = object_of(worker);
            let named = staying.iter().flat_map(|w| &w.provenance.dependencies);
            named.into_iter().any(|d| d.object == object)
        };
        let (more, rest): (Vec<_>, Vec<_>) = going.into_iter().partition(needed);
        going = rest;
        if more.is_empty() {
            return going;
        }
        staying.extend(more);
    }
}
