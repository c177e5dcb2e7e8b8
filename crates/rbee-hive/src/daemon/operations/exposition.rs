use std::time::{Duration, Instant};

use axum::{
    extract::State,
    http::header,
    response::{IntoResponse as _, Response},
};
use rbee_hive_worker_catalog::DiskUse;
use tokio::sync::Mutex;

use crate::daemon::{
    Daemon,
    api::{ApiError, ApiErrorKind},
};

/// For how long it is not looked again at every file.
const KEPT: Duration = Duration::from_mins(1);

/// What the hive's files took of the disk when it was last looked, for all who ask at once.
#[derive(Debug, Default)]
pub(crate) struct KnownDisk(Mutex<Option<(Instant, DiskUse)>>);

/// `GET /metrics`, for Prometheus.
pub(crate) async fn metrics(State(daemon): State<Daemon>) -> Result<Response, ApiError> {
    let metrics = daemon.metrics();
    metrics.set_load(daemon.jobs().load());
    match daemon.known_disk().get(&daemon).await {
        Ok(disk) => metrics.set_disk(&disk),
        Err(error) => tracing::warn!(%error, "failed to measure the hive's files"),
    }
    let text = metrics.text().map_err(|e| ApiError::of(ApiErrorKind::StoreFailed, &e))?;
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(([(header::CONTENT_TYPE, kind)], text).into_response())
}

impl KnownDisk {
    async fn get(&self, daemon: &Daemon) -> Result<DiskUse, crate::error::Error> {
        let mut known = self.0.lock().await;
        if let Some((when, disk)) = &*known
            && when.elapsed() < KEPT
        {
            return Ok(*disk);
        }
        let catalog = daemon.catalogs().installed().clone();
        let looked = tokio::task::spawn_blocking(move || catalog.disk_use()).await;
        let disk = looked.map_err(|e| crate::error::Error::Start(std::io::Error::other(e)))??;
        *known = Some((Instant::now(), disk));
        Ok(disk)
    }
}
