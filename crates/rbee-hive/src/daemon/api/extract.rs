//! What a handler takes from a request. Whatever does not fit is answered as every error is.

use axum::{
    extract::{FromRequest, FromRequestParts, Request},
    http::{HeaderMap, StatusCode, header, request::Parts},
    response::IntoResponse,
};
use bytes::Bytes;
use serde::{Serialize, de::DeserializeOwned};

use super::error::{ApiError, ApiErrorKind};

/// A JSON body, to take and to give.
#[derive(Debug)]
pub(super) struct Json<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        if !is_json(request.headers()) {
            let message = "the body must be JSON, with the header content-type: application/json";
            return Err(ApiError::new(ApiErrorKind::UnsupportedMediaType, message));
        }
        let body = Bytes::from_request(request, state).await.map_err(|rejection| {
            let (kind, message) = match rejection.status() {
                StatusCode::PAYLOAD_TOO_LARGE => {
                    (ApiErrorKind::PayloadTooLarge, "the body is larger than this path takes")
                }
                _ => (ApiErrorKind::Usage, "the body broke off"),
            };
            ApiError::new(kind, message).because(rejection.body_text())
        })?;
        let wrong = |why: String| {
            ApiError::new(ApiErrorKind::Usage, "the body is not what this path takes").because(why)
        };
        // Every body is an object; serde takes an array for one, field by field.
        if body.iter().find(|byte| !byte.is_ascii_whitespace()) != Some(&b'{') {
            return Err(wrong("it is no JSON object, at line 1".to_owned()));
        }
        match axum::Json::from_bytes(&body) {
            Ok(axum::Json(body)) => Ok(Self(body)),
            Err(rejection) => Err(wrong(rejection.body_text())),
        }
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let kind = value.and_then(|value| value.split(';').next()).unwrap_or_default();
    kind.trim().eq_ignore_ascii_case("application/json")
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> axum::response::Response {
        axum::Json(self.0).into_response()
    }
}

/// The parameters after the question mark. An error names the one that is wrong.
#[derive(Debug)]
pub(crate) struct Query<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        match axum::extract::Query::from_request_parts(parts, state).await {
            Ok(axum::extract::Query(query)) => Ok(Self(query)),
            Err(rejection) => {
                let message = "a parameter of the query is not what this path takes";
                Err(ApiError::new(ApiErrorKind::Usage, message).because(rejection.body_text()))
            }
        }
    }
}

/// The parts of the path that stand for something.
#[derive(Debug)]
pub(crate) struct Path<T>(pub(crate) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        match axum::extract::Path::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(path)) => Ok(Self(path)),
            Err(rejection) => {
                let message = "the path does not name what it should";
                Err(ApiError::new(ApiErrorKind::Usage, message).because(rejection.body_text()))
            }
        }
    }
}

/// A form of the page's.
#[derive(Debug)]
pub(crate) struct Form<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Form<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        match axum::Form::from_request(request, state).await {
            Ok(axum::Form(form)) => Ok(Self(form)),
            Err(rejection) => {
                let message = "the form is not what this path takes";
                Err(ApiError::new(ApiErrorKind::Usage, message).because(rejection.body_text()))
            }
        }
    }
}
