use std::{fmt, sync::Arc};

use rbee_hive_artifact_catalog::{
    ArtifactCatalog, ArtifactProvisioner, Folders, Reporter, WorkerBinary, store::Store,
};

use crate::{Result, WorkerCatalogBuilder, flight::Flights};

/// What is installed, and the only way to install more. Clones are the same catalog.
#[derive(Clone)]
pub struct WorkerCatalog(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) folders: Folders,
    pub(crate) store: Store,
    pub(crate) catalog: Arc<dyn ArtifactCatalog<WorkerBinary>>,
    pub(crate) provisioner: Arc<dyn ArtifactProvisioner<WorkerBinary>>,
    pub(crate) reporter: Arc<dyn Reporter>,
    pub(crate) flights: Flights,
}

impl fmt::Debug for WorkerCatalog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WorkerCatalog").field("folders", &self.0.folders).finish_non_exhaustive()
    }
}

impl WorkerCatalog {
    /// The catalog in the folders of the environment, with the built-in recipes.
    ///
    /// # Errors
    /// If the folders or the database cannot be used.
    pub fn new() -> Result<Self> {
        Self::builder().build()
    }

    /// Settings for a catalog of another kind.
    pub fn builder() -> WorkerCatalogBuilder {
        WorkerCatalogBuilder::default()
    }
}
