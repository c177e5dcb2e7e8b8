use axum::{extract::State, http::HeaderMap, response::Response};
use rbee_hive_worker_catalog::{Offer, WorkerBinary, WorkerId, WorkerName, WorkerType};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    blocking::blocking,
    error::{ApiError, Failure},
    etag::Tagged,
    extract::{Path, Query},
    page::{Cursor, Limit, behind, page},
};
use crate::{
    daemon::Daemon,
    state::{State as OfferState, StateName},
};

/// Which of the recipes.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// Only recipes with this text in their name or description.
    query: Option<String>,
    /// Only recipes that can be built for this.
    #[param(inline)]
    backend: Option<WorkerType>,
    /// Only recipes in this state on the hive's host.
    #[param(inline)]
    state: Option<StateName>,
    /// How many at most; 100 if not given.
    #[param(inline)]
    limit: Option<Limit>,
    /// Where to go on: what the page before has as `next`.
    #[param(inline)]
    cursor: Option<Cursor>,
}

/// A recipe of the index, and what it is on the hive's host.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CatalogEntry {
    #[serde(flatten)]
    offer: Offer,
    state: StateName,
    /// Why it cannot be installed; null if it can.
    #[schema(required)]
    reason: Option<String>,
    /// The version in use; null if none is installed.
    #[schema(required)]
    installed: Option<String>,
    /// The command that acts on it, ready to paste on the hive's host.
    command: String,
}

impl CatalogEntry {
    fn new(offer: &Offer, installed: &[WorkerBinary]) -> Self {
        let state = OfferState::of(offer, installed);
        let in_use = installed.iter().find(|w| w.active && w.name.as_str() == offer.name);
        let reason = match &state {
            OfferState::Refused { reason } => Some(reason.clone()),
            _ => None,
        };
        Self {
            state: state.name(),
            reason,
            installed: in_use.map(|worker| worker.version.to_string()),
            command: format!("rbee-hive {}", state.verb(offer)),
            offer: offer.clone(),
        }
    }

    fn is(&self, wanted: &Wanted) -> bool {
        let has = |text: &str| {
            let texts = [&self.offer.name, &self.offer.description];
            texts.iter().any(|t| t.to_lowercase().contains(&text.to_lowercase()))
        };
        wanted.query.as_deref().is_none_or(has)
            && wanted.backend.is_none_or(|backend| self.offer.backends.contains(&backend))
            && wanted.state.is_none_or(|state| self.state == state)
    }
}

/// Some of the recipes.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CatalogPage {
    /// By name.
    catalog: Vec<CatalogEntry>,
    /// The cursor of the next page; null on the last one.
    #[schema(required)]
    next: Option<Cursor>,
    /// How many there are on all pages together.
    total: usize,
}

/// What can be installed
///
/// Every recipe of the index, also those that cannot be used here, which say why. The index is asked
/// at most every ten seconds.
#[utoipa::path(get, path = "/v1/catalog", tag = "catalog", params(Wanted), responses(
    (status = 200, description = "The recipes", body = CatalogPage, headers(("etag" = String))),
    (status = 304, description = "They are those that the client has: it sent their ETag"),
    (status = 400, description = "A parameter is wrong", body = Failure),
    (status = 502, description = "The index cannot be reached", body = Failure),
))]
pub(super) async fn list(
    State(daemon): State<Daemon>,
    Query(wanted): Query<Wanted>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let offers = daemon.offers().all(daemon.catalogs()).await?;
    let answer = blocking(&daemon, move |catalog| {
        let installed = catalog.list()?;
        let entries = offers.iter().map(|offer| CatalogEntry::new(offer, &installed));
        let entries: Vec<_> = entries.filter(|entry| entry.is(&wanted)).collect();
        let total = entries.len();
        let key = |entry: &CatalogEntry| entry.offer.name.clone();
        let start = behind(&entries, wanted.cursor.as_ref(), key);
        let limit = wanted.limit.unwrap_or(Limit(100));
        let (catalog, next) = page(entries, start, limit, key);
        Tagged::new(&CatalogPage { catalog, next, total })
    });
    Ok(answer.await?.answer(&headers))
}

/// One recipe
///
/// `id` is a worker's; only its name counts.
#[utoipa::path(get, path = "/v1/catalog/{id}", tag = "catalog", params(("id" = inline(WorkerId), Path, description = "The worker")), responses(
    (status = 200, description = "The recipe", body = CatalogEntry, headers(("etag" = String))),
    (status = 304, description = "It is what the client has"),
    (status = 400, description = "The id is none", body = Failure),
    (status = 404, description = "There is no such recipe", body = Failure),
    (status = 502, description = "The index cannot be reached", body = Failure),
))]
pub(super) async fn show(
    State(daemon): State<Daemon>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let id: WorkerId = id.parse().map_err(rbee_hive_worker_catalog::Error::from)?;
    let offer = find(&daemon, &id.name).await?;
    let answer =
        blocking(&daemon, move |catalog| Tagged::new(&CatalogEntry::new(&offer, &catalog.list()?)));
    Ok(answer.await?.answer(&headers))
}

/// What the index offers under a name.
pub(super) async fn find(daemon: &Daemon, name: &WorkerName) -> Result<Offer, ApiError> {
    let offers = daemon.offers().all(daemon.catalogs()).await?;
    let found = offers.iter().find(|offer| offer.name == name.as_str()).cloned();
    let missing = || rbee_hive_worker_catalog::Error::NotOffered { id: name.to_string() };
    Ok(found.ok_or_else(missing)?)
}
