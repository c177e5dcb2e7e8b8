use std::{fmt, path::PathBuf, sync::Arc};

use rbee_hive_worker_catalog::{
    IndexLocation, ProvisionOptions, Reporter, Silent, WorkerCatalog, WorkerCatalogBuilder,
};

use crate::error::Error;

/// How a catalog is made for one job, from what the job asks for and where its events go.
type Make = dyn Fn(ProvisionOptions, Arc<dyn Reporter>) -> Result<WorkerCatalogBuilder, Error>
    + Send
    + Sync;

/// The catalogs of one daemon, all of the same folders and the same index.
///
/// A job has one of its own: what it evaluated and listed is forgotten with it, so a daemon that
/// lives for months sees each recipe as it is.
#[derive(Clone)]
pub(crate) struct Catalogs {
    options: ProvisionOptions,
    make: Arc<Make>,
    shared: WorkerCatalog,
}

impl fmt::Debug for Catalogs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Catalogs").field("shared", &self.shared).finish_non_exhaustive()
    }
}

impl Catalogs {
    /// Catalogs that are made so, with these options unless a job says otherwise. Tests pass one with a provisioner of their own.
    ///
    /// # Errors
    /// If the folders or the database cannot be used.
    pub(crate) fn new(
        options: ProvisionOptions,
        make: impl Fn(ProvisionOptions, Arc<dyn Reporter>) -> Result<WorkerCatalogBuilder, Error>
        + Send
        + Sync
        + 'static,
    ) -> Result<Self, Error> {
        let shared = make(options.clone(), Arc::new(Silent))?.build()?;
        Ok(Self { options, make: Arc::new(make), shared })
    }

    /// The one for what is installed. What the index offers, it would say from memory: for that,
    /// make a fresh one.
    pub(crate) fn installed(&self) -> &WorkerCatalog {
        &self.shared
    }

    /// How workers are made if a job says nothing else.
    pub(crate) fn options(&self) -> &ProvisionOptions {
        &self.options
    }

    /// A fresh one.
    ///
    /// # Errors
    /// If the folders or the database cannot be used.
    pub(crate) fn fresh(
        &self,
        options: ProvisionOptions,
        reporter: Arc<dyn Reporter>,
    ) -> Result<WorkerCatalog, Error> {
        Ok((self.make)(options, reporter)?.build()?)
    }

    /// A fresh one whose index is one recipe, a PKGBUILD or the folder that holds one.
    ///
    /// # Errors
    /// If the folders or the database cannot be used.
    pub(crate) fn of_recipe(
        &self,
        path: PathBuf,
        options: ProvisionOptions,
        reporter: Arc<dyn Reporter>,
    ) -> Result<WorkerCatalog, Error> {
        let builder = (self.make)(options, reporter)?;
        Ok(builder.index(IndexLocation::Recipe(path)).build()?)
    }
}
