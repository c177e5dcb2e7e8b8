use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Artifact, CatalogError};

/// What happened to an artifact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum HistoryAction {
    /// It was added and made the active one of its slot.
    Installed,
    /// It was already there and became the active one again.
    Activated,
    /// It became the active one because a later one was rolled back.
    RolledBack,
    /// It was taken out of the catalog.
    Removed,
}

/// One line of a slot's history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct HistoryEntry {
    /// Grows by one with every entry of the catalog; later entries are later events.
    pub number: u64,
    /// The artifact's id.
    pub id: String,
    /// The artifact's slot.
    pub slot: String,
    /// The name of the store object.
    pub object: String,
    /// What happened.
    pub action: HistoryAction,
    /// When, in UTC.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub at: Timestamp,
}

/// The record of what is installed. Every implementation passes the suite in
/// `tests/catalog_conformance.rs`.
///
/// Entries are identified by their *object*, the file name of [`Artifact::path`]: two builds with
/// one id but different content are two entries. A method that takes an `id` means, among the
/// entries with exactly that [`Artifact::id`], the active one, or the one added last.
///
/// Invariant: in each slot that has entries, at most one is active.
///
/// # Errors
/// Every method fails with [`CatalogError`] when the backing storage does.
#[expect(clippy::missing_errors_doc, reason = "said once, for every method, above")]
pub trait ArtifactCatalog<T: Artifact>: Send + Sync {
    /// Records an artifact and makes it the active one of its slot, in one transaction. Adding an
    /// object that is there already takes the new record and activates it; its place among the
    /// versions stays.
    fn add(&self, artifact: T) -> Result<T, CatalogError>;
    /// The entry with this id.
    fn get(&self, id: &str) -> Result<Option<T>, CatalogError>;
    /// Every entry, by slot, then the one added last first.
    fn list(&self) -> Result<Vec<T>, CatalogError>;
    /// Takes out the entry with this object name and returns it. When it was the active one, the
    /// entry added last before it in its slot becomes active, else the one added last.
    fn remove(&self, object: &str) -> Result<Option<T>, CatalogError>;
    /// Whether an entry has this id.
    fn contains(&self, id: &str) -> Result<bool, CatalogError> {
        Ok(self.get(id)?.is_some())
    }
    /// The number of entries.
    fn len(&self) -> Result<usize, CatalogError>;
    /// Whether there is no entry.
    fn is_empty(&self) -> Result<bool, CatalogError> {
        Ok(self.len()? == 0)
    }
    /// The entry made from these inputs, whichever slot it is in; the one added last if several.
    fn find_by_action_key(&self, key: &str) -> Result<Option<T>, CatalogError>;
    /// The entry with this object name.
    fn find_by_object(&self, object: &str) -> Result<Option<T>, CatalogError>;
    /// Makes the entry with this object name the active one of its slot and notes `action` in the
    /// history. `None` if there is no such entry.
    fn activate(&self, object: &str, action: HistoryAction) -> Result<Option<T>, CatalogError>;
    /// Makes active the entry that was added last before the slot's active one. `None`, with
    /// nothing changed, if there is no earlier one.
    fn rollback(&self, slot: &str) -> Result<Option<T>, CatalogError>;
    /// Records what a verification found.
    fn set_status(&self, object: &str, status: crate::ArtifactStatus) -> Result<(), CatalogError>;
    /// A number that is another one after every change of an entry, whichever process made it. Read
    /// it before the entries that are kept by it. It is answered in microseconds.
    fn revision(&self) -> Result<u64, CatalogError>;
    /// What happened in a slot, the latest first.
    fn history(&self, slot: &str) -> Result<Vec<HistoryEntry>, CatalogError>;
}
