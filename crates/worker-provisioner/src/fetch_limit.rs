use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, TryAcquireError};
use tokio_util::sync::CancellationToken;

/// How many downloads there may be at once, over all provisioners that have the same one.
#[derive(Debug, Clone)]
pub struct FetchLimit(Arc<Semaphore>);

/// A turn to download, until it is dropped.
#[derive(Debug)]
#[must_use = "the turn ends when it is dropped"]
pub(crate) struct Turn {
    _permit: Option<OwnedSemaphorePermit>,
}

impl FetchLimit {
    /// As many at once, and one at least.
    pub fn new(at_once: usize) -> Self {
        Self(Arc::new(Semaphore::new(at_once.clamp(1, Semaphore::MAX_PERMITS))))
    }

    /// Waits for a turn, and says so if it has to; `None` once the token is cancelled.
    pub(crate) async fn turn(
        &self,
        waits: &(dyn Fn() + Sync),
        cancel: &CancellationToken,
    ) -> Option<Turn> {
        // Nobody closes it.
        let free = match Arc::clone(&self.0).try_acquire_owned() {
            Ok(permit) => return Some(Turn { _permit: Some(permit) }),
            Err(TryAcquireError::Closed) => return Some(Turn { _permit: None }),
            Err(TryAcquireError::NoPermits) => Arc::clone(&self.0).acquire_owned(),
        };
        waits();
        tokio::select! {
            () = cancel.cancelled() => None,
            permit = free => Some(Turn { _permit: permit.ok() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test]
    async fn who_gets_no_turn_says_so_and_can_be_cancelled() {
        let (limit, cancel) = (FetchLimit::new(1), CancellationToken::new());
        let said = AtomicUsize::new(0);
        let waits = || {
            said.fetch_add(1, Ordering::SeqCst);
        };
        let first = limit.turn(&waits, &cancel).await;
        assert!(first.is_some());
        let waiting = limit.turn(&waits, &cancel);
        tokio::pin!(waiting);
        assert!(futures_util::poll!(&mut waiting).is_pending());
        assert_eq!(said.load(Ordering::SeqCst), 1);
        drop(first);
        assert!(waiting.await.is_some());
        let _held = limit.turn(&waits, &cancel).await;
        cancel.cancel();
        assert!(limit.turn(&waits, &cancel).await.is_none());
    }
}
