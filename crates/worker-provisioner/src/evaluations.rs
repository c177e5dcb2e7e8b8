use std::{
    collections::HashMap,
    path::Path,
    sync::{Mutex, PoisonError},
};

use rbee_hive_artifact_catalog::WorkerType;
use sha2::{Digest, Sha256};

use crate::{
    recipe::{Recipe, beside},
    settings::Settings,
};

/// The recipes that this process has evaluated, so that one that several need, or one job asks for
/// several times, is evaluated once. A recipe says the same of the same files, settings and
/// backend: it sees nothing else of the host.
#[derive(Debug, Default)]
pub(crate) struct Evaluations(Mutex<HashMap<Key, Recipe>>);

/// A PKGBUILD with the files that it sees, the settings, and a backend.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key([u8; 32], WorkerType);

impl Key {
    pub(crate) fn of(
        folder: &Path,
        pkgbuild: &[u8],
        settings: &Settings,
        backend: WorkerType,
    ) -> Self {
        let mut all = Sha256::new_with_prefix(Sha256::digest(pkgbuild));
        all.update(settings.digest());
        for name in beside(folder, pkgbuild) {
            all.update(Sha256::digest(&name));
            // One that cannot be read is not seen by the recipe either.
            all.update(Sha256::digest(fs_err::read(folder.join(&name)).unwrap_or_default()));
        }
        Self(all.finalize().into(), backend)
    }
}

impl Evaluations {
    pub(crate) fn get(&self, key: &Key) -> Option<Recipe> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    pub(crate) fn put(&self, key: Key, recipe: Recipe) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key, recipe);
    }
}
