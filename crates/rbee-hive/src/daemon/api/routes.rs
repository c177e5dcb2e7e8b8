use std::time::Duration;

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request},
    http::{Method, Uri},
    middleware::{Next, from_fn},
    response::Response,
};
use utoipa_axum::{router::OpenApiRouter, routes as paths};

use super::{
    ApiError, ApiErrorKind, catalog, disk, doctor, health, index, jobs, openapi, packages, plans,
    stream, uploads, workers,
};
use crate::daemon::Daemon;

/// How long an ordinary request may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// The largest body of JSON.
const LARGEST_JSON: usize = 1 << 20;

/// The paths of the API.
pub(crate) fn routes() -> Router<Daemon> {
    described().into()
}

/// The same with their descriptions.
pub(super) fn described() -> OpenApiRouter<Daemon> {
    let brief = OpenApiRouter::with_openapi(openapi::base())
        .routes(paths!(health::health))
        .routes(paths!(health::ready))
        .routes(paths!(workers::list))
        .routes(paths!(workers::show, workers::remove))
        .routes(paths!(workers::history))
        .routes(paths!(workers::rollback))
        .routes(paths!(catalog::list))
        .routes(paths!(catalog::show))
        .routes(paths!(jobs::list, jobs::submit))
        .routes(paths!(jobs::show, jobs::cancel))
        .routes(paths!(disk::disk))
        .routes(paths!(doctor::doctor))
        .routes(paths!(index::list))
        .routes(paths!(index::show))
        .routes(paths!(index::file))
        .routes(paths!(index::key))
        .routes(paths!(openapi::description))
        .layer(from_fn(in_time));
    let long = OpenApiRouter::new()
        .routes(paths!(workers::verify))
        .routes(paths!(workers::verify_all))
        .routes(paths!(packages::package))
        .routes(paths!(stream::stream))
        .routes(paths!(plans::plan))
        .routes(paths!(disk::gc));
    // These count for themselves what they take.
    let unlimited =
        OpenApiRouter::new().routes(paths!(uploads::upload)).layer(DefaultBodyLimit::disable());
    brief.merge(long).layer(DefaultBodyLimit::max(LARGEST_JSON)).merge(unlimited)
}

/// Gives up on what takes too long. What it had begun ends, too.
pub(crate) async fn in_time(request: Request, next: Next) -> Response {
    use axum::response::IntoResponse as _;
    let message = "the request took too long; try again";
    let timeout = |_| ApiError::new(ApiErrorKind::Timeout, message).into_response();
    tokio::time::timeout(PATIENCE, next.run(request)).await.unwrap_or_else(timeout)
}

/// The answer to a path that is none.
pub(crate) async fn missing(uri: Uri) -> ApiError {
    ApiError::new(ApiErrorKind::NotFound, format!("no path {}; /openapi.json has all", uri.path()))
}

/// The answer to a method that the path does not have. Those that it has are in the header `allow`.
pub(crate) async fn not_allowed(method: Method, uri: Uri) -> ApiError {
    let message = format!("{} does not take {method}", uri.path());
    ApiError::new(ApiErrorKind::MethodNotAllowed, message)
}
