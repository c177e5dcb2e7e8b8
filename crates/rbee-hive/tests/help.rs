//! `--help` of every verb, as a person reads it without a terminal.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::process::{Command, Stdio};

fn help(verb: &str) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_rbee-hive"))
        .args(verb.split_whitespace())
        .arg("--help")
        .env_remove("COLUMNS")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{verb}");
    String::from_utf8(output.stdout).unwrap()
}

/// The part that is a verb's own: the global options, the same for all, are left out.
fn own(verb: &str) -> String {
    let text = help(verb);
    let (before, rest) = text.split_once("Global options:\n").unwrap();
    let after = rest.split_once("Examples:\n").map(|(_, after)| format!("Examples:\n{after}"));
    format!("{before}{}", after.unwrap_or_default())
}

#[test]
fn the_whole_of_it() {
    insta::assert_snapshot!("rbee-hive", help(""));
}

#[test]
fn verbs() {
    for verb in [
        "worker",
        "worker available",
        "worker info",
        "worker install",
        "worker list",
        "worker show",
        "worker remove",
        "worker verify",
        "worker history",
        "worker rollback",
        "worker upgrade",
        "worker run",
        "worker export",
        "worker import",
        "job",
        "job list",
        "job show",
        "job watch",
        "job cancel",
        "recipe",
        "recipe srcinfo",
        "recipe lint",
        "recipe checksums",
        "serve",
        "config",
        "config show",
        "gc",
        "doctor",
        "completions",
    ] {
        let own = own(verb);
        if !matches!(verb, "worker" | "job" | "recipe" | "config") {
            assert!(own.contains("Examples:\n"), "{verb} has no examples");
        }
        insta::assert_snapshot!(verb.replace(' ', "-"), own);
    }
}
