//! Processes that are killed.

use std::{
    path::PathBuf,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use fs_err as fs;
use rbee_hive_artifact_catalog::{Folders, StoreError, store::Store};

use crate::context::{TestContext, chmod, job, list, write};

/// Where [`child`] is told the data and cache folder.
const CHILD: &str = "STORE_TEST_CHILD";

/// Not a test of its own: stages under the job id `job`, writes, and waits to be killed.
#[test]
#[ignore = "run by the tests of crashes"]
fn child() {
    #[expect(clippy::disallowed_methods, reason = "how the parent tells its child what to do")]
    let folder = PathBuf::from(std::env::var_os(CHILD).unwrap());
    let store = Store::open(&Folders::new(folder.join("data"), folder.join("cache"))).unwrap();
    let _lock = store.lock_worker("my-server").unwrap().unwrap();
    let staging = store.stage(&job("job")).unwrap();
    write(staging.tree(), "usr/file", "x", 0o444);
    write(&staging.build().unwrap(), "src/file.o", "x", 0o444);
    chmod(&staging.build().unwrap().join("src"), 0o500);
    chmod(&staging.tree().join("usr"), 0o555);
    fs::write(folder.join("ready"), "").unwrap();
    loop {
        thread::park();
    }
}

fn crash(context: &TestContext) -> Child {
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "crash::child", "--ignored"])
        .env(CHILD, context.folder.path())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    while !context.outside("ready").exists() {
        thread::sleep(Duration::from_millis(5));
    }
    child
}

#[test]
fn what_a_killed_process_left_is_swept() {
    let context = TestContext::new();
    let mut child = crash(&context);
    let alive = context.sweep(&[]);
    assert_eq!((alive.staging, alive.builds), (0, 0));
    assert!(context.store.lock_worker("my-server").unwrap().is_none());
    assert!(matches!(context.store.stage(&job("job")), Err(StoreError::JobBusy { .. })));
    assert_eq!(context.staged(), ["job"]);

    child.kill().unwrap();
    child.wait().unwrap();
    let swept = context.sweep(&[]);
    assert_eq!((swept.staging, swept.builds), (1, 1));
    assert!(swept.left.is_empty(), "{swept:?}");
    assert_eq!(context.staged(), [""; 0]);
    assert_eq!(list(&context.folders.builds()), [""; 0]);
    assert!(context.store.lock_worker("my-server").unwrap().is_some());
}

#[test]
fn a_job_that_was_killed_can_be_staged_again() {
    let context = TestContext::new();
    let mut child = crash(&context);
    child.kill().unwrap();
    child.wait().unwrap();
    let staging = context.stage("job");
    assert_eq!(list(staging.tree()), [""; 0]);
    assert_eq!(list(&staging.build().unwrap()), [""; 0]);
    assert_eq!(context.staged(), ["job"]);
}
