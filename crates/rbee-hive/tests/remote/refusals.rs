//! Where a daemon cannot do what a flag or a verb means, or is not there.

use std::net::TcpListener;

use crate::context::{Place, stderr, stdout};

#[track_caller]
fn refused(place: &Place, arguments: &[&str], code: i32) -> String {
    let output = place.program(arguments).output().unwrap();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", stderr(&output));
    stderr(&output)
}

#[test]
fn what_is_of_this_machine_is_refused_with_the_command_that_works() {
    let place = Place::new();
    let hive = ["--hive", "http://127.0.0.1:9"];
    let told = refused(
        &place,
        &[&hive[..], &["worker", "run", "tiny", "--", "--port", "80", "a b"]].concat(),
        2,
    );
    assert!(told.contains("type there: rbee-hive worker run tiny -- --port 80 'a b'"), "{told}");
    for verb in [&["recipe", "lint", "."][..], &["serve"], &["completions", "bash"]] {
        let told = refused(&place, &[&hive[..], verb].concat(), 2);
        assert!(told.contains("leave --hive out"), "{told}");
    }
    for flag in ["--data-dir", "--cache-dir", "--index"] {
        let told = refused(&place, &[&hive[..], &[flag, "x", "worker", "list"]].concat(), 2);
        assert!(told.contains(flag) && told.contains("leave one of them out"), "{told}");
    }
    let agent = ["worker", "install", "tiny", "--download-agent", "s3::/bin/s3 %u %o"];
    let told = refused(&place, &[&hive[..], &agent].concat(), 2);
    assert!(told.contains("its own makepkg.conf"), "{told}");
}

#[test]
fn a_daemon_in_the_environment_does_not_concern_verbs_of_this_machine() {
    let place = Place::new();
    let completions = place.there("http://127.0.0.1:9", &["completions", "bash"]).output().unwrap();
    assert!(completions.status.success());
    let mut here = place.here(&["--hive", "", "worker", "list"]);
    assert!(here.env("HIVE_URL", "http://127.0.0.1:9").output().unwrap().status.success());
}

#[test]
fn an_address_that_is_none_and_a_daemon_that_is_not_there() {
    let place = Place::new();
    let told = refused(&place, &["--hive", "ftp://x", "worker", "list"], 2);
    assert!(told.contains("no address of a hive"), "{told}");
    // Bound, so that nobody else is, and closed.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let told = refused(&place, &["--hive", &format!("http://{port}"), "worker", "list"], 9);
    assert!(told.contains(&format!("http://{port}")) && told.contains("rbee-hive serve"), "{told}");
    let told = refused(&place, &["--hive", "unix:/nowhere/hive.sock", "worker", "list"], 9);
    assert!(told.contains("unix:/nowhere/hive.sock"), "{told}");
    let output =
        place.program(&["--json", "--hive", "unix:/nowhere/x", "worker", "list"]).output().unwrap();
    assert!(stdout(&output).starts_with(r#"{"error":{"kind":"store_failed","message":""#));
}
