use rbee_hive_artifact_catalog::WorkerBinary;

use crate::{Error, Result, WorkerCatalog};

impl WorkerCatalog {
    /// Records a worker, if what it needs to run is still there: the build of it may have taken long,
    /// and nobody is kept from removing its dependencies meanwhile. From then on they are kept.
    pub(crate) async fn add(&self, made: WorkerBinary) -> Result<WorkerBinary> {
        let catalog = self.clone();
        let add = move || {
            let _lock = catalog.0.store.lock_rows()?;
            let mut lacks = catalog.lacks(&made);
            for dependency in made.provenance.dependencies.iter().filter(|d| d.runtime) {
                // What has no row will be swept.
                let is_catalogued = catalog.0.catalog.find_by_object(&dependency.object)?.is_some();
                if !is_catalogued && !lacks.contains(&dependency.id) {
                    lacks.push(dependency.id.clone());
                }
            }
            match lacks.as_slice() {
                [] => Ok(catalog.0.catalog.add(made)?),
                _ => Err(Error::Removed { id: made.id, lacks }),
            }
        };
        tokio::task::spawn_blocking(add).await.map_err(|_| Error::Cancelled)?
    }

    /// What a worker needs to run and the store has no longer.
    pub(crate) fn lacks(&self, worker: &WorkerBinary) -> Vec<String> {
        let needed = worker.provenance.dependencies.iter().filter(|d| d.runtime);
        let gone = needed.filter(|d| !self.0.store.path().join(&d.object).is_dir());
        gone.map(|d| d.id.clone()).collect()
    }
}
