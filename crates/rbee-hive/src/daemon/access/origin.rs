use axum::{
    extract::Request,
    http::{HeaderMap, Method, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};

use crate::daemon::{
    api::{ApiError, ApiErrorKind},
    listen::Peer,
};

/// Has a browser change something only for a page of this hive, and look at something for another
/// page only where a person goes to it: to look can be work, such as packing a worker. Programs that
/// are no browsers send no `Origin`, and are answered.
pub(crate) async fn require_same_origin(request: Request, next: Next) -> Response {
    let only_looks = matches!(*request.method(), Method::GET | Method::HEAD);
    let tls = request.extensions().get::<Peer>().is_some_and(|peer| peer.is_tls());
    let goes = request.headers().get("sec-fetch-mode").is_none_or(|mode| mode == "navigate");
    match foreign(request.headers(), tls) {
        Some(from) if !(only_looks && goes) => {
            let may_not = if only_looks { "load anything of" } else { "change" };
            let message = format!("a page of {} cannot {may_not} this hive", from.escape_debug());
            ApiError::new(ApiErrorKind::Forbidden, message).into_response()
        }
        _ => next.run(request).await,
    }
}

/// Whose page it is, if not this hive's.
fn foreign(headers: &HeaderMap, tls: bool) -> Option<&str> {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    if let Some(origin) = text("origin")
        && !is_own(origin, headers, tls)
    {
        return Some(origin);
    }
    // Browsers that know of Fetch Metadata tell it in their own words, which no page can change.
    let site = text("sec-fetch-site").filter(|site| !["same-origin", "none"].contains(site));
    site.map(|_| "another site")
}

/// Whether the origin is what the request itself is sent to. What ends TLS before the hive leaves
/// the name as it was, and that is what counts.
fn is_own(origin: &str, headers: &HeaderMap, tls: bool) -> bool {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let own = |scheme: &str| origin.strip_prefix(scheme).is_some_and(|of| host == Some(of));
    own("https://") || (!tls && own("http://"))
}
