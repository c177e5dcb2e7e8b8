/// Runs blocking work on a thread for it, and waits for its end.
///
/// The work itself has to look at the cancellation token: a caller that stops waiting does not stop
/// the thread.
pub(super) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(value) => value,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}
