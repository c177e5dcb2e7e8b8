//! The recipes that came with this program.

use std::path::{Path, PathBuf};

use include_dir::{Dir, include_dir};

use super::IndexError;

static RECIPES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../recipes");

pub(super) fn names() -> impl Iterator<Item = &'static str> {
    let recipes = RECIPES.dirs().filter(|d| d.get_file(d.path().join("PKGBUILD")).is_some());
    recipes.filter_map(|d| d.path().to_str())
}

/// Puts a recipe into the cache, unless it is there already, and returns its folder.
pub(super) fn unpack(name: &str, cache: &Path) -> Result<Option<PathBuf>, IndexError> {
    let Some(recipe) = names().any(|n| n == name).then(|| RECIPES.get_dir(name)).flatten() else {
        return Ok(None);
    };
    let root = cache.join("embedded");
    let keys = RECIPES.get_dir(recipe.path().join("keys/pgp"));
    for file in recipe.files().chain(keys.into_iter().flat_map(Dir::files)) {
        let path = root.join(file.path());
        if fs_err::read(&path).is_ok_and(|there| there == file.contents()) {
            continue;
        }
        // Renamed into place, for another process may read it at this moment.
        let part = path.with_added_extension(format!("{}.part", std::process::id()));
        let folder = path.parent().unwrap_or(&root);
        fs_err::create_dir_all(folder).map_err(IndexError::Read)?;
        fs_err::write(&part, file.contents()).map_err(IndexError::Read)?;
        fs_err::rename(&part, &path).map_err(IndexError::Read)?;
    }
    Ok(Some(root.join(name)))
}
