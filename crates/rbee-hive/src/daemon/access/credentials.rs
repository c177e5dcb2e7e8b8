use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, header, uri::PathAndQuery},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use url::form_urlencoded;

use super::sessions;
use crate::{
    config::Token,
    daemon::{
        Daemon,
        api::{ApiError, ApiErrorKind},
        listen::Peer,
    },
};

/// What is answered to everybody: whether the hive lives, and what one needs to sign in.
const OPEN: [&str; 4] = ["/health", "/ready", "/login", "/logout"];

/// Answers only who has the token, if there is one: in `Authorization`, or as a browser's session
/// that began with it. Who may open the Unix socket has shown enough.
pub(crate) async fn require_token(
    State(daemon): State<Daemon>,
    request: Request,
    next: Next,
) -> Response {
    let peer = request.extensions().get::<Peer>().copied();
    let path = request.uri().path();
    let is_open = OPEN.contains(&path) || path.starts_with("/assets/");
    let Some(token) = daemon.settings().token.as_ref() else { return next.run(request).await };
    if is_open || peer == Some(Peer::Unix) {
        return next.run(request).await;
    }
    match shown(request.headers(), token, &daemon) {
        Shown::It => next.run(request).await,
        Shown::Another => {
            tracing::warn!(
                from = peer.map(tracing::field::display),
                path,
                "a request with a wrong token"
            );
            refusal("the token is not this hive's")
        }
        Shown::Nothing if is_for_a_person(&request) => to_login(&request),
        Shown::Nothing => {
            refusal("this hive wants its token: send the header `Authorization: Bearer TOKEN`")
        }
    }
}

enum Shown {
    It,
    Another,
    Nothing,
}

fn shown(headers: &HeaderMap, token: &Token, daemon: &Daemon) -> Shown {
    if let Some(value) = headers.get(header::AUTHORIZATION) {
        return match bearer(value) {
            Some(given) if token.is(given) => Shown::It,
            _ => Shown::Another,
        };
    }
    match sessions::named(headers) {
        Some(session) if daemon.sessions().is_open(session) => Shown::It,
        _ => Shown::Nothing,
    }
}

/// The token of an `Authorization` header, RFC 6750.
fn bearer(value: &HeaderValue) -> Option<&[u8]> {
    let (scheme, token) = value.as_bytes().split_at_checked(7)?;
    scheme.eq_ignore_ascii_case(b"bearer ").then(|| token.trim_ascii())
}

fn refusal(message: &str) -> Response {
    let challenge = [(header::WWW_AUTHENTICATE, "Bearer realm=\"rbee-hive\"")];
    (challenge, ApiError::new(ApiErrorKind::Unauthorized, message)).into_response()
}

/// Whether a person's browser asks for a page.
fn is_for_a_person(request: &Request) -> bool {
    let accept = request.headers().get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html")) || is_of_a_page(request)
}

/// Whether a script of a page asks for a part of it.
fn is_of_a_page(request: &Request) -> bool {
    request.headers().contains_key("hx-request")
}

/// Sends a browser to the login, and from there back to what it wanted to see.
fn to_login(request: &Request) -> Response {
    let wanted = request.uri().path_and_query().map(PathAndQuery::as_str);
    let wanted = wanted.filter(|_| request.method() == Method::GET && !is_of_a_page(request));
    let mut login = "/login".to_owned();
    if let Some(wanted) = wanted.filter(|wanted| *wanted != "/") {
        login.push_str("?next=");
        login.extend(form_urlencoded::byte_serialize(wanted.as_bytes()));
    }
    if is_of_a_page(request) {
        let mut response = refusal("the session has ended: sign in again");
        if let Ok(login) = HeaderValue::try_from(login) {
            response.headers_mut().insert("hx-redirect", login);
        }
        return response;
    }
    Redirect::to(&login).into_response()
}
