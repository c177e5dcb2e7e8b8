use axum::{
    extract::Request,
    http::{HeaderName, HeaderValue, header},
    middleware::Next,
    response::Response,
};

use crate::daemon::listen::Peer;

/// What a browser may do with an answer, whatever it is: load nothing from elsewhere, run no script
/// that stands in a page, show it in nobody's frame, and tell nobody where it comes from.
const POLICIES: [(HeaderName, HeaderValue); 7] = [
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
             connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        ),
    ),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    // With none at all, a browser does not say either which page a form was sent from.
    (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    (
        HeaderName::from_static("cross-origin-embedder-policy"),
        HeaderValue::from_static("require-corp"),
    ),
];

/// Half a year.
const HSTS: HeaderValue = HeaderValue::from_static("max-age=15552000");

/// Gives every answer the headers that protect who reads it in a browser.
pub(crate) async fn protect(request: Request, next: Next) -> Response {
    let tls = request.extensions().get::<Peer>().is_some_and(|peer| peer.is_tls());
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.extend(POLICIES);
    if tls {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HSTS);
    }
    // Whoever knows that an answer can be kept has said so.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}
