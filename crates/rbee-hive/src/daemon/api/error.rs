use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use rbee_hive_worker_catalog::ErrorKind;
use serde::Serialize;
use utoipa::ToSchema;

/// What went wrong, as far as a program can act on it. Each has one HTTP status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ApiErrorKind {
    /// The request itself is wrong.
    Usage,
    /// No such worker, recipe, version, job, file or path.
    NotFound,
    /// The recipe cannot be used.
    RecipeRefused,
    /// A source could not be fetched, or is not what the recipe says it is.
    SourceFailed,
    /// A function of the recipe, the packaging or the smoke test failed.
    BuildFailed,
    /// No sandbox of the wanted kind works on the hive's host.
    SandboxUnavailable,
    /// Programs or libraries that the recipe needs are not on the hive's host.
    MissingDependency,
    /// The store, the catalog or the folders they lie in failed.
    StoreFailed,
    /// The work was stopped.
    Cancelled,
    /// A token is needed, and was not given or is not the one.
    Unauthorized,
    /// The hive's settings do not allow it.
    Forbidden,
    /// It cannot be done any more, or not now.
    Conflict,
    /// The path has no such method.
    MethodNotAllowed,
    /// The body is larger than the path takes.
    PayloadTooLarge,
    /// The body is of another type than the path takes.
    UnsupportedMediaType,
    /// It took too long.
    Timeout,
    /// The hive is starting or stopping.
    Unavailable,
}

impl ApiErrorKind {
    /// The status that it is answered with.
    pub(crate) fn status(self) -> StatusCode {
        match self {
            Self::Usage => StatusCode::BAD_REQUEST,
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::Cancelled | Self::Conflict => StatusCode::CONFLICT,
            Self::PayloadTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::RecipeRefused | Self::BuildFailed => StatusCode::UNPROCESSABLE_ENTITY,
            Self::MissingDependency => StatusCode::FAILED_DEPENDENCY,
            Self::StoreFailed => StatusCode::INTERNAL_SERVER_ERROR,
            Self::SourceFailed => StatusCode::BAD_GATEWAY,
            Self::SandboxUnavailable | Self::Timeout | Self::Unavailable => {
                StatusCode::SERVICE_UNAVAILABLE
            }
        }
    }
}

impl From<ErrorKind> for ApiErrorKind {
    fn from(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::Usage => Self::Usage,
            ErrorKind::NotFound => Self::NotFound,
            ErrorKind::RecipeRefused => Self::RecipeRefused,
            ErrorKind::SourceFailed => Self::SourceFailed,
            ErrorKind::BuildFailed => Self::BuildFailed,
            ErrorKind::SandboxUnavailable => Self::SandboxUnavailable,
            ErrorKind::MissingDependency => Self::MissingDependency,
            ErrorKind::StoreFailed => Self::StoreFailed,
            ErrorKind::Cancelled => Self::Cancelled,
        }
    }
}

/// Why a request was not answered as it wished.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct ApiError {
    kind: ApiErrorKind,
    /// What happened, in one line.
    message: String,
    /// Why, from the nearest cause to the first.
    causes: Vec<String>,
}

/// The body of every answer that is no success.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"error": {
    "kind": "not_found",
    "message": "whisper-server is not installed; `rbee-hive worker list` lists what is",
    "causes": [],
}}))]
pub(crate) struct Failure {
    error: ApiError,
}

impl ApiError {
    pub(crate) fn new(kind: ApiErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), causes: Vec::new() }
    }

    /// An error with its chain of causes spelt out.
    pub(crate) fn of(kind: ApiErrorKind, error: &dyn std::error::Error) -> Self {
        let causes = std::iter::successors(error.source(), |error| (*error).source());
        let causes = causes.map(ToString::to_string).collect();
        Self { kind, message: error.to_string(), causes }
    }

    /// The same with one more cause, the first of all.
    pub(crate) fn because(mut self, cause: impl Into<String>) -> Self {
        self.causes.push(cause.into());
        self
    }
}

impl From<rbee_hive_worker_catalog::Error> for ApiError {
    fn from(error: rbee_hive_worker_catalog::Error) -> Self {
        Self::of(error.kind().into(), &error)
    }
}

impl From<crate::error::Error> for ApiError {
    fn from(error: crate::error::Error) -> Self {
        Self::of(error.kind().into(), &error)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        (self.kind.status(), Json(Failure { error: self })).into_response()
    }
}
