//! The files of a recipe, for others who want to build it: what an index behind HTTP gives.

use rbee_hive_artifact_catalog::{WorkerName, WorkerType};
use tokio_util::sync::CancellationToken;

use crate::{
    error::Error,
    index::IndexError,
    provisioner::{WorkerProvisioner, read_pkgbuild},
    recipe,
    sandbox::Tier,
};

impl WorkerProvisioner {
    /// The PKGBUILD of a recipe, or a file beside it that the recipe names, for whichever backend.
    /// `None` for everything else that may lie there.
    pub(crate) async fn file_of_recipe(
        &self,
        name: &str,
        file: &str,
        cancel: &CancellationToken,
    ) -> Result<Option<Vec<u8>>, Error> {
        let Ok(name) = name.parse::<WorkerName>() else { return Ok(None) };
        let folder = match self.index.folder(name.as_str(), cancel).await {
            Err(IndexError::NotFound { .. }) => return Ok(None),
            folder => folder?,
        };
        let pkgbuild = read_pkgbuild(&folder)?;
        if file == "PKGBUILD" {
            return Ok(Some(pkgbuild));
        }
        let tier = &Tier::choose(self.options.sandbox)?;
        let evaluate =
            |backend| self.recipe(tier, name.as_str(), &folder, &pkgbuild, backend, cancel);
        let mut recipe = evaluate(WorkerType::Cpu).await?;
        for backend in recipe.backends.clone() {
            recipe = evaluate(backend).await?;
            let sources = recipe::sources(&recipe.declared, self.architecture)?;
            let files =
                self.recipe_files(&recipe, &folder, pkgbuild.clone(), &sources, cancel).await?;
            let content = files.read(file).map_err(Error::io("read the recipe"))?;
            if content.is_some() {
                return Ok(content);
            }
        }
        Ok(None)
    }
}
