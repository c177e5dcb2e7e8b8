use std::{
    sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method},
    middleware::Next,
    response::Response,
};

use crate::daemon::{Daemon, listen::Peer};

/// What a request is called in the log, and in what its sender hears of it.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Counts and logs each answer: by its path alone, since a query may hold what others must not
/// read. Who only looks is not told about, unless that is wanted or it failed.
pub(crate) async fn observe(
    State(daemon): State<Daemon>,
    request: Request,
    next: Next,
) -> Response {
    let began = Instant::now();
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map_or("none", MatchedPath::as_str);
    let from = request.extensions().get::<Peer>().copied();
    let id = id(request.headers());

    let mut response = next.run(request).await;
    let (status, took) = (response.status(), began.elapsed());
    daemon.metrics().answered(&method, route, status, took);
    let ms = took.as_secs_f64() * 1000.0;
    let (status, from) = (status.as_u16(), from.map(|from| from.to_string()));
    let name = id.to_str().unwrap_or_default();
    if response.status().is_server_error() {
        tracing::warn!(%method, path, status, ms, from, id = name, "answered");
    } else if response.status().is_client_error() || !matches!(method, Method::GET | Method::HEAD) {
        tracing::info!(%method, path, status, ms, from, id = name, "answered");
    } else {
        tracing::debug!(%method, path, status, ms, from, id = name, "answered");
    }
    response.headers_mut().insert(REQUEST_ID, id);
    response
}

/// The name that the sender gave it, if that fits in a line of a log; else one of ours.
fn id(headers: &HeaderMap) -> HeaderValue {
    static NEXT: LazyLock<AtomicU64> = LazyLock::new(|| {
        let now = jiff::Timestamp::now().as_millisecond();
        AtomicU64::new(now.unsigned_abs() << 20)
    });
    let fits = |value: &&HeaderValue| {
        let bytes = value.as_bytes();
        (1..=64).contains(&bytes.len()) && bytes.iter().all(u8::is_ascii_graphic)
    };
    let given = headers.get(REQUEST_ID).filter(fits).cloned();
    given.unwrap_or_else(|| {
        let id = format!("{:x}", NEXT.fetch_add(1, Ordering::Relaxed));
        HeaderValue::try_from(id).unwrap_or(HeaderValue::from_static("-"))
    })
}
