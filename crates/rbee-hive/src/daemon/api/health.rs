use axum::extract::State;
use rbee_hive_worker_catalog::WorkerCatalog;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    blocking::blocking,
    error::{ApiError, ApiErrorKind, Failure},
    extract::Json,
};
use crate::daemon::Daemon;

/// That the daemon is alive.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Health {
    /// `ok`
    #[schema(example = "ok")]
    status: &'static str,
    /// The release of the hive.
    version: &'static str,
}

/// Whether the daemon is alive
#[utoipa::path(get, path = "/health", tag = "hive", security(()), responses(
    (status = 200, description = "It is", body = Health),
))]
pub(super) async fn health() -> Json<Health> {
    Json(Health { status: "ok", version: env!("CARGO_PKG_VERSION") })
}

/// Whether the daemon can do its work
///
/// Its store can be used, and it is not stopping.
#[utoipa::path(get, path = "/ready", tag = "hive", security(()), responses(
    (status = 200, description = "It can", body = Health),
    (status = 503, description = "It is stopping", body = Failure),
))]
pub(super) async fn ready(State(daemon): State<Daemon>) -> Result<Json<Health>, ApiError> {
    if daemon.shutdown().is_cancelled() {
        return Err(ApiError::new(ApiErrorKind::Unavailable, "the hive is stopping"));
    }
    blocking(&daemon, WorkerCatalog::revision).await?;
    Ok(Json(Health { status: "ready", version: env!("CARGO_PKG_VERSION") }))
}
