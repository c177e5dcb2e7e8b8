use axum::{Router, middleware, routing::get};
use tower_http::compression::{
    CompressionLayer, DefaultPredicate, Predicate as _, predicate::NotForContentType,
};

use super::{Daemon, access, api, operations};
use crate::web;

/// Every path of the daemon.
pub(crate) fn router(daemon: Daemon) -> Router {
    let bytes = NotForContentType::const_new("application/octet-stream");
    let compression = CompressionLayer::new().compress_when(DefaultPredicate::new().and(bytes));
    api::routes()
        .merge(web::routes())
        .merge(access::routes())
        .route("/metrics", get(operations::metrics))
        .fallback(api::missing)
        .method_not_allowed_fallback(api::not_allowed)
        // From here on, what is further down comes first.
        .layer(middleware::from_fn_with_state(daemon.clone(), access::require_token))
        .layer(middleware::from_fn(access::require_same_origin))
        .layer(middleware::from_fn_with_state(daemon.clone(), access::require_known_host))
        .layer(middleware::from_fn(web::errors_as_pages))
        .layer(compression)
        .layer(middleware::from_fn(access::protect))
        .layer(middleware::from_fn_with_state(daemon.clone(), operations::observe))
        .with_state(daemon)
}
