use std::{sync::Arc, time::Duration};

use axum::Router;
use tokio::{sync::Semaphore, task::JoinSet, time::sleep};
use tokio_util::sync::CancellationToken;

use super::{Listeners, Tls, bound::Listener, connection};

/// How many connections there are at once; those beyond wait to be accepted. It leaves room among
/// the files that a process may have open for what the connections ask of it.
const CONNECTIONS: usize = 4096;

/// Answers on every socket until it is stopped, and then until every answer that has begun is given.
pub(crate) async fn accept(listeners: Listeners, router: Router, stop: CancellationToken) {
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    let mut loops = JoinSet::new();
    let Listeners { sockets, file, tls } = listeners;
    for listener in sockets {
        let served = Served { tls: tls.clone(), router: router.clone(), stop: stop.clone() };
        loops.spawn(one(listener, served, Arc::clone(&room)));
    }
    loops.join_all().await;
    drop(file);
}

/// What a connection is answered with.
#[derive(Debug, Clone)]
pub(super) struct Served {
    pub(super) tls: Option<Arc<Tls>>,
    pub(super) router: Router,
    pub(super) stop: CancellationToken,
}

async fn one(listener: Listener, served: Served, room: Arc<Semaphore>) {
    let mut connections = JoinSet::new();
    while let Some(permit) = unless(&served.stop, Arc::clone(&room).acquire_owned()).await {
        // A semaphore that is never closed always gives one.
        let Ok(permit) = permit else { break };
        let stream = match unless(&served.stop, listener.accept()).await {
            None => break,
            Some(Ok(stream)) => stream,
            Some(Err(error)) => {
                // Too many open files, or somebody who left before being let in.
                tracing::warn!(%error, "failed to accept a connection on {listener}");
                sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let served = served.clone();
        connections.spawn(async move {
            connection::serve(stream, served).await;
            drop(permit);
        });
        while connections.try_join_next().is_some() {}
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

/// What a future gives, unless it is stopped before.
async fn unless<T>(stop: &CancellationToken, future: impl Future<Output = T>) -> Option<T> {
    stop.run_until_cancelled(future).await
}
