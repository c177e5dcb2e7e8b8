use futures_util::{FutureExt, StreamExt, TryStreamExt, stream};
use rbee_hive_artifact_catalog::{Offer, WorkerType};
use tokio_util::sync::CancellationToken;

use crate::{
    error::Error,
    provisioner::{WorkerProvisioner, read_pkgbuild},
    recipe::RecipeError,
    sandbox::Tier,
};

/// Recipes that are evaluated at the same time.
const AT_ONCE: usize = 4;

impl WorkerProvisioner {
    /// Every recipe of the index. One that cannot be used is there too, and says why; but if the
    /// index is that one recipe, its error is the answer.
    pub(crate) async fn offers(&self, cancel: &CancellationToken) -> Result<Vec<Offer>, Error> {
        let tier = &Tier::choose(self.options.sandbox)?;
        let names = self.index.names(cancel).await?;
        let offer = |name: String| async move {
            match self.offer(tier, &name, cancel).await {
                Err(Error::Recipe(error))
                    if !self.index.is_one_recipe() && is_its_fault(&error) =>
                {
                    Ok(refused(name, &error))
                }
                offer => offer,
            }
        };
        let offers: Vec<_> = names.into_iter().map(|name| offer(name).boxed()).collect();
        stream::iter(offers).buffered(AT_ONCE).try_collect().await
    }

    async fn offer(
        &self,
        tier: &Tier,
        name: &str,
        cancel: &CancellationToken,
    ) -> Result<Offer, Error> {
        let folder = self.index.folder(name, cancel).await?;
        let pkgbuild = read_pkgbuild(&folder)?;
        let recipe = self.recipe(tier, name, &folder, &pkgbuild, WorkerType::Cpu, cancel).await?;
        Ok(recipe.offer(self.architecture))
    }
}

fn is_its_fault(error: &RecipeError) -> bool {
    crate::error::recipe_kind(error) == rbee_hive_artifact_catalog::ErrorKind::RecipeRefused
}

fn refused(name: String, error: &RecipeError) -> Offer {
    let reason = error.to_string();
    Offer {
        name,
        version: String::new(),
        rolling: false,
        description: String::new(),
        url: String::new(),
        license: Vec::new(),
        backends: Vec::new(),
        architectures: Vec::new(),
        entrypoint: String::new(),
        args: Vec::new(),
        health: String::new(),
        supported_formats: Vec::new(),
        depends: Vec::new(),
        refused: Some(reason),
    }
}
