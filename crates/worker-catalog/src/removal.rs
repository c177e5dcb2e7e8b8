use rbee_hive_artifact_catalog::{WorkerBinary, store::ObjectName};

use crate::{Error, Result, WorkerCatalog, query::object_of};

impl WorkerCatalog {
    /// Removes every version that an id means, and returns them. If the active version is among
    /// them and others stay, the one installed before it becomes active.
    ///
    /// # Errors
    /// If none is installed.
    pub async fn remove(&self, worker_id: &str) -> Result<Vec<WorkerBinary>> {
        let workers = self.matching(worker_id)?;
        if workers.is_empty() {
            return Err(Error::NotInstalled { id: worker_id.to_owned() });
        }
        self.remove_all(workers).await.map(|(workers, _)| workers)
    }

    /// Removes workers, rows first: what is left over then is an object without a row, which is
    /// swept. Returns them and the bytes freed.
    pub(crate) async fn remove_all(
        &self,
        workers: Vec<WorkerBinary>,
    ) -> Result<(Vec<WorkerBinary>, u64)> {
        let catalog = self.clone();
        let remove = move || {
            let mut freed = 0;
            for worker in &workers {
                catalog.0.catalog.remove(&object_of(worker))?;
                freed += catalog.delete(worker)?;
            }
            Ok((workers, freed))
        };
        tokio::task::spawn_blocking(remove).await.map_err(|_| Error::Cancelled)?
    }

    /// Deletes the files of a worker that has no row. While another process installs a version of
    /// it, they are left to the next sweep: it may be about to catalogue this very object.
    fn delete(&self, worker: &WorkerBinary) -> Result<u64> {
        let Some(_lock) = self.0.store.lock_worker(worker.name.as_str())? else { return Ok(0) };
        if self.0.catalog.find_by_object(&object_of(worker))?.is_some() {
            return Ok(0);
        }
        match ObjectName::of(&worker.path) {
            Some(object) => Ok(self.0.store.remove(&object)?),
            None => Ok(0),
        }
    }
}
