use axum::{
    body::{Body, to_bytes},
    extract::Request,
    http::{HeaderMap, Method, StatusCode, header},
    middleware::Next,
    response::{Html, IntoResponse, Response},
};
use maud::{Markup, html};
use serde::Deserialize;

use super::{layout::Section, layout::layout, words};

/// An error of the API is small; what is larger is none.
const LARGEST: usize = 1 << 20;

/// An error, as the API writes it.
#[derive(Debug, Deserialize)]
struct Document {
    error: Said,
}

#[derive(Debug, Default, Deserialize)]
struct Said {
    kind: String,
    message: String,
    causes: Vec<String>,
}

/// Shows a browser every error as a page; programs get it as it is.
pub(crate) async fn errors_as_pages(request: Request, next: Next) -> Response {
    let wanted = wants_page(request.headers()) && request.method() != Method::HEAD;
    let response = next.run(request).await;
    let status = response.status();
    if !wanted || !(status.is_client_error() || status.is_server_error()) || is_page(&response) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let said = match to_bytes(body, LARGEST).await {
        Ok(bytes) => serde_json::from_slice::<Document>(&bytes).map(|d| d.error),
        Err(_) => Ok(Said::default()),
    };
    let page = page(status, &said.unwrap_or_default());
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.remove(header::CONTENT_TYPE);
    parts.headers.remove(header::CONTENT_ENCODING);
    parts.headers.remove(header::ETAG);
    let mut answer = Html(page.into_string()).into_response();
    answer.headers_mut().extend(parts.headers);
    *answer.status_mut() = status;
    answer.map(Body::new)
}

/// Whether it is a person's browser that asks.
fn wants_page(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}

fn is_page(response: &Response) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with("text/html"))
}

fn page(status: StatusCode, said: &Said) -> Markup {
    let title = match status {
        StatusCode::NOT_FOUND => "Not found",
        StatusCode::UNAUTHORIZED => "Sign in first",
        StatusCode::FORBIDDEN => "Not allowed",
        StatusCode::METHOD_NOT_ALLOWED | StatusCode::BAD_REQUEST => "That cannot be asked",
        StatusCode::CONFLICT => "Not possible now",
        status if status.is_server_error() => "Something failed",
        _ => "That did not work",
    };
    let content = html! {
        div.error-page {
            p.eyebrow { "Error " (status.as_u16()) }
            h1 { (title) }
            @if said.message.is_empty() {
                p.lead { (status.canonical_reason().unwrap_or("The request was refused")) "." }
            } @else {
                p.lead { (words::line(&said.message)) }
            }
            (causes(&said.causes))
            p { (advice(status, &said.kind)) }
            p { a.button.primary href="/" { "To the catalogue" } }
        }
    };
    layout(title, Section::None, &content)
}

/// The causes of an error, the nearest first.
pub(super) fn causes(causes: &[String]) -> Markup {
    html! {
        @if !causes.is_empty() {
            ul.causes {
                @for cause in causes { li { (words::line(cause)) } }
            }
        }
    }
}

/// What to do about it.
fn advice(status: StatusCode, kind: &str) -> Markup {
    match (status, kind) {
        (StatusCode::NOT_FOUND, _) => html! {
            "It may have been removed, or the address has a typing error. "
            a href="/installed" { "What is installed" } " and " a href="/jobs" { "every job" }
            " can be found from here."
        },
        (StatusCode::UNAUTHORIZED, _) => html! {
            "This hive wants a token. " a href="/login" { "Sign in" } " with it."
        },
        (StatusCode::FORBIDDEN, _) => html! {
            "If you came from another page, open this one by its own address and try again."
        },
        (StatusCode::CONFLICT, _) => html! {
            "Something else happened meanwhile: go back, reload, and look at how it is now."
        },
        (StatusCode::TOO_MANY_REQUESTS, _) => html! { "Wait a moment, then try again." },
        _ => advice_for(kind),
    }
}

/// What to do about a failure of this kind, wherever it is shown.
pub(super) fn advice_for(kind: &str) -> Markup {
    match kind {
        "usage" => html! { "Go back and change what the message names." },
        "recipe_refused" => html! {
            "The recipe itself is refused: its author can mend it, and "
            code { "rbee-hive recipe lint" } " tells everything that is wrong with it."
        },
        "source_failed" => html! {
            "A download failed, or is not what the recipe says it is. Look at the network and try "
            "again; if a sum differs, do not use it before its author has said why."
        },
        "build_failed" => html! {
            "The last lines of the log tell what the build said. If it ran out of memory or disk, "
            "make room and try again."
        },
        "sandbox_unavailable" => html! {
            "No sandbox works here: " code { "rbee-hive doctor" } " tells how to enable one."
        },
        "missing_dependency" => html! {
            "Run the command that the message names on this machine, then try again."
        },
        "store_failed" | "unavailable" | "timeout" => html! {
            "Look whether the disk is full or read-only ("
            a href="/disk" { "disk use" } "), and at what the daemon logs; then try again."
        },
        _ => html! { "Go back and try again." },
    }
}
