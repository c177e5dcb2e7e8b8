use std::sync::Arc;

use rbee_hive_worker_catalog::{Plan, Silent};

use super::{
    JobError, Jobs, Operation,
    operation::{RECIPE, find},
    runner::{blocking, name_of},
};
use crate::error::Error;

impl Jobs {
    /// What an operation would do, step by step, with nothing changed by finding out.
    ///
    /// # Errors
    /// If the operation cannot be one, or would fail before it fetches anything.
    pub(crate) async fn plan(&self, operation: Operation) -> Result<Plan, Error> {
        let (folders, catalogs) = (self.folders(), self.catalogs().clone());
        operation.check(folders)?;
        match operation {
            Operation::WorkerInstall { worker_id, recipe: None, options } => {
                let with = options.over(catalogs.options().clone());
                let catalog = blocking(move || catalogs.fresh(with, Arc::new(Silent))).await?;
                Ok(catalog.plan(&worker_id.unwrap_or_default()).await?)
            }
            Operation::WorkerInstall { recipe: Some(upload), options, .. } => {
                let path = find(folders, &upload, RECIPE)?;
                let (recipe, base) = (path.clone(), catalogs.options().clone());
                let with = options.over_of_upload(base);
                let made = move || catalogs.of_recipe(recipe, with, Arc::new(Silent));
                let catalog = blocking(made).await?;
                let worker = name_of(&catalog, &options).await?;
                Ok(catalog.plan(&worker.ok_or(Error::NoRecipe { path })?).await?)
            }
            Operation::WorkerImport { .. } => {
                let what = "an import has no plan: it takes the file as it is".to_owned();
                Err(JobError::Request { what }.into())
            }
        }
    }
}
