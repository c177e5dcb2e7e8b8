//! The hive as an index for other hives: the recipes that it offers, with their files.

use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse as _, Response},
};
use rbee_hive_worker_catalog::{CancellationToken, Offer, WorkerName};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    catalog::find,
    error::{ApiError, Failure},
    etag::Tagged,
    extract::Path,
};
use crate::daemon::Daemon;

/// The recipes of an index.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Recipes {
    /// By name.
    workers: Vec<Recipe>,
}

/// A recipe of an index.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Recipe {
    /// The name to ask for it by.
    id: String,
    #[serde(flatten)]
    offer: Offer,
}

impl From<Offer> for Recipe {
    fn from(offer: Offer) -> Self {
        Self { id: offer.name.clone(), offer }
    }
}

/// Every recipe, for other hives
///
/// The list of an index: `rbee-hive --index URL` reads it.
#[utoipa::path(get, path = "/workers", tag = "index", responses(
    (status = 200, description = "The recipes", body = Recipes, headers(("etag" = String))),
    (status = 304, description = "They are those that the client has: it sent their ETag"),
    (status = 502, description = "The hive's own index cannot be reached", body = Failure),
))]
pub(super) async fn list(
    State(daemon): State<Daemon>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let offers = daemon.offers().all(daemon.catalogs()).await?;
    let workers = offers.iter().cloned().map(Recipe::from).collect();
    Ok(Tagged::new(&Recipes { workers })?.answer(&headers))
}

/// One recipe, for other hives
#[utoipa::path(get, path = "/workers/{id}", tag = "index", params(("id" = inline(WorkerName), Path, description = "The recipe's name")), responses(
    (status = 200, description = "The recipe", body = Recipe, headers(("etag" = String))),
    (status = 304, description = "It is what the client has"),
    (status = 400, description = "The id is none", body = Failure),
    (status = 404, description = "There is no such recipe", body = Failure),
    (status = 502, description = "The hive's own index cannot be reached", body = Failure),
))]
pub(super) async fn show(
    State(daemon): State<Daemon>,
    Path(id): Path<WorkerName>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    Ok(Tagged::new(&Recipe::from(find(&daemon, &id).await?))?.answer(&headers))
}

/// A file of a recipe
///
/// `PKGBUILD`, or a file beside it that the recipe names: a local source, its install script. Nothing
/// else that lies there.
#[utoipa::path(get, path = "/workers/{id}/{file}", tag = "index", params(
    ("id" = inline(WorkerName), Path, description = "The recipe's name"),
    ("file" = String, Path, description = "The file's name", example = "PKGBUILD"),
), responses(
    (status = 200, description = "The file", body = Vec<u8>, content_type = "application/octet-stream"),
    (status = 400, description = "The id is none", body = Failure),
    (status = 404, description = "There is no such recipe, or no such file of it", body = Failure),
    (status = 422, description = "The recipe cannot be evaluated", body = Failure),
    (status = 502, description = "The hive's own index cannot be reached", body = Failure),
))]
pub(super) async fn file(
    State(daemon): State<Daemon>,
    Path((id, file)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    content(&daemon, &id, &file).await
}

/// A key that signs a recipe's sources
///
/// `FINGERPRINT.asc`, if the recipe names it and the index has it.
#[utoipa::path(get, path = "/workers/{id}/keys/pgp/{key}", tag = "index", params(
    ("id" = inline(WorkerName), Path, description = "The recipe's name"),
    ("key" = String, Path, description = "The file's name"),
), responses(
    (status = 200, description = "The key", body = Vec<u8>, content_type = "application/octet-stream"),
    (status = 400, description = "The id is none", body = Failure),
    (status = 404, description = "There is no such recipe, or no such key of it", body = Failure),
    (status = 422, description = "The recipe cannot be evaluated", body = Failure),
    (status = 502, description = "The hive's own index cannot be reached", body = Failure),
))]
pub(super) async fn key(
    State(daemon): State<Daemon>,
    Path((id, key)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    content(&daemon, &id, &format!("keys/pgp/{key}")).await
}

async fn content(daemon: &Daemon, id: &str, file: &str) -> Result<Response, ApiError> {
    let catalog = daemon.offers().catalog(daemon.catalogs()).await?;
    let token = CancellationToken::new();
    let content = catalog.recipe_file(id, file, token).await?;
    let plain = HeaderValue::from_static("application/octet-stream");
    Ok(([(header::CONTENT_TYPE, plain)], content).into_response())
}
