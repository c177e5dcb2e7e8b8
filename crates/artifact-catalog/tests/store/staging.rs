//! Locks, and what is dropped before it is committed.

use std::{
    process::Command,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use fs_err as fs;
use rbee_hive_artifact_catalog::StoreError;

use crate::context::{TestContext, job, list, seal};

#[test]
fn what_is_dropped_leaves_nothing() {
    let context = TestContext::new();
    let staging = context.fill("job");
    fs::write(staging.build().unwrap().join("object.o"), "x").unwrap();
    assert_eq!(list(&context.folders.builds()), ["job"]);
    drop(seal(staging));
    assert_eq!(context.staged(), [""; 0]);
    assert_eq!(list(&context.folders.builds()), [""; 0]);
    assert_eq!(context.store.objects().unwrap(), []);
}

#[test]
fn what_is_dropped_goes_even_while_something_still_writes() {
    let context = TestContext::new();
    let staging = context.stage("job");
    let tree = fs::File::open(staging.tree()).unwrap();
    thread::scope(|scope| {
        // As a process does whose working folder is the tree: the path changes under it.
        scope.spawn(|| {
            let start = Instant::now();
            for i in 0.. {
                let name = format!("late-{i}");
                let flags = rustix::fs::OFlags::CREATE | rustix::fs::OFlags::WRONLY;
                let made = rustix::fs::openat(tree.file(), name, flags, 0o600.into());
                if made.is_err() || start.elapsed() > Duration::from_millis(300) {
                    break;
                }
            }
        });
        thread::sleep(Duration::from_millis(20));
        drop(staging);
    });
    assert_eq!(context.staged(), [""; 0]);
}

#[test]
fn a_worker_is_locked_once() {
    let context = TestContext::new();
    let lock = context.store.lock_worker("a").unwrap().unwrap();
    assert!(context.store.lock_worker("a").unwrap().is_none());
    assert!(context.store.lock_worker("b").unwrap().is_some());
    drop(lock);
    assert!(context.store.lock_worker("a").unwrap().is_some());
    for bad in ["", ".staging", "../a", "a/b"] {
        assert!(context.store.lock_worker(bad).is_err(), "{bad:?}");
    }
}

#[test]
fn a_lock_ends_with_its_holder_though_processes_are_spawned() {
    let context = TestContext::new();
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                Command::new("true").status().unwrap();
            }
        });
        for round in 0..300 {
            let lock = context.store.lock_worker("a").unwrap();
            assert!(lock.is_some(), "still locked in round {round}");
            drop(lock);
        }
        done.store(true, Ordering::Relaxed);
    });
}

#[test]
fn a_job_is_staged_once() {
    let context = TestContext::new();
    let staging = context.fill("job");
    let busy = context.store.stage(&job("job")).unwrap_err();
    assert!(matches!(busy, StoreError::JobBusy { .. }), "{busy}");
    assert!(staging.tree().join("usr").exists());
    drop(staging);
    assert_eq!(list(context.stage("job").tree()), [""; 0]);
}
