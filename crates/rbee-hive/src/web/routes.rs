use axum::{
    Router,
    routing::{get, post},
};

use super::{assets, catalogue, disk, inventory, job, worker};
use crate::daemon::Daemon;

/// The paths of the page.
///
/// What is installed is at `/installed`: `/workers` is where other hives read this one as an index.
pub(crate) fn routes() -> Router<Daemon> {
    Router::new()
        .route("/", get(catalogue::catalogue))
        .route("/jobs", get(job::jobs).post(job::submit))
        .route("/jobs/{id}", get(job::job))
        .route("/jobs/{id}/live", get(job::live))
        .route("/jobs/{id}/log", get(job::download))
        .route("/jobs/{id}/cancel", post(job::cancel))
        .route("/installed", get(inventory::inventory))
        .route("/installed/{id}", get(worker::worker))
        .route("/installed/{id}/verify", post(worker::verify))
        .route("/installed/{id}/activate", post(worker::activate))
        .route("/installed/{id}/remove", post(worker::remove))
        .route("/disk", get(disk::disk))
        .route("/disk/gc", post(disk::gc))
        .route("/assets/{name}", get(assets::asset))
}
