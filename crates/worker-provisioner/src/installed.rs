use std::{fmt, sync::Arc};

use rbee_hive_artifact_catalog::{ArtifactCatalog, ArtifactStatus, WorkerBinary, store::Store};

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

    /// The worker with this key, if its executable is where it was put.
    pub(crate) fn find(&self, key: &str) -> Result<Option<WorkerBinary>, Error> {
        let mut found = self.catalog.find_by_action_key(key)?;
        if let Some(worker) = &mut found
            && let Some(object) = worker.path.file_name()
        {
            // The data folder may have been moved since.
            worker.path = self.store.path().join(object);
        }
        let usable =
            |w: &WorkerBinary| w.status == ArtifactStatus::Available && w.executable().exists();
        Ok(found.filter(usable))
    }
}
