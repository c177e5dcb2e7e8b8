use std::{
    fmt, io,
    net::{SocketAddr, TcpListener as StdTcpListener},
    os::unix::net::UnixListener as StdUnixListener,
    path::PathBuf,
    sync::Arc,
};

use listenfd::ListenFd;
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};

use super::{Error, Tls, socket_file::BoundFile};
use crate::daemon::{Settings, SocketFile};

/// Every socket that the daemon listens on.
#[derive(Debug)]
pub(crate) struct Listeners {
    /// The sockets.
    pub(super) sockets: Vec<Listener>,
    /// The file of the Unix socket. It goes when this goes.
    pub(super) file: Option<BoundFile>,
    /// What HTTPS has, if it is that.
    pub(super) tls: Option<Arc<Tls>>,
}

/// One socket that is listened on.
#[derive(Debug)]
pub(super) enum Listener {
    /// Over the network.
    Tcp(TcpListener, SocketAddr),
    /// In the file system; where, if that is known.
    Unix(UnixListener, Option<PathBuf>),
}

/// A connection as it comes from a socket.
#[derive(Debug)]
pub(super) enum Stream {
    /// Over the network, and from where.
    Tcp(TcpStream, SocketAddr),
    /// From this machine.
    Unix(UnixStream),
}

/// Listens on everything that the settings name and that systemd hands over. What was handed over
/// takes the place of the address that is only the default, and so does a Unix socket.
///
/// # Errors
/// If one of them cannot be listened on, or would let others in without a token.
pub(crate) fn bind(settings: &Settings) -> Result<Listeners, Error> {
    let tls = settings.tls.as_ref().map(Tls::new).transpose()?.map(Arc::new);
    let mut listeners = handed_over()?;
    let file = match &settings.socket {
        None => None,
        Some(SocketFile { path, mode }) => {
            let (listener, file) = BoundFile::bind(path, *mode)?;
            let failed = |source| Error::Socket { path: path.clone(), source };
            let listener = unix(listener).map_err(failed)?;
            listeners.push(Listener::Unix(listener, Some(path.clone())));
            Some(file)
        }
    };
    if listeners.is_empty() || !settings.listen_by_default {
        for &address in &settings.listen {
            check(address, settings)?;
            let failed = |source| Error::Address { address, source };
            listeners.push(StdTcpListener::bind(address).and_then(tcp).map_err(failed)?);
        }
    }
    for listener in &listeners {
        if let Listener::Tcp(_, address) = listener {
            check(*address, settings)?;
        }
    }
    if listeners.is_empty() {
        Err(Error::Nothing)
    } else {
        Ok(Listeners { sockets: listeners, file, tls })
    }
}

/// Nobody gets in from elsewhere without a token.
fn check(address: SocketAddr, settings: &Settings) -> Result<(), Error> {
    if address.ip().to_canonical().is_loopback() || settings.token.is_some() {
        Ok(())
    } else {
        Err(Error::Open { address })
    }
}

/// The sockets of `LISTEN_FDS`, `sd_listen_fds(3)`.
fn handed_over() -> Result<Vec<Listener>, Error> {
    let mut handed = ListenFd::from_env();
    let mut take = |number| -> io::Result<Option<Listener>> {
        // What is none of the one kind stays to be taken as the other.
        match handed.take_unix_listener(number) {
            Ok(Some(socket)) => {
                let path = socket.local_addr()?.as_pathname().map(Into::into);
                Ok(Some(Listener::Unix(unix(socket)?, path)))
            }
            Ok(None) => Ok(None),
            Err(_) => handed.take_tcp_listener(number)?.map(tcp).transpose(),
        }
    };
    let taken = (0..).map(|number| {
        take(number).map_err(|source| Error::HandedOver { number, source }).transpose()
    });
    taken.map_while(|listener| listener).collect()
}

fn tcp(socket: StdTcpListener) -> io::Result<Listener> {
    socket.set_nonblocking(true)?;
    let address = socket.local_addr()?;
    Ok(Listener::Tcp(TcpListener::from_std(socket)?, address))
}

fn unix(socket: StdUnixListener) -> io::Result<UnixListener> {
    socket.set_nonblocking(true)?;
    UnixListener::from_std(socket)
}

impl Listeners {
    /// What HTTPS has, if it is that.
    pub(crate) fn tls(&self) -> Option<Arc<Tls>> {
        self.tls.clone()
    }

    /// Where they are, as URLs.
    pub(crate) fn places(&self) -> Vec<String> {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        let place = |listener: &Listener| match listener {
            Listener::Tcp(_, address) => format!("{scheme}://{address}"),
            Listener::Unix(..) => format!("{listener}"),
        };
        self.sockets.iter().map(place).collect()
    }

    /// Whether others than this machine get in, and what they send can be read on the way.
    pub(crate) fn is_readable_on_the_way(&self) -> bool {
        let beyond = |listener: &Listener| match listener {
            Listener::Tcp(_, address) => !address.ip().to_canonical().is_loopback(),
            Listener::Unix(..) => false,
        };
        self.tls.is_none() && self.sockets.iter().any(beyond)
    }
}

impl Listener {
    pub(super) async fn accept(&self) -> io::Result<Stream> {
        match self {
            Self::Tcp(listener, _) => {
                let (stream, remote) = listener.accept().await?;
                Ok(Stream::Tcp(stream, remote))
            }
            Self::Unix(listener, _) => Ok(Stream::Unix(listener.accept().await?.0)),
        }
    }
}

impl fmt::Display for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(_, address) => write!(f, "{address}"),
            Self::Unix(_, Some(path)) => write!(f, "unix:{}", path.display()),
            Self::Unix(_, None) => f.write_str("unix:"),
        }
    }
}
