use std::{
    io,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{Router, body::Body};
use hyper::{Request, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::timeout,
};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;
use tower_http::timeout::TimeoutBody;

use super::{Peer, accept::Served, bound::Stream};

/// How long a client takes to say what it wants, before its connection goes to somebody else. A
/// connection that waits for its next request is closed after the same time.
const PATIENCE: Duration = Duration::from_secs(30);

/// Answers what comes through one connection.
pub(super) async fn serve(stream: Stream, served: Served) {
    let Served { tls, router, stop } = served;
    match stream {
        Stream::Unix(stream) => answer(stream, Peer::Unix, router, stop).await,
        Stream::Tcp(stream, remote) => {
            // An event is to be seen when it happens, not when there are enough to fill a packet.
            let _ = stream.set_nodelay(true);
            let Ok(local) = stream.local_addr() else { return };
            let peer = Peer::Tcp { remote, local, tls: tls.is_some() };
            match tls {
                None => answer(stream, peer, router, stop).await,
                Some(tls) => {
                    let handshake = timeout(PATIENCE, tls.acceptor().accept(stream));
                    match stop.run_until_cancelled(handshake).await {
                        Some(Ok(Ok(stream))) => answer(stream, peer, router, stop).await,
                        Some(Ok(Err(error))) => {
                            tracing::debug!(%remote, %error, "no TLS with a client");
                        }
                        Some(Err(_)) | None => {}
                    }
                }
            }
        }
    }
}

async fn answer<S>(stream: S, peer: Peer, router: Router, stop: CancellationToken)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let asked = Arc::new(AtomicBool::new(false));
    let service = service_fn(|request: Request<Incoming>| {
        asked.store(true, Ordering::Relaxed);
        // One who stops in the middle of a body is given up as well.
        let mut request = request.map(|body| Body::new(TimeoutBody::new(PATIENCE, body)));
        request.extensions_mut().insert(peer);
        router.clone().oneshot(request)
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(PATIENCE);
    let mut connection = pin!(http.serve_connection(TokioIo::new(stream), service));
    let ended = match stop.run_until_cancelled(connection.as_mut()).await {
        Some(ended) => ended,
        // Browsers open connections that they may need some day.
        None if !asked.load(Ordering::Relaxed) => return,
        None => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tell(peer, &error);
    }
}

/// Clients that go away are nothing to tell about.
fn tell(peer: Peer, error: &hyper::Error) {
    use std::error::Error as _;
    let cause = error.source().and_then(|source| source.downcast_ref::<io::Error>());
    tracing::debug!(from = %peer, %error, cause = cause.map(tracing::field::display), "a connection ended");
}
