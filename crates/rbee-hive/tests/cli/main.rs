//! The program, as it is called: what it answers on stdout, and with which exit code.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod chain;
mod checksums;
mod context;
mod install;
mod interruption;
mod jobs;
mod recipes;

use std::process::{Command, Stdio};

use serde_json::{Value, json};

use context::{TestContext, document, events, stdout};

#[test]
fn nothing_is_installed_at_first() {
    let hive = TestContext::new();
    let output = hive.run(&["worker", "list", "--json"]);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(stdout(&output), "[]\n");
    let output = hive.run(&["worker", "list"]);
    assert_eq!((output.status.code(), stdout(&output).as_str()), (Some(0), ""));
}

#[test]
fn wrong_arguments_exit_with_2() {
    let hive = TestContext::new();
    for arguments in [
        &["worker", "install"][..],
        &["worker", "install", "x", "--sandbox", "chroot"],
        &["worker", "lsit"],
        &["--no-such-flag"],
        &[],
    ] {
        let output = hive.run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert_eq!(stdout(&output), "", "{arguments:?}");
        assert!(!output.stderr.is_empty(), "{arguments:?}");
    }
}

#[test]
fn what_is_not_there_exits_with_3_and_says_so_once() {
    let hive = TestContext::new();
    for verb in ["show", "info", "remove", "rollback", "run", "upgrade", "install"] {
        let output = hive.run(&["worker", verb, "no-such-worker"]);
        assert_eq!(output.status.code(), Some(3), "{verb}");
        assert_eq!(stdout(&output), "", "{verb}");
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(told.matches("error: ").count(), 1, "{verb}: {told}");
    }
}

#[test]
fn an_error_is_the_one_json_document() {
    let hive = TestContext::new();
    let output = hive.run(&["--json", "worker", "show", "no-such-worker"]);
    assert_eq!(output.status.code(), Some(3));
    let error = document(&output)["error"].clone();
    assert_eq!(error["kind"], "not_found");
    assert!(error["message"].is_string() && error["causes"].is_array());
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn a_failed_install_ends_with_exactly_one_ended_line() {
    let hive = TestContext::new();
    let missing = hive.folder.path().join("nothing");
    let missing = missing.to_str().unwrap();
    for arguments in
        [&["worker", "install", "no-such-worker"][..], &["worker", "install", "--recipe", missing]]
    {
        let output = hive.run(&[arguments, &["--json"]].concat());
        assert_eq!(output.status.code(), Some(3), "{arguments:?}");
        let events = events(&output);
        let is_end = |event: &&Value| event["type"] == "ended";
        assert_eq!(events.iter().filter(is_end).count(), 1, "{events:?}");
        let last = events.last().unwrap();
        assert_eq!((&last["outcome"], &last["kind"]), (&json!("failed"), &json!("not_found")));
        assert!(last["message"].is_string() && last["causes"].is_array());
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    }
}

#[test]
fn folders_may_be_given_as_flags_on_either_side_of_the_verb() {
    let hive = TestContext::new();
    let folder = hive.folder.path().join("elsewhere");
    let folder = folder.to_str().unwrap();
    let output =
        hive.run(&["--data-dir", folder, "worker", "list", "--cache-dir", folder, "--json"]);
    assert_eq!((output.status.code(), stdout(&output).as_str()), (Some(0), "[]\n"));
}

#[test]
fn completions_name_the_verbs() {
    let hive = TestContext::new();
    for shell in ["bash", "zsh", "fish"] {
        let output = hive.run(&["completions", shell]);
        assert_eq!(output.status.code(), Some(0), "{shell}");
        let script = stdout(&output);
        for word in ["install", "srcinfo", "allow-unverified"] {
            assert!(script.contains(word), "{shell} {word}");
        }
    }
}

#[test]
fn a_reader_that_went_away_is_no_error() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_rbee-hive"))
        .args(["completions", "bash"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn output_that_cannot_be_written_is_an_error() {
    let full = fs_err::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_rbee-hive"))
        .args(["completions", "bash"])
        .stdin(Stdio::null())
        .stdout(full.into_parts().0)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(9));
    assert!(String::from_utf8_lossy(&output.stderr).starts_with("error: failed to write"));
}

#[test]
fn color_is_written_when_it_is_asked_for_and_only_then() {
    let hive = TestContext::new();
    for (when, colored) in [("always", true), ("never", false), ("auto", false)] {
        let output = hive.run(&["--color", when, "worker", "show", "no-such-worker"]);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(told.contains('\x1b'), colored, "{when}: {told:?}");
    }
}

#[test]
fn bash_completes_the_verbs_of_verbs() {
    let hive = TestContext::new();
    let script = stdout(&hive.run(&["completions", "bash"]));
    let complete = "COMP_WORDS=(rbee-hive worker ins) COMP_CWORD=2; _rbee__hive rbee-hive ins worker; \
                    echo \"${COMPREPLY[@]}\"";
    let output =
        Command::new("bash").args(["-c", &format!("{script}\n{complete}")]).output().unwrap();
    assert_eq!(stdout(&output), "install\n", "{output:?}");
}
