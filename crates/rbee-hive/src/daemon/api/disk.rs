use axum::extract::State;
use rbee_hive_worker_catalog::{DiskUse, GcOptions, GcReport, WorkerCatalog};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    blocking::blocking,
    error::{ApiError, Failure},
    extract::Json,
};
use crate::daemon::Daemon;

/// What the hive's files take of the disk
#[utoipa::path(get, path = "/v1/disk", tag = "hive", responses(
    (status = 200, description = "Bytes", body = DiskUse),
))]
pub(super) async fn disk(State(daemon): State<Daemon>) -> Result<Json<DiskUse>, ApiError> {
    Ok(Json(blocking(&daemon, WorkerCatalog::disk_use).await?))
}

/// What to delete.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Gc {
    /// How many versions of each worker besides the one in use stay for rollback, the latest.
    #[schema(maximum = 1_000_000)]
    keep: u32,
    /// Delete the cache of sources and recipes too.
    cache: bool,
    /// Only tell what would be deleted.
    dry_run: bool,
}

/// Delete what is installed but not in use
#[utoipa::path(post, path = "/v1/gc", tag = "hive", request_body = Gc, responses(
    (status = 200, description = "What was deleted, or would be", body = GcReport),
    (status = 400, description = "The body is not what it should be", body = Failure),
    (status = 415, description = "The body is no JSON", body = Failure),
))]
pub(super) async fn gc(
    State(daemon): State<Daemon>,
    Json(gc): Json<Gc>,
) -> Result<Json<GcReport>, ApiError> {
    let options = GcOptions { keep: gc.keep as usize, cache: gc.cache, dry_run: gc.dry_run };
    Ok(Json(daemon.catalogs().installed().gc(&options).await?))
}
