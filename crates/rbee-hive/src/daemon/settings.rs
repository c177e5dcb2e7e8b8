use std::{net::SocketAddr, path::PathBuf, time::Duration};

use crate::{
    config::{
        self, ALLOW_SANDBOX_NONE, ALLOW_SYNCDEPS, ALLOWED_HOSTS, BUILDS, Config, DRAIN_SECONDS,
        FETCHES, KEEP_LOGS_DAYS, KEEP_LOGS_SIZE, LISTEN, SOCKET, SOCKET_MODE, TLS_CERT, TLS_KEY,
        Token,
    },
    jobs::Limits,
};

/// How the daemon is set up.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// Where to listen.
    pub(crate) listen: Vec<SocketAddr>,
    /// Whether that is only because nobody said anything.
    pub(crate) listen_by_default: bool,
    /// The Unix socket to listen on.
    pub(crate) socket: Option<SocketFile>,
    /// What HTTPS needs; without it, it is HTTP.
    pub(crate) tls: Option<TlsFiles>,
    /// What everybody has to know who does not come through the Unix socket.
    pub(crate) token: Option<Token>,
    /// Names by which the hive is reached, in lower case.
    pub(crate) allowed_hosts: Vec<String>,
    /// How many jobs run at once.
    pub(crate) builds: usize,
    /// How many downloads run at once.
    pub(crate) fetches: usize,
    /// How long logs stay.
    pub(crate) keep_logs_days: u32,
    /// How much room logs take.
    pub(crate) keep_logs_bytes: u64,
    /// Whether requests may run recipes without a sandbox.
    pub(crate) allow_sandbox_none: bool,
    /// Whether requests may install packages of this host.
    pub(crate) allow_syncdeps: bool,
    /// How long the end takes at most.
    pub(crate) drain: Duration,
}

/// A Unix socket.
#[derive(Debug, Clone)]
pub(crate) struct SocketFile {
    /// Where it is.
    pub(crate) path: PathBuf,
    /// Who may open it.
    pub(crate) mode: u32,
}

/// What HTTPS needs.
#[derive(Debug, Clone)]
pub(crate) struct TlsFiles {
    /// The certificates, in PEM.
    pub(crate) cert: PathBuf,
    /// The key, in PEM.
    pub(crate) key: PathBuf,
}

impl Settings {
    /// What is set for the daemon.
    ///
    /// # Errors
    /// If a value is none of its setting, or one is set without the other that it needs.
    pub(crate) fn of(config: &Config) -> Result<Self, config::Error> {
        let tls = match (config.get(&TLS_CERT)?, config.get(&TLS_KEY)?) {
            (None, None) => None,
            (Some(cert), Some(key)) => Some(TlsFiles { cert, key }),
            (Some(_), None) => {
                return Err(config::Error::Alone { set: "tls_cert", not: "tls_key" });
            }
            (None, Some(_)) => {
                return Err(config::Error::Alone { set: "tls_key", not: "tls_cert" });
            }
        };
        let mode = config.get(&SOCKET_MODE)?.0;
        Ok(Self {
            listen: config.get(&LISTEN)?,
            listen_by_default: !config.is_set(&LISTEN),
            socket: config.get(&SOCKET)?.map(|path| SocketFile { path, mode }),
            tls,
            token: config.token()?,
            allowed_hosts: config.get(&ALLOWED_HOSTS)?.iter().map(|h| h.to_lowercase()).collect(),
            builds: config.get(&BUILDS)?.get(),
            fetches: config.get(&FETCHES)?.get(),
            keep_logs_days: config.get(&KEEP_LOGS_DAYS)?,
            keep_logs_bytes: config.get(&KEEP_LOGS_SIZE)?.0,
            allow_sandbox_none: config.get(&ALLOW_SANDBOX_NONE)?,
            allow_syncdeps: config.get(&ALLOW_SYNCDEPS)?,
            drain: Duration::from_secs(config.get(&DRAIN_SECONDS)?.into()),
        })
    }

    /// How much of everything jobs may have.
    pub(crate) fn limits(&self) -> Limits {
        Limits {
            builds: self.builds,
            fetches: self.fetches,
            keep_logs_days: self.keep_logs_days,
            keep_logs_bytes: self.keep_logs_bytes,
            ..Limits::default()
        }
    }
}

#[cfg(test)]
impl Default for Settings {
    fn default() -> Self {
        Self::of(&Config::default()).unwrap()
    }
}
