use crate::context::{Serving, TestContext};

const TOKEN: &str = "c0ffee5ecretc0ffee5ecretc0ffee5e";

#[test]
fn nobody_is_let_in_from_elsewhere_without_a_token() {
    let context = TestContext::new();
    let output = context.run(&["serve", "--listen", "0.0.0.0:0"]);
    assert_eq!(output.status.code(), Some(2));
    insta::assert_snapshot!(
        context.told(&output.stderr),
        @"error: 0.0.0.0:0 is reached from other machines, and no token is set: set HIVE_TOKEN or --token-file, for example to the output of `openssl rand -hex 32`, or listen on 127.0.0.1"
    );

    let mut command = context.command(&["serve", "--listen", "0.0.0.0:0"]);
    command.env("HIVE_TOKEN", TOKEN);
    let daemon = Serving::start(command);
    daemon.await_log("without TLS");
    daemon.places(1);
}

#[test]
fn the_token_is_wanted_and_is_in_no_log() {
    let context = TestContext::new();
    let file = context.write("token", &format!("{TOKEN}\n"));
    let flags = ["--listen=127.0.0.1:0", "--token-file", &file, "--log-level=trace"];
    let mut daemon = context.serve(&flags);
    daemon.await_log("others of this machine can read");
    assert_eq!(daemon.get("/v1/workers").status, 401);
    let bearer = |token: &str| {
        daemon.ask("GET /v1/workers", &[("Authorization", &format!("Bearer {token}"))], "").status
    };
    assert_eq!(bearer(TOKEN), 200);
    assert_eq!(bearer("something else"), 401);
    assert_eq!(daemon.get(&format!("/login?token={TOKEN}")).status, 200);
    daemon.await_log("a request with a wrong token");
    assert_eq!(daemon.terminate(), Some(0));
    let log = daemon.log();
    assert!(log.contains("/login") && !log.contains(TOKEN), "{log}");
    assert!(!log.contains("something else"), "{log}");
}

#[test]
fn foreign_names_and_origins_are_refused() {
    let context = TestContext::new();
    let daemon = context.serve(&["--listen=127.0.0.1:0", "--allowed-hosts=Hive.example"]);
    let address = daemon.address();
    let status = |request: &str, headers: &[(&str, &str)]| {
        let stream = std::net::TcpStream::connect(&address).unwrap();
        crate::http::ask(stream, request, headers, "").status
    };
    assert_eq!(status("GET /v1/workers", &[("Host", "evil.example")]), 403);
    assert_eq!(status("GET /v1/workers", &[("Host", "hive.example:443")]), 200);
    let own = format!("http://{address}");
    for (origin, expected) in [("https://evil.example", 403), ("null", 403), (own.as_str(), 404)] {
        let headers = [("Host", address.as_str()), ("Origin", origin)];
        assert_eq!(status("DELETE /v1/workers/nothing", &headers), expected, "{origin}");
    }
}
