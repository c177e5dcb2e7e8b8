use std::{
    path::Path,
    time::{Duration, Instant},
};

use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use crate::source::{ToolCommand, ToolError, ToolRunner, run_tool};

fn shell(script: &str, folder: &Path) -> ToolCommand {
    ToolCommand {
        program: "sh".into(),
        args: vec!["-c".into(), script.into()],
        env: vec![("GREETING".into(), "hello".into())],
        unset: vec!["HOME".into()],
        cwd: folder.to_owned(),
        writable: vec![folder.to_owned()],
        network: true,
        stdin: None,
    }
}

fn runners() -> [ToolRunner; 2] {
    [ToolRunner::Bwrap("bwrap".into()), ToolRunner::Direct]
}

#[tokio::test]
async fn output_status_and_environment_come_back() {
    let folder = TempDir::new().unwrap();
    for runner in runners() {
        let command = shell("echo $GREETING $HOME; echo no >&2; touch made; exit 3", folder.path());
        let output = run_tool(&command, &runner, &CancellationToken::new()).await.unwrap();
        assert_eq!(output.status.code(), Some(3));
        assert_eq!(output.stdout, b"hello\n");
        assert_eq!(output.stderr_tail, "no");
        fs_err::remove_file(folder.path().join("made")).unwrap();
    }
}

#[tokio::test]
async fn much_output_is_no_deadlock() {
    let folder = TempDir::new().unwrap();
    for runner in runners() {
        let script = "head -c 3000000 /dev/zero; head -c 3000000 /dev/zero >&2; printf end >&2";
        let command = shell(script, folder.path());
        let output = run_tool(&command, &runner, &CancellationToken::new()).await.unwrap();
        assert_eq!(output.stdout.len(), 3_000_000);
        assert!(output.stderr_tail.ends_with("end"));
    }
}

#[tokio::test]
async fn only_the_named_folders_are_writable() {
    let (folder, other) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let script = format!("touch {}/x", other.path().display());
    let runner = &runners()[0];
    let command = shell(&script, folder.path());
    let output = run_tool(&command, runner, &CancellationToken::new()).await.unwrap();
    assert!(!output.status.success());
    assert!(output.stderr_tail.contains("Read-only"), "{}", output.stderr_tail);
}

#[tokio::test]
async fn a_missing_program_is_named() {
    let folder = TempDir::new().unwrap();
    let mut command = shell("", folder.path());
    command.program = "no-such-program".into();
    for runner in runners() {
        let error = run_tool(&command, &runner, &CancellationToken::new()).await.unwrap_err();
        assert_eq!(error.to_string(), "no-such-program is not installed", "{runner:?}");
    }
    let runner = ToolRunner::Bwrap("no-such-bwrap".into());
    let error = run_tool(&command, &runner, &CancellationToken::new()).await.unwrap_err();
    assert_eq!(error.to_string(), "no-such-bwrap is not installed");
}

/// Each writes into the folder for as long as it lives.
const DAEMONS: &str = r#"
for i in 1 2 3 4 5; do
    setsid sh -c 'trap "" TERM HUP INT; while :; do date +%N > beat; sleep 0.02; done' &
done
touch started
wait
"#;

#[tokio::test]
async fn cancelling_ends_even_what_detached_itself() {
    let folder = TempDir::new().unwrap();
    let cancel = CancellationToken::new();
    let command = shell(DAEMONS, folder.path());
    let runner = &runners()[0];
    let (ended, ()) = tokio::join!(run_tool(&command, runner, &cancel), async {
        while !folder.path().join("started").exists() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        cancel.cancel();
    });
    assert!(matches!(ended.unwrap_err(), ToolError::Cancelled));
    let beat = || fs_err::read(folder.path().join("beat")).unwrap();
    let last = beat();
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(beat(), last);
}

#[tokio::test]
async fn nobody_waiting_ends_it_too() {
    let folder = TempDir::new().unwrap();
    for runner in runners() {
        let command = shell("while :; do date +%N > beat; sleep 0.02; done", folder.path());
        let cancel = CancellationToken::new();
        let run = run_tool(&command, &runner, &cancel);
        assert!(tokio::time::timeout(Duration::from_millis(300), run).await.is_err());
        tokio::time::sleep(Duration::from_millis(200)).await;
        let beat = || fs_err::read(folder.path().join("beat")).unwrap();
        let last = beat();
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert_eq!(beat(), last, "{runner:?}");
    }
}

#[tokio::test]
async fn a_left_over_process_does_not_hold_up_the_end() {
    let folder = TempDir::new().unwrap();
    for runner in runners() {
        let start = Instant::now();
        let command = shell("setsid sleep 4 & echo done", folder.path());
        let output = run_tool(&command, &runner, &CancellationToken::new()).await.unwrap();
        assert_eq!(output.stdout, b"done\n");
        assert!(start.elapsed() < Duration::from_secs(3), "{runner:?}");
    }
}
