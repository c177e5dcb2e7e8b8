//! Where recipes come from.

mod embedded;
mod error;
mod files;
mod http;
mod location;

pub(crate) use error::IndexError;
pub(crate) use files::RecipeFiles;
pub use location::IndexLocation;

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
};

use rbee_hive_artifact_catalog::{WorkerName, job::redact};
use tokio::sync::OnceCell;
use tokio_util::sync::CancellationToken;

/// A place that offers recipes by name.
#[derive(Debug)]
pub(crate) struct Index {
    location: IndexLocation,
    /// Where recipes that are not files yet are put.
    cache: PathBuf,
    offline: bool,
    /// The names that an index behind HTTP lists, once it was asked.
    listed: OnceCell<HashSet<String>>,
}

impl Index {
    pub(crate) fn new(location: IndexLocation, cache: PathBuf, offline: bool) -> Self {
        Self { location, cache, offline, listed: OnceCell::new() }
    }

    /// The index, as provenance and messages name it.
    pub(crate) fn describe(&self) -> String {
        redact(&self.location.to_string())
    }

    /// Whether the index is one recipe, which is then offered under whatever name it has.
    pub(crate) fn is_one_recipe(&self) -> bool {
        matches!(self.location, IndexLocation::Recipe(_))
    }

    /// Whether the recipe of that name may be here, as far as it can be said without a network.
    pub(crate) fn may_have(&self, name: &WorkerName) -> bool {
        match &self.location {
            IndexLocation::Embedded => embedded::names().any(|n| n == name.as_str()),
            IndexLocation::Folder(folder) => folder.join(name.as_str()).join("PKGBUILD").is_file(),
            IndexLocation::Recipe(_) | IndexLocation::Http(_) => true,
        }
    }

    /// Whether there is a recipe of that name for others to depend on.
    ///
    /// # Errors
    /// If the index cannot be asked.
    pub(crate) async fn has(
        &self,
        name: &str,
        cancel: &CancellationToken,
    ) -> Result<bool, IndexError> {
        let Ok(worker) = name.parse::<WorkerName>() else { return Ok(false) };
        match &self.location {
            IndexLocation::Recipe(_) => Ok(false),
            IndexLocation::Http(url) => {
                let list = || http::names(url, self.offline, &self.cache, cancel);
                let listed = self
                    .listed
                    .get_or_try_init(|| async { Ok(list().await?.into_iter().collect()) });
                match listed.await {
                    Ok(names) => Ok(names.contains(name)),
                    // An index need not have a list for its recipes to be asked for.
                    Err(IndexError::Answer { .. }) => {
                        Ok(http::fetch(url, name, self.offline, &self.cache, cancel)
                            .await?
                            .is_some())
                    }
                    // What was never fetched cannot have been built on.
                    Err(IndexError::Offline { .. }) => Ok(false),
                    Err(error) => Err(error),
                }
            }
            _ => Ok(self.may_have(&worker)),
        }
    }

    /// The names of all recipes. For an index that is one recipe, a name that only says where it is.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub(crate) async fn names(
        &self,
        cancel: &CancellationToken,
    ) -> Result<Vec<String>, IndexError> {
        let mut names = match &self.location {
            IndexLocation::Embedded => embedded::names().map(str::to_owned).collect(),
            IndexLocation::Folder(folder) => {
                let entries = fs_err::read_dir(folder).map_err(IndexError::Read)?.flatten();
                let recipes = entries.filter(|e| e.path().join("PKGBUILD").is_file());
                recipes.filter_map(|e| e.file_name().into_string().ok()).collect::<Vec<_>>()
            }
            IndexLocation::Recipe(path) => vec![path.to_string_lossy().into_owned()],
            IndexLocation::Http(url) => http::names(url, self.offline, &self.cache, cancel).await?,
        };
        names.sort();
        Ok(names)
    }

    /// The folder of a recipe, on this machine.
    ///
    /// # Errors
    /// If there is no such recipe, or it cannot be fetched.
    pub(crate) async fn folder(
        &self,
        name: &str,
        cancel: &CancellationToken,
    ) -> Result<PathBuf, IndexError> {
        let folder = match &self.location {
            IndexLocation::Embedded => embedded::unpack(name, &self.cache)?,
            IndexLocation::Folder(folder) => Some(folder.join(name)),
            IndexLocation::Recipe(path) => Some(recipe_folder(path)),
            IndexLocation::Http(url) => {
                http::fetch(url, name, self.offline, &self.cache, cancel).await?
            }
        };
        let known = folder.filter(|f| f.join("PKGBUILD").is_file());
        known.ok_or_else(|| match &self.location {
            IndexLocation::Recipe(path) => IndexError::NoRecipe(path.clone()),
            _ => IndexError::NotFound { name: name.to_owned(), index: self.describe() },
        })
    }

    /// Brings the local files that a recipe declares beside its PKGBUILD, where the index has not
    /// yet done so. A key may be missing.
    ///
    /// # Errors
    /// If one cannot be fetched.
    pub(crate) async fn complete(
        &self,
        name: &str,
        folder: &Path,
        files: &[String],
        cancel: &CancellationToken,
    ) -> Result<(), IndexError> {
        if let IndexLocation::Http(url) = &self.location {
            for file in files {
                http::fetch_file(url, name, file, folder, self.offline, cancel).await?;
            }
        }
        Ok(())
    }
}

/// A recipe may be named by its PKGBUILD or by its folder.
pub(crate) fn recipe_folder(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    match absolute.file_name() {
        Some(name) if name == "PKGBUILD" => {
            absolute.parent().map_or_else(|| absolute.clone(), Path::to_owned)
        }
        _ => absolute,
    }
}
