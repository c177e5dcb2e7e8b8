use std::{
    collections::HashMap,
    path::Path,
    sync::{Mutex, PoisonError},
};

use rbee_hive_artifact_catalog::WorkerType;
use sha2::{Digest, Sha256};

use crate::recipe::{Recipe, beside};

/// The recipes that this process has evaluated, so that one that several need, or one job asks for
/// several times, is evaluated once. A recipe says the same of the same text, files that it names and
/// backend: it sees nothing else of the host.
#[derive(Debug, Default)]
pub(crate) struct Evaluations(Mutex<HashMap<Key, Recipe>>);

/// A PKGBUILD with the files that it names, and a backend.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key([u8; 32], WorkerType);

impl Key {
    pub(crate) fn of(folder: &Path, pkgbuild: &[u8], backend: WorkerType) -> Self {
        let mut all = Sha256::new();
        all.update(Sha256::digest(pkgbuild));
        for name in beside(folder, pkgbuild) {
            // One that cannot be read is an error where it is copied.
            let content = fs_err::read(folder.join(&name)).unwrap_or_default();
            all.update(Sha256::digest(&name));
            all.update(Sha256::digest(&content));
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
