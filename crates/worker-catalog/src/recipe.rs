use rbee_hive_artifact_catalog::WorkerName;
use tokio_util::sync::CancellationToken;

use crate::{Error, Result, WorkerCatalog};

impl WorkerCatalog {
    /// A file of a recipe that the index offers: `PKGBUILD`, or one beside it that belongs to the
    /// recipe. Nothing else that lies there can be had.
    ///
    /// # Errors
    /// If there is no such recipe or file, or the recipe cannot be evaluated.
    pub async fn recipe_file(
        &self,
        name: &str,
        file: &str,
        cancel_token: CancellationToken,
    ) -> Result<Vec<u8>> {
        let _: WorkerName = name.parse()?;
        let content = self.0.provisioner.recipe_file(name, file, cancel_token).await?;
        content.ok_or_else(|| Error::NoFile { name: name.to_owned(), file: file.to_owned() })
    }
}
