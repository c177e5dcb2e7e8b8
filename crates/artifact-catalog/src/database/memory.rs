use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use super::encoding::object_of;
use crate::{Artifact, ArtifactCatalog, ArtifactStatus, CatalogError, HistoryAction, HistoryEntry};

/// A catalog that ends with the process: for tests, and for what need not be kept.
#[derive(Debug)]
pub struct MemoryCatalog<T> {
    state: Mutex<State<T>>,
}

#[derive(Debug)]
struct State<T> {
    /// In the order they were added.
    entries: Vec<Entry<T>>,
    history: Vec<HistoryEntry>,
    /// Grows with every change of an entry.
    revision: u64,
}

#[derive(Debug)]
struct Entry<T> {
    object: String,
    /// Kept beside the artifact, which need not be able to hold it.
    active: bool,
    artifact: T,
}

impl<T> MemoryCatalog<T> {
    /// An empty catalog.
    pub fn new() -> Self {
        Self { state: Mutex::new(State { entries: Vec::new(), history: Vec::new(), revision: 0 }) }
    }

    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Default for MemoryCatalog<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Artifact + Clone> State<T> {
    fn find(&self, object: &str) -> Option<usize> {
        self.entries.iter().position(|entry| entry.object == object)
    }

    fn activate(&mut self, position: usize, action: HistoryAction) -> T {
        let slot = self.entries[position].artifact.slot().to_owned();
        for (i, entry) in self.entries.iter_mut().enumerate() {
            if entry.artifact.slot() == slot {
                entry.active = i == position;
                entry.artifact.set_active(i == position);
            }
        }
        self.note(position, action);
        self.entries[position].artifact.clone()
    }

    fn note(&mut self, position: usize, action: HistoryAction) {
        self.revision += 1;
        let Entry { object, artifact, .. } = &self.entries[position];
        self.history.push(HistoryEntry {
            number: self.history.len() as u64 + 1,
            id: artifact.id().to_owned(),
            slot: artifact.slot().to_owned(),
            object: object.clone(),
            action,
            at: Timestamp::now(),
        });
    }

    /// The last of the slot among the entries before this position.
    fn last_before(&self, position: usize, slot: &str) -> Option<usize> {
        self.entries[..position].iter().rposition(|entry| entry.artifact.slot() == slot)
    }
}

impl<T: Artifact + Clone + Send + Sync> ArtifactCatalog<T> for MemoryCatalog<T> {
    fn add(&self, artifact: T) -> Result<T, CatalogError> {
        let object = object_of(&artifact)?;
        let mut state = self.state();
        if let Some(position) = state.find(&object) {
            let active = state.entries[position].active;
            state.entries[position].artifact = artifact;
            state.entries[position].artifact.set_active(active);
            if active {
                state.revision += 1;
                return Ok(state.entries[position].artifact.clone());
            }
            return Ok(state.activate(position, HistoryAction::Activated));
        }
        state.entries.push(Entry { object, active: false, artifact });
        let position = state.entries.len() - 1;
        Ok(state.activate(position, HistoryAction::Installed))
    }

    fn get(&self, id: &str) -> Result<Option<T>, CatalogError> {
        let state = self.state();
        let mut found = state.entries.iter().rev().filter(|entry| entry.artifact.id() == id);
        let last = found.clone().next();
        Ok(found.find(|entry| entry.active).or(last).map(|entry| entry.artifact.clone()))
    }

    fn list(&self) -> Result<Vec<T>, CatalogError> {
        let state = self.state();
        let mut all: Vec<T> = state.entries.iter().rev().map(|e| e.artifact.clone()).collect();
        all.sort_by(|a, b| a.slot().cmp(b.slot()));
        Ok(all)
    }

    fn remove(&self, object: &str) -> Result<Option<T>, CatalogError> {
        let mut state = self.state();
        let Some(position) = state.find(object) else { return Ok(None) };
        state.note(position, HistoryAction::Removed);
        let removed = state.entries.remove(position);
        if removed.active {
            let slot = removed.artifact.slot();
            let heir = state
                .last_before(position, slot)
                .or_else(|| state.last_before(state.entries.len(), slot));
            if let Some(heir) = heir {
                state.activate(heir, HistoryAction::Activated);
            }
        }
        Ok(Some(removed.artifact))
    }

    fn len(&self) -> Result<usize, CatalogError> {
        Ok(self.state().entries.len())
    }

    fn find_by_action_key(&self, key: &str) -> Result<Option<T>, CatalogError> {
        let state = self.state();
        let found = state.entries.iter().rfind(|e| e.artifact.action_key() == Some(key));
        Ok(found.map(|entry| entry.artifact.clone()))
    }

    fn find_by_object(&self, object: &str) -> Result<Option<T>, CatalogError> {
        let state = self.state();
        Ok(state.find(object).map(|position| state.entries[position].artifact.clone()))
    }

    fn activate(&self, object: &str, action: HistoryAction) -> Result<Option<T>, CatalogError> {
        let mut state = self.state();
        Ok(state.find(object).map(|position| state.activate(position, action)))
    }

    fn rollback(&self, slot: &str) -> Result<Option<T>, CatalogError> {
        let mut state = self.state();
        let active = state.entries.iter().position(|e| e.active && e.artifact.slot() == slot);
        let earlier = active.and_then(|position| state.last_before(position, slot));
        Ok(earlier.map(|position| state.activate(position, HistoryAction::RolledBack)))
    }

    fn set_status(&self, object: &str, status: ArtifactStatus) -> Result<(), CatalogError> {
        let mut state = self.state();
        if let Some(position) = state.find(object) {
            state.entries[position].artifact.set_status(status);
            state.revision += 1;
        }
        Ok(())
    }

    fn revision(&self) -> Result<u64, CatalogError> {
        Ok(self.state().revision)
    }

    fn history(&self, slot: &str) -> Result<Vec<HistoryEntry>, CatalogError> {
        let state = self.state();
        Ok(state.history.iter().rev().filter(|entry| entry.slot == slot).cloned().collect())
    }
}
