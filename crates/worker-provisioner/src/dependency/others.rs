use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
};

use rbee_hive_artifact_catalog::{Folders, WorkerName};

use crate::{ProvisionOptions, index::Index, provisioner::WorkerProvisioner};

/// The index beside an index that is one recipe: what that recipe needs is there.
#[derive(Debug)]
pub(crate) struct Others {
    index: Option<Index>,
    /// The recipes that were found there. An index that is one recipe has it under every name.
    found: Mutex<HashSet<WorkerName>>,
}

impl Others {
    pub(crate) fn new(options: &ProvisionOptions, folders: &Folders) -> Self {
        let new = |location| Index::new(location, folders.recipes(), options.offline);
        Self { index: options.dependency_index.clone().map(new), found: Mutex::default() }
    }

    pub(super) fn found(&self, name: &WorkerName) {
        self.found.lock().unwrap_or_else(PoisonError::into_inner).insert(name.clone());
    }
}

impl WorkerProvisioner {
    /// The index that has a recipe, which is asked for, or was found to be needed.
    pub(crate) fn index_of(&self, name: &WorkerName) -> &Index {
        let is_there =
            || self.others.found.lock().unwrap_or_else(PoisonError::into_inner).contains(name);
        match &self.others.index {
            Some(others) if self.index.is_one_recipe() && is_there() => others,
            _ => &self.index,
        }
    }

    /// The index that dependencies are looked for in.
    pub(crate) fn index_of_dependencies(&self) -> &Index {
        match &self.others.index {
            Some(others) if self.index.is_one_recipe() => others,
            _ => &self.index,
        }
    }
}
