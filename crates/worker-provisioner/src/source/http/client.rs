use std::{path::PathBuf, time::Duration};

use reqwest::{Certificate, Client, redirect::Policy};

use super::Retry;
use crate::source::SourceError;

/// How the hive speaks HTTP.
///
/// Proxies come from `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`, which the client reads
/// itself. Trusted certificates come from `SSL_CERT_FILE` and `SSL_CERT_DIR`, which replace the
/// system's as they do for OpenSSL, or else from the system's store.
#[derive(Debug, Clone)]
pub(crate) struct HttpConfig {
    /// PEM files of further authorities, trusted besides those.
    pub(crate) certificates: Vec<PathBuf>,
    /// Whether the proxy variables count.
    pub(crate) proxies: bool,
    /// When to try again.
    pub(crate) retry: Retry,
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self { certificates: Vec::new(), proxies: true, retry: Retry::default() }
    }
}

const CONNECT: Duration = Duration::from_secs(30);
const IDLE: Duration = Duration::from_mins(1);
const REDIRECTS: usize = 10;

/// The client of one provision.
pub(in crate::source) fn client(config: &HttpConfig) -> Result<Client, SourceError> {
    // reqwest takes the process's provider. Installed twice is installed.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = Client::builder()
        .user_agent(concat!("rbee-hive/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT)
        .read_timeout(IDLE)
        .http2_adaptive_window(true)
        .referer(false)
        .redirect(redirects());
    if !config.proxies {
        builder = builder.no_proxy();
    }
    if !config.certificates.is_empty() {
        builder = builder.tls_certs_merge(extra_certificates(&config.certificates)?);
    }
    builder.build().map_err(SourceError::Client)
}

fn extra_certificates(files: &[PathBuf]) -> Result<Vec<Certificate>, SourceError> {
    let mut certificates = Vec::new();
    for path in files {
        let failed = |source: Box<dyn std::error::Error + Send + Sync>| SourceError::Certificates {
            path: path.clone(),
            source,
        };
        let pem = fs_err::read(path).map_err(|error| failed(error.into()))?;
        certificates
            .extend(Certificate::from_pem_bundle(&pem).map_err(|error| failed(error.into()))?);
    }
    Ok(certificates)
}

/// Follows a few, never out of HTTP and never from https down to http.
fn redirects() -> Policy {
    Policy::custom(|attempt| {
        let from = attempt.previous().last().map_or("", url::Url::scheme);
        match refused(from, attempt.url().scheme(), attempt.previous().len()) {
            Some(reason) => attempt.error(reason),
            None => attempt.follow(),
        }
    })
}

/// Why a redirect between URLs of these schemes is not followed, after so many others.
fn refused(from: &str, to: &str, others: usize) -> Option<&'static str> {
    match (from, to) {
        ("https", "http") => Some("refused to be redirected from https to http"),
        (_, "http" | "https") if others > REDIRECTS => Some("redirected too often"),
        (_, "http" | "https") => None,
        _ => Some("refused to be redirected to something that is not http"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirects_stay_as_safe_as_they_were() {
        assert_eq!(refused("http", "https", 1), None);
        assert_eq!(refused("https", "https", REDIRECTS), None);
        assert!(refused("https", "https", REDIRECTS + 1).is_some());
        assert!(refused("https", "http", 1).is_some());
        assert!(refused("http", "file", 1).is_some());
    }
}
