//! Where the daemon is reached: TCP, with or without TLS, a Unix socket, and sockets that systemd
//! hands over. One loop accepts them all.

mod accept;
mod bound;
mod connection;
mod error;
mod peer;
mod socket_file;
mod tls;

pub(crate) use accept::accept;
pub(crate) use bound::{Listeners, bind};
pub(crate) use error::Error;
pub(crate) use peer::Peer;
pub(crate) use tls::Tls;
