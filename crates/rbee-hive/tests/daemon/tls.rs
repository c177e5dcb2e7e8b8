use std::{net::TcpStream, process::Command, sync::Arc};

use rustix::process::Signal;
use tokio_rustls::rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned,
    crypto::ring,
    pki_types::{CertificateDer, pem::PemObject as _},
};

use crate::{
    context::{TestContext, until},
    http::{Answer, ask},
};

/// Makes a certificate that vouches for itself, and its key.
fn certificate(context: &TestContext, name: &str) -> (String, String) {
    let file = |end: &str| context.path(&format!("{name}{end}")).to_str().unwrap().to_owned();
    let (cert, key) = (file(".crt"), file(".key"));
    let output = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"])
        .args(["-nodes", "-days", "1", "-subj", "/CN=localhost"])
        .args(["-addext", "basicConstraints=critical,CA:FALSE"])
        .args(["-addext", "subjectAltName=DNS:localhost", "-out", &cert, "-keyout", &key])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    (cert, key)
}

/// Asks over TLS, trusting one certificate alone.
fn secure(address: &str, trusted: &str, request: &str) -> Result<Answer, String> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(trusted).unwrap()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = "localhost".try_into().unwrap();
    let mut connection = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    while connection.is_handshaking() {
        connection.complete_io(&mut stream).map_err(|error| error.to_string())?;
    }
    Ok(ask(StreamOwned::new(connection, stream), request, &[("Host", "localhost")], ""))
}

#[test]
fn with_a_certificate_it_is_https_and_nothing_else() {
    let context = TestContext::new();
    let (cert, key) = certificate(&context, "one");
    let daemon = context.serve(&["--listen=127.0.0.1:0", "--tls-cert", &cert, "--tls-key", &key]);
    assert!(daemon.places(1)[0].starts_with("https://127.0.0.1:"));
    let address = daemon.address();
    // Somebody who says nothing keeps nobody else waiting.
    let _silent = TcpStream::connect(&address).unwrap();
    let answer = secure(&address, &cert, "GET /health").unwrap();
    assert_eq!(answer.status, 200);
    assert!(answer.head.contains("strict-transport-security: "), "{}", answer.head);

    let mut plain = TcpStream::connect(&address).unwrap();
    std::io::Write::write_all(&mut plain, b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .unwrap();
    let mut answer = Vec::new();
    let _ = std::io::Read::read_to_end(&mut plain, &mut answer);
    assert!(!answer.starts_with(b"HTTP"), "{answer:?}");
}

#[test]
fn certificates_are_read_again_when_it_is_told_to() {
    let context = TestContext::new();
    let (cert, key) = certificate(&context, "one");
    let (new_cert, new_key) = certificate(&context, "two");
    let daemon = context.serve(&["--listen=127.0.0.1:0", "--tls-cert", &cert, "--tls-key", &key]);
    let address = daemon.address();
    assert!(secure(&address, &new_cert, "GET /health").is_err());

    fs_err::copy(&new_cert, &cert).unwrap();
    daemon.signal(Signal::HUP);
    // A new certificate with the old key: everything stays as it was.
    daemon.await_log("the certificates stay as they were");
    assert!(secure(&address, &new_cert, "GET /health").is_err());
    fs_err::copy(&new_key, &key).unwrap();
    daemon.signal(Signal::HUP);
    daemon.await_log("new connections have the certificates as they are now");
    until("the new certificate", || secure(&address, &new_cert, "GET /health").ok());
}
