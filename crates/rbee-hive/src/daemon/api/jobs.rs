use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use rbee_hive_worker_catalog::{JobFilter, JobId, WorkerId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    error::{ApiError, ApiErrorKind, Failure},
    etag::Tagged,
    extract::{Json, Path, Query},
    page::{Cursor, Limit},
};
use crate::{
    daemon::Daemon,
    jobs::{JobError, JobView, Operation},
};

/// A job's state by its name.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum StateName {
    Queued,
    Running,
    Cancelling,
    Ended,
}

impl StateName {
    fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Cancelling => "cancelling",
            Self::Ended => "ended",
        }
    }
}

/// Which of the jobs.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// Only jobs in this state.
    #[param(inline)]
    state: Option<StateName>,
    /// Only jobs for this worker: an id, or a name.
    #[param(inline)]
    worker: Option<WorkerId>,
    /// Only jobs that do this: `worker_install` or `worker_import`.
    operation: Option<String>,
    /// How many at most; 100 if not given.
    #[param(inline)]
    limit: Option<Limit>,
    /// Where to go on: what the page before has as `next`.
    #[param(inline)]
    cursor: Option<Cursor>,
}

/// Some of the jobs.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct JobPage {
    /// The latest first.
    jobs: Vec<JobView>,
    /// The cursor of the next page; null on the last one.
    #[schema(required)]
    next: Option<Cursor>,
    /// How many there are on all pages together.
    total: usize,
}

/// Start a job
///
/// It is on the disk when this is answered, and goes on whoever watches. It waits until it is its
/// turn; the answer says where it stands and why it waits.
#[utoipa::path(post, path = "/v1/jobs", tag = "jobs", request_body(
    content = Operation,
    example = json!({"operation": "worker_install", "worker_id": "whisper-server"}),
), responses(
    (status = 202, description = "The job", body = JobView, headers(("location" = String))),
    (status = 400, description = "The body is not what it should be", body = Failure),
    (status = 404, description = "There is no such upload", body = Failure),
    (status = 415, description = "The body is no JSON", body = Failure),
))]
pub(super) async fn submit(
    State(daemon): State<Daemon>,
    Json(operation): Json<Operation>,
) -> Result<Response, ApiError> {
    check(&daemon, &operation)?;
    let jobs = daemon.jobs().clone();
    let job = apart(move || jobs.submit(&operation)).await?;
    let location = HeaderValue::try_from(format!("/v1/jobs/{}", job.job_id));
    let headers: HeaderMap = location.into_iter().map(|l| (header::LOCATION, l)).collect();
    Ok((StatusCode::ACCEPTED, headers, Json(job)).into_response())
}

/// Refuses what could harm the host, unless the daemon's settings allow it.
pub(super) fn check(daemon: &Daemon, operation: &Operation) -> Result<(), ApiError> {
    let settings = daemon.settings();
    let forbidden = |message: &str| Err(ApiError::new(ApiErrorKind::Forbidden, message));
    if operation.is_unconfined() && !settings.allow_sandbox_none {
        return forbidden(
            "this hive runs no recipe without a sandbox; its setting allow_sandbox_none would let it",
        );
    }
    if operation.syncs_dependencies() && !settings.allow_syncdeps {
        return forbidden(
            "this hive installs no packages of its host; its setting allow_syncdeps would let it",
        );
    }
    Ok(())
}

/// Every job
///
/// In pages, the latest first.
#[utoipa::path(get, path = "/v1/jobs", tag = "jobs", params(Wanted), responses(
    (status = 200, description = "The jobs", body = JobPage, headers(("etag" = String))),
    (status = 304, description = "They are those that the client has: it sent their ETag"),
    (status = 400, description = "A parameter is wrong", body = Failure),
))]
pub(super) async fn list(
    State(daemon): State<Daemon>,
    Query(wanted): Query<Wanted>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let filter = JobFilter {
        states: wanted.state.into_iter().map(|state| state.as_str().to_owned()).collect(),
        worker: wanted.worker.map(String::from),
        operation: wanted.operation,
    };
    let after = wanted.cursor.map(|cursor| parse(&cursor.0)).transpose()?;
    let limit = wanted.limit.unwrap_or(Limit(100)).0;
    let jobs = daemon.jobs().clone();
    let page = apart(move || {
        let total = jobs.count(&filter)?;
        let (jobs, more) = jobs.list(&filter, after.as_ref(), limit)?;
        let next = jobs.last().filter(|_| more).map(|last| Cursor(last.job_id.to_string()));
        Ok::<_, JobError>(JobPage { jobs, next, total })
    });
    Ok(Tagged::new(&page.await?)?.answer(&headers))
}

/// One job
#[utoipa::path(get, path = "/v1/jobs/{id}", tag = "jobs", params(("id" = inline(JobId), Path, description = "The job")), responses(
    (status = 200, description = "The job", body = JobView, headers(("etag" = String))),
    (status = 304, description = "It is what the client has"),
    (status = 400, description = "The id is none", body = Failure),
    (status = 404, description = "There is no such job", body = Failure),
))]
pub(super) async fn show(
    State(daemon): State<Daemon>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let id = parse(&id)?;
    let jobs = daemon.jobs().clone();
    let job =
        apart(move || jobs.get(&id)?.ok_or_else(|| JobError::NotFound { id: id.to_string() }));
    Ok(Tagged::new(&job.await?)?.answer(&headers))
}

/// Cancel a job
///
/// One that waits ends at once; one that runs is told to stop, and `ended` is its last event. What
/// was installed stays as it was.
#[utoipa::path(delete, path = "/v1/jobs/{id}", tag = "jobs", params(("id" = inline(JobId), Path, description = "The job")), responses(
    (status = 202, description = "The job, as it is now", body = JobView),
    (status = 400, description = "The id is none", body = Failure),
    (status = 404, description = "There is no such job", body = Failure),
    (status = 409, description = "It has ended already", body = Failure),
))]
pub(super) async fn cancel(
    State(daemon): State<Daemon>,
    Path(id): Path<String>,
) -> Result<(StatusCode, Json<JobView>), ApiError> {
    let id = parse(&id)?;
    let jobs = daemon.jobs().clone();
    Ok((StatusCode::ACCEPTED, Json(apart(move || jobs.cancel(&id)).await?)))
}

/// The name of a job.
pub(super) fn parse(id: &str) -> Result<JobId, ApiError> {
    Ok(id.parse::<JobId>().map_err(rbee_hive_worker_catalog::Error::from)?)
}

/// Does what waits for the disk, on a thread that may.
pub(crate) async fn apart<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, JobError> + Send + 'static,
) -> Result<T, ApiError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => Ok(result?),
        Err(_) => Err(ApiError::new(ApiErrorKind::Unavailable, "the hive is stopping")),
    }
}

impl From<JobError> for ApiError {
    fn from(error: JobError) -> Self {
        let kind = match &error {
            JobError::AlreadyEnded { .. } => ApiErrorKind::Conflict,
            JobError::Full { .. } | JobError::ShuttingDown => ApiErrorKind::Unavailable,
            other => other.kind().into(),
        };
        Self::of(kind, &error)
    }
}
