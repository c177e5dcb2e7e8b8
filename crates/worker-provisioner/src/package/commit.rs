use std::path::PathBuf;

use jiff::Timestamp;
use rbee_hive_artifact_catalog::{
    Architecture, ArtifactStatus, Platform, Provenance, Version, WorkerBinary, WorkerName,
    WorkerType, store::Staging,
};
use tokio_util::sync::CancellationToken;

use crate::error::Error;

/// A worker whose tree is complete, and what is recorded about it.
#[derive(Debug)]
pub(crate) struct Product {
    pub(crate) name: WorkerName,
    pub(crate) version: Version,
    pub(crate) backend: WorkerType,
    /// The executable, relative to the tree; empty for a library.
    pub(crate) entrypoint: PathBuf,
    /// The model formats that it takes.
    pub(crate) formats: Vec<String>,
    /// All but the digest of the tree.
    pub(crate) provenance: Provenance,
    /// The records of the store object, by name.
    pub(crate) records: Vec<(String, Vec<u8>)>,
}

/// Puts the tree into the store, with these records about it. Hashing and making it durable block,
/// so they run on a thread of their own; from there on the job can no longer be cancelled.
pub(crate) async fn commit(
    staging: Staging,
    product: Product,
    cancel: &CancellationToken,
) -> Result<WorkerBinary, Error> {
    let cancel = cancel.clone();
    if cancel.is_cancelled() {
        return Err(Error::Cancelled);
    }
    let commit = move || {
        let Product { name, version, backend, entrypoint, formats, mut provenance, records } =
            product;
        let sealed = staging.seal(&name, &version, &provenance.action_key)?;
        if cancel.is_cancelled() {
            return Err(Error::Cancelled);
        }
        sealed.digest().clone_into(&mut provenance.tree_digest);
        let worker = WorkerBinary {
            id: WorkerBinary::full_id(&name, backend, &version),
            worker_type: backend,
            platform: Platform::HOST,
            architecture: Architecture::HOST,
            path: sealed.path(),
            entrypoint,
            size: sealed.size(),
            status: ArtifactStatus::Available,
            added_at: Timestamp::now(),
            active: false,
            supported_formats: formats,
            name,
            version,
            provenance,
        };
        let record = serde_json::to_vec_pretty(&worker)
            .map_err(|e| Error::Io { action: "write the worker's record", source: e.into() })?;
        let own = [("worker.json", &record[..])].into_iter();
        let records: Vec<_> = own
            .chain(records.iter().map(|(name, content)| (name.as_str(), &content[..])))
            .collect();
        sealed.commit(&records)?;
        Ok(worker)
    };
    tokio::task::spawn_blocking(commit)
        .await
        .map_err(|e| Error::Io { action: "commit", source: std::io::Error::other(e) })?
}
