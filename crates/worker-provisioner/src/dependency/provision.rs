use rbee_hive_artifact_catalog::{ArtifactStatus, WorkerBinary, WorkerId, WorkerType};
use tokio_util::sync::CancellationToken;

use super::{Closure, DependencyError, Seen};
use crate::{
    error::Error,
    preflight,
    provisioner::{WorkerProvisioner, read_pkgbuild},
    recipe::Recipe,
    sandbox::Tier,
};

impl WorkerProvisioner {
    /// The full ids of what must be catalogued before `id` can be made, in their order.
    ///
    /// # Errors
    /// If they cannot all be had, or `id` is a library. What is wrong with the recipe of `id` itself
    /// is not said here but by its provision, in the step that finds it.
    pub(crate) async fn needed(
        &self,
        id: &WorkerId,
        cancel: &CancellationToken,
    ) -> Result<Vec<String>, Error> {
        let Ok((tier, recipe, backend)) = self.look_at(id, cancel).await else {
            return Ok(Vec::new());
        };
        recipe.check_worker()?;
        if recipe.check_target(self.architecture, backend).is_err() {
            return Ok(Vec::new());
        }
        let closure = self.closure(&tier, &recipe, backend, cancel).await?;
        if !closure.order.is_empty() && !self.options.syncdeps {
            // Before others are built for it, in vain.
            preflight::check_host(&recipe, &closure.host)?;
        }
        Ok(closure.order.iter().map(super::closure::Needed::id).collect())
    }

    async fn look_at(
        &self,
        id: &WorkerId,
        cancel: &CancellationToken,
    ) -> Result<(Tier, Recipe, WorkerType), Error> {
        let tier = Tier::choose(self.options.sandbox)?;
        let folder = self.index_of(&id.name).folder(id.name.as_str(), cancel).await?;
        let pkgbuild = read_pkgbuild(&folder)?;
        let (recipe, backend) = self.evaluate(&tier, &folder, &pkgbuild, id, cancel).await?;
        Ok((tier, recipe, backend))
    }

    /// The results of the recipes that `recipe` needs, which are all catalogued.
    ///
    /// # Errors
    /// Naming the first that is not.
    pub(crate) fn seen(&self, recipe: &Recipe, closure: &Closure) -> Result<Seen, Error> {
        let mut made = Vec::new();
        for needed in &closure.order {
            let Some(worker) = self.made_of(needed)? else {
                let (id, by) = (needed.id(), recipe.name.to_string());
                return Err(DependencyError::Gone { id, by }.into());
            };
            made.push((worker, needed.by_root));
        }
        Ok(Seen::new(made))
    }

    /// What a recipe that is needed was made into last, if it was.
    pub(crate) fn made_of(
        &self,
        needed: &super::closure::Needed,
    ) -> Result<Option<WorkerBinary>, Error> {
        // Of a recipe with a pkgver() the version is another one by then.
        let slot = WorkerId {
            name: needed.recipe.name.clone(),
            backend: Some(needed.backend),
            version: (!needed.recipe.declared.has_function("pkgver"))
                .then(|| needed.recipe.version.clone()),
        };
        let found = self.catalog.in_use(&slot)?;
        Ok(found.filter(|worker| worker.status == ArtifactStatus::Available))
    }
}
