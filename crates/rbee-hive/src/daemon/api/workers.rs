use axum::{
    extract::{RawQuery, State},
    http::HeaderMap,
    response::Response,
};
use rbee_hive_worker_catalog::{
    Artifact as _, ArtifactStatus, HistoryEntry, Verification, WorkerBinary, WorkerCatalog,
    WorkerId, WorkerName, WorkerType,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    blocking::blocking,
    error::{ApiError, Failure},
    etag::Tagged,
    extract::{Json, Path, Query},
    page::{self, Cursor, Limit},
};
use crate::daemon::Daemon;

/// Which of the installed workers.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// Only workers with this name.
    #[param(inline)]
    name: Option<WorkerName>,
    /// Only workers that compute with this.
    #[param(inline)]
    backend: Option<WorkerType>,
    /// Only those in use, or only those that are not.
    active: Option<bool>,
    /// Only those in this condition.
    #[param(inline)]
    status: Option<ArtifactStatus>,
    /// How many at most; 1000 if not given.
    #[param(inline)]
    limit: Option<Limit>,
    /// Where to go on: what the page before has as `next`.
    #[param(inline)]
    cursor: Option<Cursor>,
}

/// Some of the installed workers.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct WorkerPage {
    /// By worker and backend, the version installed last first.
    workers: Vec<WorkerBinary>,
    /// The cursor of the next page; null on the last one.
    #[schema(required)]
    next: Option<Cursor>,
    /// How many there are on all pages together.
    total: usize,
}

/// Everything that is installed
///
/// All versions, in pages. As long as nothing changes, the answer has the same `ETag`.
#[utoipa::path(get, path = "/v1/workers", tag = "workers", params(Wanted), responses(
    (status = 200, description = "The workers", body = WorkerPage, headers(("etag" = String))),
    (status = 304, description = "They are those that the client has: it sent their ETag"),
    (status = 400, description = "A parameter is wrong", body = Failure),
))]
pub(super) async fn list(
    State(daemon): State<Daemon>,
    Query(wanted): Query<Wanted>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let revision = daemon.catalogs().installed().revision()?;
    let key = query.unwrap_or_default();
    let answer = daemon.answers().get(revision, key, || {
        blocking(&daemon, move |catalog| {
            Tagged::new(&select(catalog, &wanted)?).map(Tagged::compressed)
        })
    });
    Ok(answer.await?.answer(&headers))
}

fn select(catalog: &WorkerCatalog, wanted: &Wanted) -> Result<WorkerPage, ApiError> {
    let mut workers = catalog.list()?;
    workers.retain(|worker| {
        wanted.name.as_ref().is_none_or(|name| *name == worker.name)
            && wanted.backend.is_none_or(|backend| backend == worker.worker_type)
            && wanted.active.is_none_or(|active| active == worker.active)
            && wanted.status.is_none_or(|status| status == worker.status)
    });
    let total = workers.len();
    let start = wanted.cursor.as_ref().map_or(0, |cursor| start_after(&workers, cursor));
    let limit = wanted.limit.unwrap_or(Limit(page::MOST));
    let (workers, next) = page::page(workers, start, limit, key);
    Ok(WorkerPage { workers, next, total })
}

/// The slot and the store object: the list is by slots, and has objects in an order of their own.
fn key(worker: &WorkerBinary) -> String {
    format!("{}\n{}", worker.slot(), object(worker))
}

fn object(worker: &WorkerBinary) -> String {
    worker.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Behind the object that the last page ended with, or behind its slot if it was removed since.
fn start_after(workers: &[WorkerBinary], cursor: &Cursor) -> usize {
    let (slot, last) = cursor.0.split_once('\n').unwrap_or((&cursor.0, ""));
    match workers.iter().position(|worker| object(worker) == last) {
        Some(position) => position + 1,
        None => workers.partition_point(|worker| worker.slot() <= slot),
    }
}

/// One installed worker
///
/// `id` is `NAME[:BACKEND][@VERSION]`; the version in use, unless it names one.
#[utoipa::path(get, path = "/v1/workers/{id}", tag = "workers", params(("id" = inline(WorkerId), Path, description = "The worker")), responses(
    (status = 200, description = "The worker", body = WorkerBinary, headers(("etag" = String))),
    (status = 304, description = "It is what the client has"),
    (status = 400, description = "The id is none, or means several workers", body = Failure),
    (status = 404, description = "It is not installed", body = Failure),
))]
pub(super) async fn show(
    State(daemon): State<Daemon>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let worker = blocking(&daemon, move |catalog| catalog.get(&id)).await?;
    Ok(Tagged::new(&worker)?.answer(&headers))
}

/// What was removed.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Removed {
    /// Every version that the id meant.
    removed: Vec<WorkerBinary>,
}

/// Uninstall a worker
///
/// Every version that the id means. If the one in use is among them and others stay, the one
/// installed before it is then in use.
#[utoipa::path(delete, path = "/v1/workers/{id}", tag = "workers", params(("id" = inline(WorkerId), Path, description = "The worker")), responses(
    (status = 200, description = "What was removed", body = Removed),
    (status = 400, description = "The id is none, or another worker needs it", body = Failure),
    (status = 404, description = "It is not installed", body = Failure),
))]
pub(super) async fn remove(
    State(daemon): State<Daemon>,
    Path(id): Path<String>,
) -> Result<Json<Removed>, ApiError> {
    let removed = daemon.catalogs().installed().remove(&id).await?;
    Ok(Json(Removed { removed }))
}

/// What happened to a worker.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct History {
    /// The latest first.
    history: Vec<HistoryEntry>,
}

/// What was installed, activated and removed
///
/// A worker that was removed still has a history.
#[utoipa::path(get, path = "/v1/workers/{id}/history", tag = "workers", params(("id" = inline(WorkerId), Path, description = "The worker")), responses(
    (status = 200, description = "What happened", body = History),
    (status = 400, description = "The id is none", body = Failure),
    (status = 404, description = "Nothing ever happened under that id", body = Failure),
))]
pub(super) async fn history(
    State(daemon): State<Daemon>,
    Path(id): Path<String>,
) -> Result<Json<History>, ApiError> {
    let history = blocking(&daemon, move |catalog| catalog.history(&id)).await?;
    Ok(Json(History { history }))
}

/// Return to the version that was in use before
///
/// Or to the one that the id names.
#[utoipa::path(post, path = "/v1/workers/{id}/rollback", tag = "workers", params(("id" = inline(WorkerId), Path, description = "The worker")), responses(
    (status = 200, description = "The version that is in use now", body = WorkerBinary),
    (status = 400, description = "The id is none, or means several workers", body = Failure),
    (status = 404, description = "It is not installed, or has no earlier version", body = Failure),
))]
pub(super) async fn rollback(
    State(daemon): State<Daemon>,
    Path(id): Path<String>,
) -> Result<Json<WorkerBinary>, ApiError> {
    Ok(Json(blocking(&daemon, move |catalog| catalog.rollback(&id)).await?))
}

/// What a verification found.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Verified {
    /// Each worker, with what differs.
    verified: Vec<Verification>,
}

/// Compare a worker's files with what was installed
///
/// Damage is no error: it stands in the answer, and in the worker's status from then on.
#[utoipa::path(post, path = "/v1/workers/{id}/verify", tag = "workers", params(("id" = inline(WorkerId), Path, description = "The worker")), responses(
    (status = 200, description = "What was found", body = Verified),
    (status = 400, description = "The id is none", body = Failure),
    (status = 404, description = "It is not installed", body = Failure),
))]
pub(super) async fn verify(
    State(daemon): State<Daemon>,
    Path(id): Path<String>,
) -> Result<Json<Verified>, ApiError> {
    let verified = daemon.catalogs().installed().verify(Some(&id)).await?;
    Ok(Json(Verified { verified }))
}

/// Compare every worker's files with what was installed
#[utoipa::path(post, path = "/v1/verify", tag = "workers", responses(
    (status = 200, description = "What was found", body = Verified),
))]
pub(super) async fn verify_all(State(daemon): State<Daemon>) -> Result<Json<Verified>, ApiError> {
    let verified = daemon.catalogs().installed().verify(None).await?;
    Ok(Json(Verified { verified }))
}
