use rbee_hive_artifact_catalog::{ArtifactStatus, WorkerBinary};
use serde::{Deserialize, Serialize};

use crate::{Error, Result, WorkerCatalog, query::object_of};

/// What a verification found of one worker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Verification {
    /// The worker, with the status that was found.
    pub worker: WorkerBinary,
    /// What differs from what was installed and what it needs and lacks, a line each; nothing, if all
    /// is well.
    pub damage: Vec<String>,
}

impl WorkerCatalog {
    /// Compares every file of the workers that an id means, or of all, with what was installed, and
    /// records the result as their status.
    ///
    /// # Errors
    /// If none is installed, or a file cannot be read. Damage is no error.
    pub async fn verify(&self, worker_id: Option<&str>) -> Result<Vec<Verification>> {
        let workers = match worker_id {
            None => self.list()?,
            Some(id) => {
                let workers = self.matching(id)?;
                if workers.is_empty() {
                    return Err(Error::NotInstalled { id: id.to_owned() });
                }
                workers
            }
        };
        let catalog = self.clone();
        let verify = move || workers.into_iter().map(|worker| catalog.verify_one(worker)).collect();
        tokio::task::spawn_blocking(verify).await.map_err(|_| Error::Cancelled)?
    }

    fn verify_one(&self, mut worker: WorkerBinary) -> Result<Verification> {
        let damage = self.0.store.verify(&worker.path)?;
        let mut damage: Vec<_> = damage.iter().map(ToString::to_string).collect();
        let gone = |id| format!("{id}, which it needs to run, is gone");
        damage.extend(self.lacks(&worker).into_iter().map(gone));
        let status =
            if damage.is_empty() { ArtifactStatus::Available } else { ArtifactStatus::Damaged };
        if worker.status != status {
            self.0.catalog.set_status(&object_of(&worker), status)?;
            worker.status = status;
        }
        Ok(Verification { worker, damage })
    }
}
