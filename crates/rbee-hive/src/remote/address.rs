use std::{fmt, path::PathBuf};

use url::{Host, Url};

use super::RemoteError;

/// Where a daemon listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Address {
    /// A URL of `http` or `https`; what the daemon's paths are below.
    Url(Url),
    /// A socket of this machine.
    Unix {
        /// Its path.
        path: PathBuf,
        /// What the daemon is called behind it.
        base: Url,
    },
}

impl Address {
    /// Reads `http://HOST:PORT`, `https://HOST:PORT`, `unix:/PATH`, or `HOST:PORT` for the first.
    pub(super) fn parse(text: &str) -> Result<Self, RemoteError> {
        let wrong = || RemoteError::Address { address: text.to_owned() };
        if let Some(path) = text.strip_prefix("unix:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            let base = Url::parse("http://localhost/").map_err(|_| wrong())?;
            let absolute = path.starts_with('/');
            return absolute.then(|| Self::Unix { path: path.into(), base }).ok_or_else(wrong);
        }
        let whole = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
        let url = Url::parse(&whole).map_err(|_| wrong())?;
        // A password would be seen by whoever lists processes; a token has a place of its own.
        let plain = url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none();
        let known = matches!(url.scheme(), "http" | "https") && url.has_host();
        if plain && known { Ok(Self::Url(url)) } else { Err(wrong()) }
    }

    /// What requests are made to.
    pub(super) fn base(&self) -> &Url {
        match self {
            Self::Url(url) | Self::Unix { base: url, .. } => url,
        }
    }

    /// Whether it is this machine, to which no proxy leads.
    pub(super) fn is_here(&self) -> bool {
        let Self::Url(url) = self else { return true };
        match url.host() {
            Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url(url) => f.write_str(url.as_str().trim_end_matches('/')),
            Self::Unix { path, .. } => write!(f, "unix:{}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_urls_or_sockets() {
        for (text, shown, here) in [
            ("http://127.0.0.1:7835", "http://127.0.0.1:7835", true),
            ("http://[::1]:7835/", "http://[::1]:7835", true),
            ("localhost:7835", "http://localhost:7835", true),
            ("https://den.example/hive/", "https://den.example/hive", false),
            ("unix:/run/rbee/hive.sock", "unix:/run/rbee/hive.sock", true),
            ("unix:///run/rbee/hive.sock", "unix:/run/rbee/hive.sock", true),
        ] {
            let address = Address::parse(text).unwrap();
            assert_eq!((address.to_string().as_str(), address.is_here()), (shown, here));
        }
        for bad in ["", "ftp://x", "unix:x", "http://u:p@x", "http://x?y", "http://x#y", "http://"]
        {
            assert!(Address::parse(bad).is_err(), "{bad:?}");
        }
    }
}
