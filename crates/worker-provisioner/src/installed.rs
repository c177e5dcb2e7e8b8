use std::{fmt, sync::Arc};

use rbee_hive_artifact_catalog::{
    ArtifactCatalog, ArtifactStatus, WorkerBinary, WorkerId, store::Store,
};

use crate::error::Error;

/// The catalog, as far as a provisioner may use it: to find what the same inputs made before.
pub(crate) struct Installed {
    catalog: Arc<dyn ArtifactCatalog<WorkerBinary>>,
    store: Store,
}

impl fmt::Debug for Installed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Installed")
    }
}

impl Installed {
    pub(crate) fn new(catalog: Arc<dyn ArtifactCatalog<WorkerBinary>>, store: Store) -> Self {
        Self { catalog, store }
    }

    /// The worker that an id means: the one in use of its name and backend, if it is of the version
    /// that the id may name; else the one of that version that was added last.
    pub(crate) fn in_use(&self, id: &WorkerId) -> Result<Option<WorkerBinary>, Error> {
        let mut workers = self.catalog.list()?;
        workers.retain(|worker| worker.is(id));
        let active = workers.iter().position(|worker| worker.active).unwrap_or(0);
        Ok((active < workers.len()).then(|| self.here(workers.swap_remove(active))))
    }

    /// Every worker.
    pub(crate) fn all(&self) -> Result<Vec<WorkerBinary>, Error> {
        Ok(self.catalog.list()?.into_iter().map(|worker| self.here(worker)).collect())
    }

    /// The data folder may have been moved since the worker was recorded.
    fn here(&self, mut worker: WorkerBinary) -> WorkerBinary {
        if let Some(object) = worker.path.file_name() {
            worker.path = self.store.path().join(object);
        }
        worker
    }

    /// The worker with this key, if its executable is where it was put, and what it needs to run.
    pub(crate) fn find(&self, key: &str) -> Result<Option<WorkerBinary>, Error> {
        let found = self.catalog.find_by_action_key(key)?.map(|worker| self.here(worker));
        let has_all = |w: &WorkerBinary| {
            let mut needed = w.provenance.dependencies.iter().filter(|d| d.runtime);
            needed.all(|d| self.store.path().join(&d.object).is_dir())
        };
        let usable = |w: &WorkerBinary| {
            w.status == ArtifactStatus::Available && w.executable().exists() && has_all(w)
        };
        Ok(found.filter(usable))
    }
}
