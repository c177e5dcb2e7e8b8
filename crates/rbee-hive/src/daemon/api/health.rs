use axum::{Json, extract::State};
use serde::Serialize;

use crate::daemon::Daemon;

/// How the daemon is.
#[derive(Debug, Serialize)]
pub(super) struct Health {
    status: &'static str,
    version: &'static str,
}

/// Whether the daemon is alive and its store can be used.
pub(super) async fn health(State(daemon): State<Daemon>) -> Json<Health> {
    let works = daemon.catalogs().installed().list().is_ok();
    let status = if works { "ok" } else { "failed" };
    Json(Health { status, version: env!("CARGO_PKG_VERSION") })
}
