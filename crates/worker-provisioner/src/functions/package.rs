use rbee_hive_artifact_catalog::Step;

use super::Workshop;
use crate::{
    package::{self, PackageError},
    recipe::{Declared, Recipe},
};

impl Workshop<'_> {
    /// Finishes what a package's function made, in makepkg's order: tidied, looked through,
    /// described. `said` is what the function left. Returns the records that describe the package.
    ///
    /// # Errors
    /// If the package may not be as it is, or cannot be read.
    pub(crate) async fn finish(
        &self,
        recipe: &Recipe,
        name: &str,
        said: &Declared,
    ) -> Result<Vec<(String, Vec<u8>)>, PackageError> {
        package::tidy(self, name, said).await?;
        for text in package::lint(self, name, said).await? {
            self.events.warn(Step::Package, &text);
        }
        let described = self.describe(recipe, name, said.clone()).await?;
        for text in &described.warnings {
            self.events.warn(Step::Package, text);
        }
        Ok(described.records)
    }
}
