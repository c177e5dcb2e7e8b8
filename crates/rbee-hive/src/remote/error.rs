use std::{io, path::PathBuf};

use rbee_hive_worker_catalog::ErrorKind;

use crate::jobs::Cause;

/// Why a daemon could not do what it was asked, or could not be asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum RemoteError {
    /// The daemon's own reason, in its own words.
    #[error("{message}")]
    Told {
        /// What a caller can act on.
        kind: ErrorKind,
        /// What happened.
        message: String,
        /// Why.
        #[source]
        cause: Option<Box<Cause>>,
    },
    /// The address is none.
    #[error(
        "{address:?} is no address of a hive: write http://HOST:PORT, https://HOST:PORT or unix:/PATH, and a token into HIVE_TOKEN"
    )]
    Address {
        /// What was given.
        address: String,
    },
    /// The client could not be made.
    #[error("failed to prepare the connection to {hive}")]
    Prepare {
        /// The daemon.
        hive: String,
        /// Why not.
        source: reqwest::Error,
    },
    /// A file of certificates cannot be used.
    #[error("no certificates in {}; --cacert and HIVE_CACERT name a file of PEM", .path.display())]
    Certificates {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Nobody answers, or the connection broke.
    #[error("failed to reach the hive at {hive}; is `rbee-hive serve` running there?")]
    Unreachable {
        /// The daemon.
        hive: String,
        /// What the client said.
        source: reqwest::Error,
    },
    /// The daemon wants another token than it got.
    #[error("the hive at {hive} {}; give its token with HIVE_TOKEN or --token-file", if *.given { "refused the token" } else { "wants a token" })]
    Token {
        /// The daemon.
        hive: String,
        /// Whether it got one.
        given: bool,
    },
    /// The token cannot be sent.
    #[error("the token has characters that no token has; it is one line of plain text")]
    UnusableToken,
    /// Somebody answers, but no daemon of ours.
    #[error(
        "{url} answered {what}, which is not what a hive says; is that the address of `rbee-hive serve`?"
    )]
    Strange {
        /// What was asked.
        url: String,
        /// What came.
        what: String,
    },
    /// The daemon was out of reach for too long while a job ran.
    #[error("lost the hive at {hive}; the job goes on there, and `{command}` watches it again")]
    Lost {
        /// The daemon.
        hive: String,
        /// What watches the job.
        command: String,
        /// What happened last.
        source: Box<RemoteError>,
    },
    /// The person at this machine wants to see no more of a job.
    #[error("left running; `{command}` watches it again")]
    Left {
        /// What watches the job.
        command: String,
    },
    /// A flag or verb that means this machine was given for a daemon.
    #[error("{what} means this machine, and --hive or HIVE_URL another: {remedy}")]
    Here {
        /// The flag or verb.
        what: String,
        /// What to do.
        remedy: String,
    },
    /// There is no file to send.
    #[error("there is no package file {}", .path.display())]
    NoPackage {
        /// The path.
        path: PathBuf,
    },
    /// A package file was to be written whose name does not say how.
    #[error(
        "{name} is no name of a package file; it ends in .pkg.tar, .pkg.tar.zst, .pkg.tar.xz, \
         .pkg.tar.gz or .pkg.tar.bz2"
    )]
    Suffix {
        /// The name.
        name: String,
    },
    /// A file of this machine could not be read or written.
    #[error("failed to {action}")]
    File {
        /// What was being done.
        action: &'static str,
        /// The operating system's answer, with the path.
        source: io::Error,
    },
    /// What was downloaded is not what the daemon has.
    #[error("the package arrived damaged: its sha256 is {found} instead of {expected}; try again")]
    Damaged {
        /// The digest that it should have.
        expected: String,
        /// The digest that it has.
        found: String,
    },
}

impl RemoteError {
    /// What a caller can act on.
    pub(crate) fn kind(&self) -> ErrorKind {
        match self {
            Self::Told { kind, .. } => *kind,
            Self::Address { .. }
            | Self::Certificates { .. }
            | Self::Token { .. }
            | Self::UnusableToken
            | Self::Suffix { .. }
            | Self::Here { .. } => ErrorKind::Usage,
            Self::Prepare { .. }
            | Self::Unreachable { .. }
            | Self::Strange { .. }
            | Self::Lost { .. }
            | Self::File { .. } => ErrorKind::StoreFailed,
            Self::NoPackage { .. } => ErrorKind::NotFound,
            Self::Damaged { .. } => ErrorKind::SourceFailed,
            Self::Left { .. } => ErrorKind::Cancelled,
        }
    }

    /// Whether the same request may be answered later.
    pub(super) fn is_passing(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::Strange { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    #[test]
    fn what_a_daemon_told_is_shown_as_if_it_had_happened_here() {
        let cause = Cause::chain(vec!["near".to_owned(), "far".to_owned()]);
        let told =
            RemoteError::Told { kind: ErrorKind::SourceFailed, message: "it failed".into(), cause };
        let error = Error::from(told);
        assert_eq!(error.to_string(), "it failed");
        assert_eq!(error.causes(), ["near", "far"]);
        assert_eq!(error.kind(), ErrorKind::SourceFailed);
    }
}
