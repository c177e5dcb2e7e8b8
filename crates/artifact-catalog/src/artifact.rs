use std::path::Path;

use serde::{Deserialize, Serialize};

/// Whether an installed artifact can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ArtifactStatus {
    /// Every file is in the store, as it was committed.
    Available,
    /// A verification found files that are missing or altered.
    Damaged,
}

/// Something that a provisioner makes, the store holds and a catalog records.
///
/// The last three methods have defaults that suit an artifact without versions: it is its own
/// slot, has no action key, and its object is found by its path.
pub trait Artifact {
    /// The full id, unique for what a person would call "the same thing".
    fn id(&self) -> &str;
    /// The store folder that holds the files.
    fn path(&self) -> &Path;
    /// The bytes of the installed files.
    fn size(&self) -> u64;
    /// Whether it can be used.
    fn status(&self) -> &ArtifactStatus;
    /// Records what a verification found.
    fn set_status(&mut self, status: ArtifactStatus);
    /// The name that a person knows it by.
    fn name(&self) -> &str;
    /// What at most one artifact is active in: for a worker `name:backend`.
    fn slot(&self) -> &str {
        self.id()
    }
    /// The digest of every input it was made from, where the provisioner knows it.
    fn action_key(&self) -> Option<&str> {
        None
    }
    /// Whether this is the one in use in its slot.
    fn active(&self) -> bool {
        false
    }
    /// Records whether it is the one in use; only a catalog calls this.
    fn set_active(&mut self, _active: bool) {}
}
