use rbee_hive_worker_catalog::WorkerCatalog;

use super::error::{ApiError, ApiErrorKind};
use crate::daemon::Daemon;

/// Does what blocks, with the catalog of what is installed, on a thread that may.
pub(super) async fn blocking<T, E>(
    daemon: &Daemon,
    work: impl FnOnce(&WorkerCatalog) -> Result<T, E> + Send + 'static,
) -> Result<T, ApiError>
where
    T: Send + 'static,
    E: Into<ApiError> + Send + 'static,
{
    let catalog = daemon.catalogs().installed().clone();
    match tokio::task::spawn_blocking(move || work(&catalog)).await {
        Ok(result) => result.map_err(Into::into),
        Err(_) => Err(ApiError::new(ApiErrorKind::Unavailable, "the hive is stopping")),
    }
}
