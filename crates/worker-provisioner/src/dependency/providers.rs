use futures_util::{StreamExt, stream};
use rbee_hive_artifact_catalog::{ErrorKind, WorkerType};
use tokio::sync::OnceCell;
use tokio_util::sync::CancellationToken;

use super::Requirement;
use crate::{
    dependency::requirement::Provided,
    error::Error,
    provisioner::{WorkerProvisioner, read_pkgbuild},
    sandbox::Tier,
};

/// Recipes that are evaluated at the same time.
const AT_ONCE: usize = 4;

/// What the recipes of the index have under other names than their own. Found when it is first asked
/// for, which is when neither a recipe nor the host has what a recipe needs.
#[derive(Debug, Default)]
pub(crate) struct Providers(OnceCell<Vec<Provider>>);

#[derive(Debug)]
struct Provider {
    recipe: String,
    has: Vec<Provided>,
}

impl Providers {
    /// The names of the recipes that provide what is needed.
    ///
    /// # Errors
    /// If the list of recipes cannot be had.
    pub(super) async fn of(
        &self,
        need: &Requirement,
        provisioner: &WorkerProvisioner,
        tier: &Tier,
        cancel: &CancellationToken,
    ) -> Result<Vec<String>, Error> {
        let all = self.0.get_or_try_init(|| find(provisioner, tier, cancel)).await?;
        let fitting = all.iter().filter(|p| p.has.iter().any(|has| need.is_met_by(has)));
        Ok(fitting.map(|p| p.recipe.clone()).collect())
    }
}

async fn find(
    provisioner: &WorkerProvisioner,
    tier: &Tier,
    cancel: &CancellationToken,
) -> Result<Vec<Provider>, Error> {
    let names = provisioner.index_of_dependencies().names(cancel).await?;
    let provider = |name: String| async move {
        match provider(provisioner, tier, name, cancel).await {
            // A recipe that is broken or cannot be had provides nothing; who asks for it is told why.
            Err(error) if error.kind() != ErrorKind::Cancelled => Ok(None),
            found => found,
        }
    };
    let found: Vec<_> = stream::iter(names.into_iter().map(provider).collect::<Vec<_>>())
        .buffered(AT_ONCE)
        .collect()
        .await;
    found.into_iter().filter_map(Result::transpose).collect()
}

async fn provider(
    provisioner: &WorkerProvisioner,
    tier: &Tier,
    recipe: String,
    cancel: &CancellationToken,
) -> Result<Option<Provider>, Error> {
    let folder = provisioner.index_of_dependencies().folder(&recipe, cancel).await?;
    let pkgbuild = read_pkgbuild(&folder)?;
    let text = String::from_utf8_lossy(&pkgbuild);
    // Most recipes provide nothing but themselves; they need not be evaluated to know it.
    if !["provides", "pkgbase", "package_"].iter().any(|word| text.contains(word)) {
        return Ok(None);
    }
    let evaluated =
        provisioner.recipe(tier, &recipe, &folder, &pkgbuild, WorkerType::Cpu, cancel).await?;
    Ok(Some(Provider { recipe, has: evaluated.provides(provisioner.architecture) }))
}
