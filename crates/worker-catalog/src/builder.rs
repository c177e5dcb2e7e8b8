use std::{fmt, sync::Arc};

use rbee_hive_artifact_catalog::{
    ArtifactCatalog, ArtifactProvisioner, Folders, Reporter, Silent, WorkerBinary,
    database::SqliteCatalog, store::Store,
};
use rbee_hive_worker_provisioner::{IndexLocation, ProvisionOptions, WorkerProvisioner};

use crate::{Result, WorkerCatalog, catalog::Inner, flight::Flights};

/// Settings of a [`WorkerCatalog`] to be.
#[derive(Default)]
pub struct WorkerCatalogBuilder {
    folders: Option<Folders>,
    index: IndexLocation,
    options: ProvisionOptions,
    reporter: Option<Arc<dyn Reporter>>,
    provisioner: Option<Arc<dyn ArtifactProvisioner<WorkerBinary>>>,
    catalog: Option<Arc<dyn ArtifactCatalog<WorkerBinary>>>,
}

impl fmt::Debug for WorkerCatalogBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WorkerCatalogBuilder")
            .field("folders", &self.folders)
            .field("index", &self.index)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

impl WorkerCatalogBuilder {
    /// Where the hive keeps its files; [`Folders::from_env`] by default.
    #[must_use]
    pub fn folders(mut self, folders: Folders) -> Self {
        self.folders = Some(folders);
        self
    }

    /// Where recipes are looked up; the built-in ones by default.
    #[must_use]
    pub fn index(mut self, index: IndexLocation) -> Self {
        self.index = index;
        self
    }

    /// How workers are provisioned.
    #[must_use]
    pub fn options(mut self, options: ProvisionOptions) -> Self {
        self.options = options;
        self
    }

    /// Where the events of jobs go; nowhere by default.
    #[must_use]
    pub fn reporter(mut self, reporter: Arc<dyn Reporter>) -> Self {
        self.reporter = Some(reporter);
        self
    }

    /// What makes the workers; the PKGBUILD provisioner by default. With another one, `index` and
    /// `options` mean nothing.
    #[must_use]
    pub fn provisioner(mut self, provisioner: Arc<dyn ArtifactProvisioner<WorkerBinary>>) -> Self {
        self.provisioner = Some(provisioner);
        self
    }

    /// What records the workers; the database in the data folder by default.
    #[must_use]
    pub fn catalog(mut self, catalog: Arc<dyn ArtifactCatalog<WorkerBinary>>) -> Self {
        self.catalog = Some(catalog);
        self
    }

    /// Opens the catalog, and sweeps what crashed processes have left: staging and build folders,
    /// and objects that no row names.
    ///
    /// # Errors
    /// If the folders or the database cannot be used.
    pub fn build(self) -> Result<WorkerCatalog> {
        let folders = match self.folders {
            Some(folders) => folders,
            None => Folders::from_env()?,
        };
        let store = Store::open(&folders)?;
        let catalog = match self.catalog {
            Some(catalog) => catalog,
            None => Arc::new(SqliteCatalog::open(folders.catalog())?),
        };
        let reporter = self.reporter.unwrap_or_else(|| Arc::new(Silent));
        let provisioner = self.provisioner.unwrap_or_else(|| {
            Arc::new(WorkerProvisioner::new(
                folders.clone(),
                self.index,
                self.options,
                Arc::clone(&reporter),
                store.clone(),
                Arc::clone(&catalog),
            ))
        });
        // Beside an empty catalog the objects are not what a crash left: it was lost, not they.
        let lost = catalog.is_empty()?;
        store.sweep(&|object| Ok(lost || catalog.find_by_object(object)?.is_some()))?;
        let flights = Flights::default();
        Ok(WorkerCatalog(Arc::new(Inner {
            folders,
            store,
            catalog,
            provisioner,
            reporter,
            flights,
        })))
    }
}
