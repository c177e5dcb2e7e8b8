use std::time::Duration;

use axum::{
    Form, Router,
    extract::{DefaultBodyLimit, Extension, Query, State},
    http::{HeaderMap, StatusCode, header},
    middleware::from_fn,
    response::{Html, IntoResponse, Redirect, Response},
    routing::{get, post},
};
use maud::{Markup, html};
use serde::Deserialize;
use tokio::time::sleep;

use super::sessions::{self, COOKIE, LIFETIME};
use crate::{
    daemon::{
        Daemon,
        api::{ApiError, ApiErrorKind, in_time},
        listen::Peer,
    },
    web::{Section, layout},
};

/// How long a wrong token takes, so that guessing takes longer than anybody lives.
const PAUSE: Duration = Duration::from_millis(500);

/// The most bytes of a login: a token, and where to go after it.
const LARGEST: usize = 64 << 10;

/// Where a browser begins and ends a session.
pub(crate) fn routes() -> Router<Daemon> {
    // Everybody may send something here, so it is little and does not take long.
    Router::new()
        .route("/login", get(form).post(begin))
        .route("/logout", post(end))
        .layer(DefaultBodyLimit::max(LARGEST))
        .layer(from_fn(in_time))
}

/// Where to go after the login.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wish {
    next: String,
}

/// What is sent from the form.
#[derive(Deserialize)]
struct Given {
    token: String,
    #[serde(flatten)]
    wish: Wish,
}

async fn form(
    State(daemon): State<Daemon>,
    Query(wish): Query<Wish>,
    headers: HeaderMap,
) -> Response {
    if daemon.settings().token.is_none() {
        return Redirect::to(wish.path()).into_response();
    }
    let open = sessions::named(&headers).is_some_and(|name| daemon.sessions().is_open(name));
    let content = if open { signed_in() } else { asking(&wish, None) };
    page(&content).into_response()
}

async fn begin(
    State(daemon): State<Daemon>,
    peer: Option<Extension<Peer>>,
    Form(given): Form<Given>,
) -> Response {
    let Some(token) = &daemon.settings().token else {
        return Redirect::to(given.wish.path()).into_response();
    };
    let peer = peer.map(|Extension(peer)| peer);
    if !token.is(given.token.trim().as_bytes()) {
        tracing::warn!(from = peer.map(tracing::field::display), "a login with a wrong token");
        sleep(PAUSE).await;
        let content = asking(&given.wish, Some("That is not this hive's token."));
        return (StatusCode::UNAUTHORIZED, page(&content)).into_response();
    }
    let Ok(name) = daemon.sessions().begin() else {
        let message = "the operating system has no randomness for a session";
        return ApiError::new(ApiErrorKind::Unavailable, message).into_response();
    };
    let cookie = cookie(&name, LIFETIME, peer.is_some_and(Peer::is_tls));
    ([(header::SET_COOKIE, cookie)], Redirect::to(given.wish.path())).into_response()
}

async fn end(
    State(daemon): State<Daemon>,
    peer: Option<Extension<Peer>>,
    headers: HeaderMap,
) -> Response {
    if let Some(name) = sessions::named(&headers) {
        daemon.sessions().end(name);
    }
    let over = cookie("", Duration::ZERO, peer.is_some_and(|Extension(peer)| peer.is_tls()));
    ([(header::SET_COOKIE, over)], Redirect::to("/login")).into_response()
}

/// A cookie that no script reads and no other site has sent.
fn cookie(name: &str, lifetime: Duration, tls: bool) -> String {
    let secure = if tls { "; Secure" } else { "" };
    let seconds = lifetime.as_secs();
    format!("{COOKIE}={name}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}")
}

impl Wish {
    /// A path of this hive; anything else is the start.
    fn path(&self) -> &str {
        let elsewhere = |second: Option<&u8>| matches!(second, Some(b'/' | b'\\'));
        let bytes = self.next.as_bytes();
        let is_path = bytes.first() == Some(&b'/')
            && !elsewhere(bytes.get(1))
            && bytes.iter().all(u8::is_ascii_graphic);
        if is_path { &self.next } else { "/" }
    }
}

fn page(content: &Markup) -> Html<String> {
    Html(layout("Sign in", Section::None, content).into_string())
}

fn asking(wish: &Wish, wrong: Option<&str>) -> Markup {
    html! {
        div.error-page {
            h1 { "Sign in" }
            p.lead { "This hive asks for its token." }
            form method="post" action="/login" {
                input type="hidden" name="next" value=(wish.path());
                @if let Some(wrong) = wrong { p.reason role="alert" { (wrong) } }
                div.field {
                    label for="token" { "Token" }
                    input #token type="password" name="token" autocomplete="current-password"
                        required autofocus aria-invalid=[wrong.map(|_| "true")]
                        aria-describedby="token-help";
                }
                p.note #token-help {
                    "Whoever started the hive knows it: it is the value of " code { "HIVE_TOKEN" }
                    ", or in the file that " code { "token_file" } " names."
                }
                p { button.primary type="submit" { "Sign in" } }
            }
        }
    }
}

fn signed_in() -> Markup {
    html! {
        div.error-page {
            h1 { "You are signed in" }
            p { a.button.primary href="/" { "To the catalogue" } }
            form method="post" action="/logout" {
                button.quiet type="submit" { "Sign out" }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_leads_only_to_this_hive() {
        let path = |next: &str| Wish { next: next.to_owned() }.path().to_owned();
        assert_eq!(path("/jobs/x?y=1"), "/jobs/x?y=1");
        for elsewhere in
            ["", "//evil.example", "/\\evil.example", "https://evil.example", "/a\r\nb"]
        {
            assert_eq!(path(elsewhere), "/", "{elsewhere}");
        }
    }
}
