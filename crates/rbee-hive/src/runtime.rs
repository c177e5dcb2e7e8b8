use crate::error::Error;

/// Runs what has to wait for something, in a runtime that lives as long as that.
pub(crate) fn block_on<T>(work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(Error::Start)?;
    let result = runtime.block_on(work);
    // A look-up that a cancelled job still waits for must not keep us.
    runtime.shutdown_background();
    result
}
