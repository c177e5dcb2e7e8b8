//! Cancellation of work that blocks. It travels inside an [`io::Error`], as that is what such work
//! fails with.

use std::io;

use tokio_util::sync::CancellationToken;

#[derive(Debug, thiserror::Error)]
#[error("cancelled")]
struct Cancelled;

/// Goes on as long as the token is not cancelled.
///
/// # Errors
/// Once it is.
pub(crate) fn check(cancel: &CancellationToken) -> io::Result<()> {
    if cancel.is_cancelled() { Err(io::Error::other(Cancelled)) } else { Ok(()) }
}

/// Whether work failed because of its cancellation.
pub(crate) fn is_cancelled(error: &io::Error) -> bool {
    error.get_ref().is_some_and(<dyn std::error::Error + Send + Sync>::is::<Cancelled>)
}
