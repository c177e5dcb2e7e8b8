//! What programs ask: one resource a file.

mod health;

use axum::{Router, routing::get};

use super::Daemon;

/// The paths of the API.
pub(crate) fn routes() -> Router<Daemon> {
    Router::new().route("/health", get(health::health))
}
