use axum::extract::State;
use rbee_hive_worker_catalog::Check;
use serde::Serialize;
use utoipa::ToSchema;

use super::{error::ApiError, extract::Json, offers};
use crate::daemon::Daemon;

/// What the hive's host has and lacks.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Diagnosis {
    /// Each thing that was looked at.
    checks: Vec<Check>,
}

/// Check what the hive's host has and lacks
#[utoipa::path(get, path = "/v1/doctor", tag = "hive", responses(
    (status = 200, description = "What was found", body = Diagnosis),
))]
pub(super) async fn doctor(State(daemon): State<Daemon>) -> Result<Json<Diagnosis>, ApiError> {
    // One that asks the index now: its answer is a check, too.
    let catalog = offers::fresh(daemon.catalogs()).await?;
    Ok(Json(Diagnosis { checks: catalog.doctor().await }))
}
