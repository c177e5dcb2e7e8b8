use axum::extract::State;
use rbee_hive_worker_catalog::{DiskUse, GcOptions, GcReport, WorkerCatalog};
use serde::{Deserialize, Serialize};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Type, schema::Schema},
};

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
    keep: Keep,
    /// Delete the cache of sources and recipes too.
    cache: bool,
    /// Only tell what would be deleted.
    dry_run: bool,
}

/// A number of versions. JSON has no integers of its own: 1.0 is one, too.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(try_from = "f64")]
struct Keep(u32);

/// A number that counts nothing.
#[derive(Debug, thiserror::Error)]
#[error("{0} is no number of versions: it is 0 to {max}", max = u32::MAX)]
struct InvalidKeep(f64);

impl TryFrom<f64> for Keep {
    type Error = InvalidKeep;

    fn try_from(number: f64) -> Result<Self, InvalidKeep> {
        // A whole number is written without a fraction.
        number.to_string().parse().map(Self).map_err(|_| InvalidKeep(number))
    }
}

impl PartialSchema for Keep {
    fn schema() -> RefOr<Schema> {
        let number = ObjectBuilder::new().schema_type(Type::Integer);
        number.minimum(Some(0)).maximum(Some(u32::MAX)).default(Some(0.into())).into()
    }
}

impl ToSchema for Keep {}

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
    let options = GcOptions { keep: gc.keep.0 as usize, cache: gc.cache, dry_run: gc.dry_run };
    Ok(Json(daemon.catalogs().installed().gc(&options).await?))
}
