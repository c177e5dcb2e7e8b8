use axum::{Router, middleware};

use super::{Daemon, api};
use crate::web;

/// Every path of the daemon.
pub(crate) fn router(daemon: Daemon) -> Router {
    let routes = api::routes().merge(web::routes());
    routes.layer(middleware::from_fn(web::errors_as_pages)).with_state(daemon)
}
