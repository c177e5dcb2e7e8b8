use std::{fmt, net::SocketAddr};

/// How a request came in. Every request has one among its extensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Peer {
    /// From a process that may open the Unix socket.
    Unix,
    /// Over the network, if only this machine's own.
    Tcp {
        /// Who.
        remote: SocketAddr,
        /// The address of this machine that they chose.
        local: SocketAddr,
        /// Whether it was encrypted on the way.
        tls: bool,
    },
}

impl Peer {
    /// Whether it was encrypted on the way.
    pub(crate) fn is_tls(self) -> bool {
        matches!(self, Self::Tcp { tls: true, .. })
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix => f.write_str("unix"),
            Self::Tcp { remote, .. } => remote.fmt(f),
        }
    }
}
