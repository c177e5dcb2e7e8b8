use std::{error::Error, io};

use reqwest::StatusCode;

/// Why one attempt at a download failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum HttpFailure {
    /// The server answered something else than the file.
    #[error("the server answered {0}")]
    Status(StatusCode),
    /// No answer, or one that broke off.
    #[error("no complete answer")]
    Transport(#[source] reqwest::Error),
    /// Fewer bytes than the server announced.
    #[error("the answer ended at byte {have} of {total}")]
    Short {
        /// What is there.
        have: u64,
        /// What was announced.
        total: u64,
    },
    /// A partial answer that does not continue what is there.
    #[error("the server answered with another part of the file than asked for")]
    Range,
}

impl HttpFailure {
    pub(super) fn transport(error: reqwest::Error) -> Self {
        // The URL stands in the error around this one.
        Self::Transport(error.without_url())
    }

    /// Whether the same request can have a better end later.
    pub(super) fn is_transient(&self) -> bool {
        match self {
            Self::Status(status) => {
                status.is_server_error()
                    || [StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_MANY_REQUESTS].contains(status)
            }
            Self::Transport(error) => {
                !error.is_builder() && !error.is_redirect() && !is_untrusted(error)
            }
            Self::Short { .. } | Self::Range => true,
        }
    }
}

/// Whether the server's certificate was refused. It will be the next time.
fn is_untrusted(error: &reqwest::Error) -> bool {
    let mut cause = error.source();
    while let Some(error) = cause {
        if matches!(error.downcast_ref(), Some(rustls::Error::InvalidCertificate(_))) {
            return true;
        }
        // What an I/O error wraps is not its source.
        cause = match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(wrapped) => Some(wrapped),
            None => error.source(),
        };
    }
    false
}
