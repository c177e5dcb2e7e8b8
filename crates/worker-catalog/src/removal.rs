use rbee_hive_artifact_catalog::{WorkerBinary, store::ObjectName};

use crate::{Error, Result, WorkerCatalog, query::object_of};

impl WorkerCatalog {
    /// Removes every version that an id means, and returns them. If the active version is among
    /// them and others stay, the one installed before it becomes active.
    ///
    /// # Errors
    /// If none is installed, or another worker needs one of them to run.
    pub async fn remove(&self, worker_id: &str) -> Result<Vec<WorkerBinary>> {
        let workers = self.matching(worker_id)?;
        if workers.is_empty() {
            return Err(Error::NotInstalled { id: worker_id.to_owned() });
        }
        let check = move |catalog: &Self| catalog.check_unneeded(&workers).map(|()| workers);
        self.remove_all(check).await.map(|(workers, _)| workers)
    }

    /// Refuses to remove what others, which stay, need to run.
    fn check_unneeded(&self, going: &[WorkerBinary]) -> Result<()> {
        let all = self.list()?;
        let staying = all.iter().filter(|w| !going.iter().any(|g| g.path == w.path));
        let staying: Vec<_> = staying.collect();
        for worker in going {
            let object = object_of(worker);
            let needs = |w: &&&WorkerBinary| {
                w.provenance.dependencies.iter().any(|d| d.runtime && d.object == object)
            };
            let by: Vec<_> = staying.iter().filter(needs).map(|w| w.id.clone()).collect();
            if !by.is_empty() {
                return Err(Error::Needed { id: worker.id.clone(), by });
            }
        }
        Ok(())
    }

    /// Removes the workers that `choose` names, rows first: what is left over then is an object
    /// without a row, which is swept. Nothing that needs them is added between the choice and the end
    /// of their rows. Returns them and the bytes freed.
    pub(crate) async fn remove_all(
        &self,
        choose: impl FnOnce(&Self) -> Result<Vec<WorkerBinary>> + Send + 'static,
    ) -> Result<(Vec<WorkerBinary>, u64)> {
        let catalog = self.clone();
        let remove = move || {
            let lock = catalog.0.store.lock_rows()?;
            let workers = choose(&catalog)?;
            for worker in &workers {
                catalog.0.catalog.remove(&object_of(worker))?;
            }
            drop(lock);
            let mut freed = 0;
            for worker in &workers {
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
