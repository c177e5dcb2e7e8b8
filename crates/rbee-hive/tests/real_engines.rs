//! Two of the built-in recipes, provisioned for real: their sources come from the registries, the
//! engines are unpacked or built, and run.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

struct Hive(TempDir);

impl Hive {
    fn run(&self, arguments: &[&str]) -> Output {
        let output = Command::new(env!("CARGO_BIN_EXE_rbee-hive"))
            .args(arguments)
            .env("HIVE_DATA_DIR", self.0.path().join("data"))
            .env("HIVE_CACHE_DIR", self.0.path().join("cache"))
            .env_remove("WORKER_CATALOG_URL")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:#?}");
        output
    }

    /// Installs a worker and returns the events.
    fn install(&self, name: &str) -> Vec<Value> {
        let output = self.run(&["--json", "worker", "install", name]);
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

fn steps(events: &[Value]) -> Vec<&str> {
    let started = events.iter().filter(|e| e["type"] == "step_started");
    started.map(|e| e["step"].as_str().unwrap()).collect()
}

/// Installs, runs and verifies an engine, and installs it again.
fn provision(name: &str, version: &str, way: &[&str], run: &[&str], says: &str) {
    let hive = Hive(tempfile::tempdir().unwrap());
    let events = hive.install(name);
    assert_eq!(steps(&events), way);
    let ended = events.last().unwrap();
    assert_eq!((&ended["type"], &ended["outcome"]), (&"ended".into(), &"succeeded".into()));
    let worker = &ended["worker"];
    assert_eq!(worker["version"], version);
    assert_eq!(worker["provenance"]["unverified"], Value::Array(Vec::new()));

    let list = hive.run(&["worker", "list", "--json"]);
    let list: Value = serde_json::from_slice(&list.stdout).unwrap();
    assert_eq!((&list[0], &list[0]["active"]), (worker, &Value::Bool(true)));

    let output = hive.run(&[&["worker", "run", name, "--"], run].concat());
    let text = [output.stdout, output.stderr].concat();
    assert!(String::from_utf8_lossy(&text).contains(says));
    hive.run(&["worker", "verify"]);

    let again = hive.install(name);
    assert_eq!(steps(&again), ["resolve", "evaluate", "activate"]);
    assert_eq!(&again.last().unwrap()["worker"], worker);
}

#[test]
fn sherpa_onnx_is_unpacked_and_runs() {
    provision(
        "sherpa-onnx-bin",
        "2.0.1-1",
        &[
            "resolve",
            "evaluate",
            "preflight",
            "fetch",
            "verify",
            "extract",
            "package",
            "smoke",
            "commit",
            "activate",
        ],
        &["--help"],
        "speech recognition",
    );
}

#[test]
fn whisper_server_is_built_and_runs() {
    provision(
        "whisper-server",
        "1.9.1-1",
        &[
            "resolve",
            "evaluate",
            "preflight",
            "fetch",
            "verify",
            "extract",
            "build",
            "package",
            "smoke",
            "commit",
            "activate",
        ],
        &["--help"],
        "--model",
    );
}
