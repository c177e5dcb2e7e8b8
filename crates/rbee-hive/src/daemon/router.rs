use axum::{Router, middleware};
use tower_http::compression::{
    CompressionLayer, DefaultPredicate, Predicate as _, predicate::NotForContentType,
};

use super::{Daemon, api};
use crate::web;

/// Every path of the daemon.
pub(crate) fn router(daemon: Daemon) -> Router {
    let bytes = NotForContentType::const_new("application/octet-stream");
    let compression = CompressionLayer::new().compress_when(DefaultPredicate::new().and(bytes));
    api::routes()
        .merge(web::routes())
        .fallback(api::missing)
        .method_not_allowed_fallback(api::not_allowed)
        .layer(middleware::from_fn(web::errors_as_pages))
        .layer(compression)
        .with_state(daemon)
}
