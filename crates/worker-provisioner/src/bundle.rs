//! The files that make up a recipe of this machine, for a hive on another that is to build it.

use std::path::{Path, PathBuf};

use rbee_hive_artifact_catalog::{Architecture, ProvisionError, WorkerType};
use tokio_util::sync::CancellationToken;

use crate::{
    error::Error,
    index::{IndexError, RecipeFiles, recipe_folder},
    inspection::Subject,
    options::ProvisionOptions,
    provisioner::read_pkgbuild,
    recipe,
    source::{self, Location},
};

/// A recipe, as far as it lies on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecipeBundle {
    /// The folder of its PKGBUILD.
    pub folder: PathBuf,
    /// Its files, relative to that, the PKGBUILD first. Nothing else that lies there is among them.
    pub files: Vec<String>,
}

/// The files of the recipe at `path`, which may name the PKGBUILD or its folder: those that its text
/// names and, where it can be evaluated here, those that it declares for this backend.
///
/// # Errors
/// If there is no PKGBUILD, or a file cannot be read.
pub async fn recipe_bundle(
    path: &Path,
    backend: WorkerType,
    options: &ProvisionOptions,
) -> Result<RecipeBundle, ProvisionError> {
    Ok(bundle(path, backend, options).await?)
}

async fn bundle(
    path: &Path,
    backend: WorkerType,
    options: &ProvisionOptions,
) -> Result<RecipeBundle, Error> {
    let folder = recipe_folder(path);
    if !folder.join("PKGBUILD").is_file() {
        return Err(IndexError::NoRecipe(path.to_owned()).into());
    }
    let folder = fs_err::canonicalize(folder).map_err(Error::io("find the recipe"))?;
    let pkgbuild = read_pkgbuild(&folder)?;
    let mut named = recipe::beside(&folder, &pkgbuild);
    // The host that builds it evaluates it, too, and says what is wrong with it.
    named.extend(declared(path, backend, options).await.unwrap_or_default());
    let files = RecipeFiles::of(&folder, pkgbuild, &named).map_err(Error::io("read the recipe"))?;
    let files = ["PKGBUILD"].into_iter().chain(files.names()).map(str::to_owned).collect();
    Ok(RecipeBundle { folder, files })
}

/// The local files that the recipe declares: sources of every architecture, scripts and keys.
async fn declared(
    path: &Path,
    backend: WorkerType,
    options: &ProvisionOptions,
) -> Result<Vec<String>, Error> {
    let subject = Subject::at(path, options)?;
    let declared = subject.evaluate_for(backend, &CancellationToken::new()).await?;
    let mut named = declared.scripts();
    for architecture in Architecture::ALL {
        let sources = recipe::sources(&declared, *architecture)?;
        let local = sources.iter().filter(|s| matches!(s.location, Location::Local));
        named.extend(local.map(|s| s.name.to_string()));
    }
    named.extend(source::key_files(declared.array("validpgpkeys")));
    Ok(named)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_what_belongs_to_the_recipe_is_in_the_bundle() {
        let folder = tempfile::tempdir().unwrap();
        let pkgbuild = "pkgname=x\npkgver=1\npkgrel=1\narch=(any)\n_fix=fix\n\
                        source=(\"$_fix.patch\" notes.txt http://127.0.0.1:9/far.tar)\n\
                        sha256sums=(SKIP SKIP SKIP)\ninstall=$pkgname.install\npackage() { :; }\n";
        for (name, text) in
            [("PKGBUILD", pkgbuild), ("fix.patch", ""), ("notes.txt", ""), ("x.install", ":")]
        {
            fs_err::write(folder.path().join(name), text).unwrap();
        }
        for name in ["id_rsa", "diary.txt"] {
            fs_err::write(folder.path().join(name), "private").unwrap();
        }
        let options = ProvisionOptions::default();
        let bundle = async |path: PathBuf| recipe_bundle(&path, WorkerType::Cpu, &options).await;
        let found = bundle(folder.path().to_owned()).await.unwrap();
        assert_eq!(found.files, ["PKGBUILD", "fix.patch", "notes.txt", "x.install"]);
        assert!(bundle(folder.path().join("PKGBUILD")).await.is_ok());
        assert!(bundle(folder.path().join("nothing")).await.is_err());
    }
}
