use axum::extract::State;
use rbee_hive_worker_catalog::Plan;

use super::{
    error::{ApiError, Failure},
    extract::Json,
    jobs,
};
use crate::{daemon::Daemon, jobs::Operation};

/// What a job would do
///
/// Takes what starts a job, and starts none.
#[utoipa::path(post, path = "/v1/plans", tag = "jobs", request_body(
    content = Operation,
    example = json!({"operation": "worker_install", "worker_id": "whisper-server"}),
), responses(
    (status = 200, description = "What each step would do", body = Plan),
    (status = 400, description = "The body is not what it should be", body = Failure),
    (status = 404, description = "There is no such recipe or upload", body = Failure),
    (status = 415, description = "The body is no JSON", body = Failure),
    (status = 422, description = "The recipe cannot be used", body = Failure),
    (status = 424, description = "The host lacks what the recipe needs", body = Failure),
    (status = 502, description = "The index cannot be reached", body = Failure),
))]
pub(super) async fn plan(
    State(daemon): State<Daemon>,
    Json(operation): Json<Operation>,
) -> Result<Json<Plan>, ApiError> {
    jobs::check(&daemon, &operation)?;
    Ok(Json(daemon.jobs().plan(operation).await?))
}
