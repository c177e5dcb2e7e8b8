use std::{io, net::SocketAddr, path::PathBuf};

use rbee_hive_worker_catalog::ErrorKind;

/// Why nobody can be answered where it was wished.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum Error {
    /// Others than this machine's users would get in, without showing anything.
    #[error(
        "{address} is reached from other machines, and no token is set: set HIVE_TOKEN or --token-file, for example to the output of `openssl rand -hex 32`, or listen on 127.0.0.1"
    )]
    Open {
        /// The address.
        address: SocketAddr,
    },
    /// There is no way in at all.
    #[error("nothing to listen on; name an address with --listen or a Unix socket with --socket")]
    Nothing,
    /// The address cannot be had.
    #[error("failed to listen on {address}")]
    Address {
        /// The address.
        address: SocketAddr,
        /// The operating system's answer.
        source: io::Error,
    },
    /// The Unix socket cannot be made.
    #[error("failed to listen on {}", .path.display())]
    Socket {
        /// The path.
        path: PathBuf,
        /// The operating system's answer.
        source: io::Error,
    },
    /// Somebody answers there already.
    #[error("another process listens on {}; stop it, or name another file with --socket", .path.display())]
    Taken {
        /// The path.
        path: PathBuf,
    },
    /// What is there is not ours to replace.
    #[error("{} is there and is no socket; name another file with --socket", .path.display())]
    NotSocket {
        /// The path.
        path: PathBuf,
    },
    /// A socket was handed over that no HTTP comes through.
    #[error("failed to take over socket {number} of LISTEN_FDS")]
    HandedOver {
        /// Which, from 0.
        number: usize,
        /// The operating system's answer.
        source: io::Error,
    },
    /// A certificate or key cannot be read.
    #[error("failed to read {}: it is to be in PEM, and readable for the daemon", .path.display())]
    Pem {
        /// The file.
        path: PathBuf,
        /// Why.
        source: tokio_rustls::rustls::pki_types::pem::Error,
    },
    /// A file of certificates without any.
    #[error("no certificate in {}; it is to have the hive's own first, in PEM", .path.display())]
    NoCertificate {
        /// The file.
        path: PathBuf,
    },
    /// Certificate and key cannot be used, or not together.
    #[error("failed to use the certificate of {} with the key of {}", .cert.display(), .key.display())]
    Certificate {
        /// The certificates' file.
        cert: PathBuf,
        /// The key's file.
        key: PathBuf,
        /// Why.
        source: tokio_rustls::rustls::Error,
    },
}

impl Error {
    /// What a caller can act on.
    pub(crate) fn kind(&self) -> ErrorKind {
        match self {
            Self::Open { .. }
            | Self::Nothing
            | Self::NotSocket { .. }
            | Self::Pem { .. }
            | Self::NoCertificate { .. }
            | Self::Certificate { .. } => ErrorKind::Usage,
            Self::Address { .. }
            | Self::Socket { .. }
            | Self::Taken { .. }
            | Self::HandedOver { .. } => ErrorKind::StoreFailed,
        }
    }
}
