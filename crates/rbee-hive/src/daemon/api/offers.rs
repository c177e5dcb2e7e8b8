use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use rbee_hive_worker_catalog::{Offer, Silent, WorkerCatalog};
use tokio::sync::Mutex;

use super::error::{ApiError, ApiErrorKind};
use crate::daemon::Catalogs;

/// How long the index is not asked again. To evaluate all its recipes takes seconds.
const FRESH: Duration = Duration::from_secs(10);

/// What the index offers, asked for by one at a time, and remembered for a moment.
#[derive(Debug, Default)]
pub(crate) struct Offers(Mutex<Option<Remembered>>);

#[derive(Debug, Clone)]
struct Remembered {
    at: Instant,
    offers: Arc<[Offer]>,
    /// What has evaluated them.
    catalog: WorkerCatalog,
}

impl Offers {
    /// Every recipe, by name.
    pub(crate) async fn all(&self, catalogs: &Catalogs) -> Result<Arc<[Offer]>, ApiError> {
        Ok(self.remembered(catalogs).await?.offers)
    }

    /// A catalog that has evaluated them a moment ago.
    pub(crate) async fn catalog(&self, catalogs: &Catalogs) -> Result<WorkerCatalog, ApiError> {
        Ok(self.remembered(catalogs).await?.catalog)
    }

    async fn remembered(&self, catalogs: &Catalogs) -> Result<Remembered, ApiError> {
        let mut place = self.0.lock().await;
        if let Some(remembered) = place.as_ref().filter(|r| r.at.elapsed() < FRESH) {
            return Ok(remembered.clone());
        }
        let catalog = fresh(catalogs).await?;
        let mut offers = catalog.available().await?;
        offers.sort_by(|a, b| a.name.cmp(&b.name));
        let remembered = Remembered { at: Instant::now(), offers: offers.into(), catalog };
        Ok(place.insert(remembered).clone())
    }
}

/// A catalog that remembers nothing of the index.
pub(super) async fn fresh(catalogs: &Catalogs) -> Result<WorkerCatalog, ApiError> {
    let catalogs = catalogs.clone();
    let fresh = move || catalogs.fresh(catalogs.options().clone(), Arc::new(Silent));
    let stopping = |_| ApiError::new(ApiErrorKind::Unavailable, "the hive is stopping");
    Ok(tokio::task::spawn_blocking(fresh).await.map_err(stopping)??)
}
