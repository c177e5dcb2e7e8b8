use jiff::Timestamp;
use rbee_hive_artifact_catalog::{
    Architecture, ArtifactStatus, Platform, Provenance, WorkerBinary, WorkerType, store::Staging,
};
use tokio_util::sync::CancellationToken;

use crate::{error::Error, recipe::Recipe};

/// Puts the tree into the store, with these records about it. Hashing and making it durable block, so they run on a thread of
/// their own; from there on the job can no longer be cancelled.
pub(crate) async fn commit(
    staging: Staging,
    recipe: Recipe,
    backend: WorkerType,
    mut provenance: Provenance,
    records: Vec<(String, Vec<u8>)>,
    cancel: &CancellationToken,
) -> Result<WorkerBinary, Error> {
    let cancel = cancel.clone();
    if cancel.is_cancelled() {
        return Err(Error::Cancelled);
    }
    let commit = move || {
        let sealed = staging.seal(&recipe.name, &recipe.version, &provenance.action_key)?;
        if cancel.is_cancelled() {
            return Err(Error::Cancelled);
        }
        sealed.digest().clone_into(&mut provenance.tree_digest);
        let worker = WorkerBinary {
            id: WorkerBinary::full_id(&recipe.name, backend, &recipe.version),
            worker_type: backend,
            platform: Platform::HOST,
            architecture: Architecture::HOST,
            path: sealed.path(),
            entrypoint: recipe.entrypoint.clone(),
            size: sealed.size(),
            status: ArtifactStatus::Available,
            added_at: Timestamp::now(),
            active: false,
            supported_formats: recipe.declared.array("_worker_formats").to_vec(),
            name: recipe.name,
            version: recipe.version,
            provenance,
        };
        let record = serde_json::to_vec_pretty(&worker)
            .map_err(|e| Error::Io { action: "write the worker's record", source: e.into() })?;
        let own = [("worker.json", &record[..])].into_iter();
        let records: Vec<_> =
            own.chain(records.iter().map(|(n, c)| (n.as_str(), &c[..]))).collect();
        sealed.commit(&records)?;
        Ok(worker)
    };
    tokio::task::spawn_blocking(commit)
        .await
        .map_err(|e| Error::Io { action: "commit", source: std::io::Error::other(e) })?
}
