//! What a handler takes from a request. Whatever does not fit is answered as every error is.

use axum::{
    extract::{FromRequest, FromRequestParts, Request, rejection::JsonRejection},
    http::{StatusCode, request::Parts},
    response::IntoResponse,
};
use serde::{Serialize, de::DeserializeOwned};

use super::error::{ApiError, ApiErrorKind};

/// A JSON body, to take and to give.
#[derive(Debug)]
pub(super) struct Json<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        match axum::Json::from_request(request, state).await {
            Ok(axum::Json(body)) => Ok(Self(body)),
            Err(rejection) => Err(refused(&rejection)),
        }
    }
}

fn refused(rejection: &JsonRejection) -> ApiError {
    let (kind, message) = match rejection.status() {
        StatusCode::UNSUPPORTED_MEDIA_TYPE => (
            ApiErrorKind::UnsupportedMediaType,
            "the body must be JSON, with the header content-type: application/json",
        ),
        StatusCode::PAYLOAD_TOO_LARGE => {
            (ApiErrorKind::PayloadTooLarge, "the body is larger than this path takes")
        }
        _ => (ApiErrorKind::Usage, "the body is not what this path takes"),
    };
    ApiError::new(kind, message).because(rejection.body_text())
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> axum::response::Response {
        axum::Json(self.0).into_response()
    }
}

/// The parameters after the question mark. An error names the one that is wrong.
#[derive(Debug)]
pub(super) struct Query<T>(pub(super) T);

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
pub(super) struct Path<T>(pub(super) T);

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
