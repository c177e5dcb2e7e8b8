use std::{
    net::{TcpListener, TcpStream},
    os::{
        fd::OwnedFd,
        unix::{
            fs::PermissionsExt as _,
            net::{UnixListener, UnixStream},
        },
    },
    path::Path,
};

use command_fds::{CommandFdExt as _, FdMapping};

use crate::{
    context::{Serving, TestContext},
    http::ask,
};

fn over_socket(path: &Path) -> u16 {
    ask(UnixStream::connect(path).unwrap(), "GET /v1/workers", &[("Host", "hive")], "").status
}

#[test]
fn a_port_that_is_free_is_taken_and_told() {
    let context = TestContext::new();
    let mut daemon = context.serve(&["--listen", "127.0.0.1:0"]);
    assert_eq!(daemon.get("/health").status, 200);
    assert_eq!(daemon.terminate(), Some(0));
    assert_eq!(daemon.stdout(), "");
}

#[test]
fn several_addresses_and_a_socket_lead_to_the_same_hive() {
    let context = TestContext::new();
    let socket = context.path("hive.sock");
    let mut daemon = context.serve(&[
        "--listen=127.0.0.1:0,127.0.0.1:0",
        "--listen=127.0.0.1:0",
        "--socket",
        socket.to_str().unwrap(),
        "--socket-mode=0620",
    ]);
    let places = daemon.places(4);
    let addresses = places.iter().filter_map(|place| place.strip_prefix("http://"));
    let statuses: Vec<_> = addresses
        .map(|a| ask(TcpStream::connect(a).unwrap(), "GET /v1/workers", &[("Host", a)], "").status)
        .collect();
    assert_eq!(statuses, [200, 200, 200]);
    assert_eq!(fs_err::metadata(&socket).unwrap().permissions().mode() & 0o777, 0o620);
    assert_eq!(over_socket(&socket), 200);
    assert_eq!(daemon.terminate(), Some(0));
    assert!(!socket.exists());
}

#[test]
fn a_socket_alone_is_all_and_needs_no_token() {
    let context = TestContext::new();
    let socket = context.path("hive.sock");
    let mut command = context.command(&["serve", "--socket", socket.to_str().unwrap()]);
    command.env("HIVE_TOKEN", "0123456789abcdef");
    let daemon = Serving::start(command);
    assert_eq!(daemon.places(1), [format!("unix:{}", socket.display())]);
    assert_eq!(fs_err::metadata(&socket).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(over_socket(&socket), 200);
}

#[test]
fn a_socket_that_nobody_answers_is_replaced_and_one_that_is_used_is_not() {
    let context = TestContext::new();
    let socket = context.path("hive.sock");
    // As a daemon leaves it that was killed.
    drop(UnixListener::bind(&socket).unwrap());
    let daemon = context.serve(&["--socket", socket.to_str().unwrap()]);
    daemon.places(1);
    assert_eq!(over_socket(&socket), 200);

    let other = TestContext::new();
    let output = other.run(&["serve", "--socket", socket.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(9));
    insta::assert_snapshot!(
        context.told(&output.stderr),
        @"error: another process listens on FOLDER/hive.sock; stop it, or name another file with --socket"
    );
    assert_eq!(over_socket(&socket), 200);
}

#[test]
fn sockets_that_systemd_hands_over_are_used_and_nothing_else() {
    let context = TestContext::new();
    let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = tcp.local_addr().unwrap().to_string();
    let path = context.path("hive.sock");
    let unix = UnixListener::bind(&path).unwrap();

    // LISTEN_PID is the daemon's own, which only its shell knows.
    let script = r#"LISTEN_PID=$$ exec "$0" "$@""#;
    let program = env!("CARGO_BIN_EXE_rbee-hive");
    let mut command = context.command_of(Path::new("/bin/sh"), &["-c", script, program, "serve"]);
    command.env("LISTEN_FDS", "2");
    let map = |fd: OwnedFd, number| FdMapping { parent_fd: fd, child_fd: number };
    command.fd_mappings(vec![map(unix.into(), 3), map(tcp.into(), 4)]).unwrap();
    let mut daemon = Serving::start(command);

    let places = daemon.places(2);
    assert_eq!(places, [format!("unix:{}", path.display()), format!("http://{address}")]);
    assert_eq!(over_socket(&path), 200);
    let stream = TcpStream::connect(&address).unwrap();
    assert_eq!(ask(stream, "GET /health", &[("Host", &address)], "").status, 200);
    assert_eq!(daemon.terminate(), Some(0));
    assert!(path.exists(), "it is systemd's");
}

#[test]
fn a_thousand_connections_are_not_too_many() {
    let context = TestContext::new();
    let script = r#"ulimit -Sn 256; exec "$0" "$@""#;
    let program = env!("CARGO_BIN_EXE_rbee-hive");
    let arguments = ["-c", script, program, "serve", "--listen=127.0.0.1:0"];
    let daemon = Serving::start(context.command_of(Path::new("/bin/sh"), &arguments));
    let address = daemon.address();
    // This process may open only so many itself.
    let connected: Vec<_> = (0..400).map(|_| TcpStream::connect(&address).unwrap()).collect();
    assert_eq!(daemon.get("/health").status, 200);
    drop(connected);
}

#[test]
fn what_cannot_be_listened_on_is_told() {
    let context = TestContext::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = context.run(&["serve", "--listen", &address]);
    assert_eq!(output.status.code(), Some(9));
    let told = context.told(&output.stderr).replace(&address, "ADDRESS");
    insta::assert_snapshot!(told, @r"
    error: failed to listen on ADDRESS
      because Address already in use (os error 98)
    ");
}
