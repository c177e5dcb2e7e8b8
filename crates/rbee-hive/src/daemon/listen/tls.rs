use std::{
    fmt,
    path::Path,
    sync::{Arc, PoisonError, RwLock},
};

use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::ring,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    },
};

use super::Error;
use crate::daemon::TlsFiles;

/// HTTPS with a certificate and a key from files, which can be read anew.
pub(crate) struct Tls {
    files: TlsFiles,
    current: RwLock<TlsAcceptor>,
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").field("files", &self.files).finish_non_exhaustive()
    }
}

impl Tls {
    /// HTTPS with what the files have now.
    ///
    /// # Errors
    /// If they cannot be read, or do not fit together.
    pub(crate) fn new(files: &TlsFiles) -> Result<Self, Error> {
        let current = RwLock::new(acceptor(files)?);
        Ok(Self { files: files.clone(), current })
    }

    /// Reads the files again. New connections have what they have now.
    ///
    /// # Errors
    /// If they cannot be used; then everything stays as it was.
    pub(crate) fn reload(&self) -> Result<(), Error> {
        let acceptor = acceptor(&self.files)?;
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = acceptor;
        Ok(())
    }

    pub(super) fn acceptor(&self) -> TlsAcceptor {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn acceptor(TlsFiles { cert, key }: &TlsFiles) -> Result<TlsAcceptor, Error> {
    let unreadable = |path: &Path| {
        let path = path.to_owned();
        move |source| Error::Pem { path, source }
    };
    let certificates = CertificateDer::pem_file_iter(cert)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(unreadable(cert))?;
    if certificates.is_empty() {
        return Err(Error::NoCertificate { path: cert.clone() });
    }
    let secret = PrivateKeyDer::from_pem_file(key).map_err(unreadable(key))?;
    let unusable = |source| Error::Certificate { cert: cert.clone(), key: key.clone(), source };
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(certificates, secret))
        .map_err(unusable)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}
