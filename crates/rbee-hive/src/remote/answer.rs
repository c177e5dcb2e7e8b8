//! What a daemon says when it cannot do what it was asked.

use rbee_hive_worker_catalog::ErrorKind;
use reqwest::{Response, StatusCode};
use serde::Deserialize;

use super::RemoteError;
use crate::jobs::Cause;

/// No error message is near this.
const LARGEST: usize = 1 << 20;

#[derive(Deserialize)]
struct Failure {
    error: Told,
}

#[derive(Deserialize)]
struct Told {
    kind: String,
    message: String,
    #[serde(default)]
    causes: Vec<String>,
}

/// The answer itself, if it is one of success.
pub(super) async fn success(
    mut answer: Response,
    hive: &str,
    token: bool,
) -> Result<Response, RemoteError> {
    let status = answer.status();
    if status.is_success() {
        return Ok(answer);
    }
    if status == StatusCode::UNAUTHORIZED {
        return Err(RemoteError::Token { hive: hive.to_owned(), given: token });
    }
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = answer.chunk().await {
        body.extend_from_slice(&chunk);
        if body.len() > LARGEST {
            break;
        }
    }
    Err(failure(&body).unwrap_or_else(|| RemoteError::Strange {
        url: answer.url().to_string(),
        what: status.to_string(),
    }))
}

/// The error in a body, if it has the form of one.
fn failure(body: &[u8]) -> Option<RemoteError> {
    let Failure { error: Told { kind, message, causes } } = serde_json::from_slice(body).ok()?;
    Some(RemoteError::Told { kind: known(&kind), message, cause: Cause::chain(causes) })
}

/// The kind of that name; those that only HTTP has are what they mean to who typed a command.
fn known(kind: &str) -> ErrorKind {
    let own = serde_json::from_value(kind.into());
    own.unwrap_or(match kind {
        "timeout" | "unavailable" => ErrorKind::StoreFailed,
        _ => ErrorKind::Usage,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_keep_their_kind_and_their_causes() {
        let body = br#"{"error":{"kind":"not_found","message":"no x","causes":["a","b"]}}"#;
        let error = crate::error::Error::from(failure(body).unwrap());
        assert_eq!(error.kind(), ErrorKind::NotFound);
        assert_eq!((error.to_string().as_str(), error.causes().len()), ("no x", 2));
        assert!(failure(b"<html>").is_none());
    }

    #[test]
    fn kinds_that_only_http_has_become_exit_codes_too() {
        assert_eq!(known("forbidden"), ErrorKind::Usage);
        assert_eq!(known("conflict"), ErrorKind::Usage);
        assert_eq!(known("unavailable"), ErrorKind::StoreFailed);
        assert_eq!(known("build_failed"), ErrorKind::BuildFailed);
    }
}
