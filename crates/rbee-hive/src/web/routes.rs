use axum::{
    Router,
    routing::{get, post},
};

use super::{assets, catalogue, inventory, worker};
use crate::daemon::Daemon;

/// The paths of the page.
///
/// What is installed is at `/installed`: `/workers` is where other hives read this one as an index.
pub(crate) fn routes() -> Router<Daemon> {
    Router::new()
        .route("/", get(catalogue::catalogue))
        .route("/installed", get(inventory::inventory))
        .route("/installed/{id}", get(worker::worker))
        .route("/installed/{id}/verify", post(worker::verify))
        .route("/installed/{id}/activate", post(worker::activate))
        .route("/installed/{id}/remove", post(worker::remove))
        .route("/assets/{name}", get(assets::asset))
}
