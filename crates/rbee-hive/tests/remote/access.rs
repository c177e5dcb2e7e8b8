//! The ways to a daemon: with a token, over TLS, through a socket.

use std::process::{Command, Stdio};

use crate::context::{Place, stderr};

#[test]
fn a_token_is_asked_for_and_given() {
    let place = Place::new();
    fs_err::write(place.path("token"), "0123456789abcdef\n").unwrap();
    let token = place.path("token");
    let token = token.to_str().unwrap();
    let daemon = place.serve_with(&["--listen", "127.0.0.1:0", "--token-file", token]);
    let list = |flags: &[&str], token: &str| {
        let mut command = place.there(daemon.url(), &[&["worker", "list"], flags].concat());
        let output = command.env("HIVE_TOKEN", token).output().unwrap();
        (output.status.code(), stderr(&output))
    };
    let (code, told) = list(&[], "");
    assert_eq!(code, Some(2));
    assert!(
        told.contains("wants a token; give its token with HIVE_TOKEN or --token-file"),
        "{told}"
    );
    let (code, told) = list(&[], "wrong-wrong-wrong-wrong");
    assert_eq!(code, Some(2));
    assert!(told.contains("refused the token") && !told.contains("wrong-wrong"), "{told}");
    for right in [list(&[], "0123456789abcdef"), list(&["--token-file", token], "")] {
        assert_eq!(right.0, Some(0), "{}", right.1);
    }
}

#[test]
fn a_socket_is_as_good_as_an_address() {
    let place = Place::new();
    place.recipe("1", ":");
    let socket = place.path("hive.sock");
    let _daemon = place.serve_with(&["--socket", socket.to_str().unwrap()]);
    let url = format!("unix:{}", socket.display());
    let output = place.there(&url, &["worker", "info", "tiny"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
}

#[test]
fn a_daemon_with_a_certificate_of_its_own_is_known_by_that() {
    let place = Place::new();
    let (cert, key) = (place.path("cert.pem"), place.path("key.pem"));
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"])
        .args(["-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"])
        .args(["-addext", "basicConstraints=critical,CA:FALSE"])
        .arg("-keyout")
        .arg(&key)
        .arg("-out")
        .arg(&cert)
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert!(made.success());
    let (cert, key) = (cert.to_str().unwrap(), key.to_str().unwrap());
    let daemon =
        place.serve_with(&["--listen", "127.0.0.1:0", "--tls-cert", cert, "--tls-key", key]);
    assert!(daemon.url().starts_with("https://"));
    let unknown = place.there(daemon.url(), &["worker", "list"]).output().unwrap();
    assert_eq!(unknown.status.code(), Some(9));
    assert!(stderr(&unknown).to_lowercase().contains("certificate"), "{}", stderr(&unknown));
    let known = place.there(daemon.url(), &["--cacert", cert, "worker", "list"]).output().unwrap();
    assert_eq!(known.status.code(), Some(0), "{}", stderr(&known));
}
