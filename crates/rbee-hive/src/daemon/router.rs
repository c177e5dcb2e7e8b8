use axum::Router;

use super::{Daemon, api};

/// Every path of the daemon.
pub(crate) fn router(daemon: Daemon) -> Router {
    Router::new().merge(api::routes()).with_state(daemon)
}
