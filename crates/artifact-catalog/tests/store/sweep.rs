//! What nobody owns is deleted, and nothing else is.

use std::{
    cell::Cell,
    collections::BTreeSet,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use fs_err as fs;
use rbee_hive_artifact_catalog::{
    CatalogError, Folders, StoreError,
    store::{ObjectName, Store},
};

use crate::context::{TestContext, chmod, job, list, seal, write};

#[test]
fn a_sweep_with_nothing_to_do_is_cheap() {
    let context = TestContext::new();
    let object = context.commit("job");
    let once = || {
        let start = Instant::now();
        assert!(context.sweep(&[&object]).objects.is_empty());
        start.elapsed()
    };
    let best = (0..20).map(|_| once()).min().unwrap();
    println!("swept in {best:?}");
    assert!(best < Duration::from_millis(2), "{best:?}");
}

#[test]
fn an_object_without_an_entry_is_swept() {
    let context = TestContext::new();
    let kept = context.commit("kept");
    let other = context.fill("other");
    write(other.tree(), "usr/more", "x", 0o644);
    let lost = seal(other).commit(&[]).unwrap();
    let swept = context.sweep(&[&kept]);
    assert_eq!(swept.objects, [ObjectName::of(&lost).unwrap()]);
    assert!(swept.left.is_empty());
    assert!(kept.exists() && !lost.exists());
    assert_eq!(context.staged(), [""; 0]);
}

#[test]
fn an_object_is_not_swept_while_its_worker_is_being_installed() {
    let context = TestContext::new();
    let object = context.commit("job");
    let lock = context.store.lock_worker("my-server").unwrap().unwrap();
    assert!(context.sweep(&[]).objects.is_empty());
    assert!(object.exists());
    drop(lock);
    assert_eq!(context.sweep(&[]).objects.len(), 1);
}

#[test]
fn an_entry_that_is_written_during_the_sweep_counts() {
    let context = TestContext::new();
    let object = context.commit("job");
    let asked = Cell::new(0);
    let is = |_: &str| Ok(asked.replace(asked.get() + 1) > 0);
    assert!(context.store.sweep(&is).unwrap().objects.is_empty());
    assert!(object.exists());
}

#[test]
fn nothing_is_swept_when_the_catalog_cannot_be_asked() {
    let context = TestContext::new();
    let object = context.commit("job");
    let error =
        context.store.sweep(&|_| Err(CatalogError::Object { path: "x".into() })).unwrap_err();
    assert!(matches!(error, StoreError::Catalog(_)), "{error}");
    assert!(object.exists());
}

#[test]
fn what_is_no_object_of_ours_is_left_and_named() {
    let context = TestContext::new();
    let stranger = context.folders.store().join("0123456789abcdef0123456789abcdef-a-1-1");
    fs::create_dir(&stranger).unwrap();
    fs::create_dir(context.folders.store().join("lost+found")).unwrap();
    fs::create_dir_all(context.folders.builds().join(".keep")).unwrap();
    let swept = context.sweep(&[]);
    assert_eq!(swept.left.len(), 1);
    assert_eq!(swept.left[0].path, stranger);
    assert!(stranger.exists());
    assert_eq!(list(&context.folders.builds()), [".keep"]);
}

#[test]
fn a_build_of_a_hive_with_other_data_is_not_swept() {
    let context = TestContext::new();
    let folders = Folders::new(context.outside("other"), context.folders.cache());
    let other = Store::open(&folders).unwrap();
    let staging = other.stage(&job("theirs")).unwrap();
    fs::write(staging.build().unwrap().join("x"), "").unwrap();
    assert_eq!(context.sweep(&[]).builds, 0);
    assert!(staging.build().unwrap().join("x").exists());
    drop(staging);
    assert_eq!(list(&folders.builds()), [""; 0]);
}

#[test]
fn a_deletion_that_was_interrupted_is_finished() {
    let context = TestContext::new();
    let object = context.commit("job");
    chmod(&object, 0o755);
    fs::rename(&object, context.folders.store().join(".staging/.removed-1-2-3")).unwrap();
    write(&context.folders.builds().join(".removed-4"), "x", "", 0o644);
    assert!(context.sweep(&[]).left.is_empty());
    assert_eq!(context.staged(), [""; 0]);
    assert_eq!(list(&context.folders.builds()), [""; 0]);
}

#[test]
fn many_install_while_many_sweep() {
    let context = TestContext::new();
    let catalogued = Mutex::new(BTreeSet::new());
    let is = |name: &str| Ok(catalogued.lock().unwrap().contains(name));
    let installing = AtomicBool::new(true);
    thread::scope(|scope| {
        let sweepers: Vec<_> = (0..3)
            .map(|_| {
                scope.spawn(|| {
                    let mut sweeps = 0;
                    while installing.load(Ordering::Relaxed) {
                        let swept = context.store.sweep(&is).unwrap();
                        assert!(swept.objects.is_empty() && swept.staging == 0, "{swept:?}");
                        assert!(swept.left.is_empty() && swept.builds == 0, "{swept:?}");
                        sweeps += 1;
                    }
                    sweeps
                })
            })
            .collect();
        let install = |who: usize| {
            for round in 0..15 {
                let worker = format!("worker-{who}");
                let _lock = loop {
                    // A sweep may hold it for a moment.
                    if let Some(lock) = context.store.lock_worker(&worker).unwrap() {
                        break lock;
                    }
                    thread::yield_now();
                };
                let staging = context.fill(&format!("job-{who}"));
                fs::write(staging.build().unwrap().join("x"), "").unwrap();
                write(staging.tree(), "usr/round", &format!("{who} {round}"), 0o644);
                let name = worker.parse().unwrap();
                let sealed = staging.seal(&name, &"1-1".parse().unwrap(), "inputs").unwrap();
                let object = sealed.object_name().to_string();
                sealed.commit(&[]).unwrap();
                catalogued.lock().unwrap().insert(object);
            }
        };
        let installers: Vec<_> = (0..4).map(|who| scope.spawn(move || install(who))).collect();
        for installer in installers {
            installer.join().unwrap();
        }
        installing.store(false, Ordering::Relaxed);
        for sweeper in sweepers {
            assert!(sweeper.join().unwrap() > 0);
        }
    });
    let objects = context.store.objects().unwrap();
    assert_eq!(objects.len(), 60);
    for object in objects {
        assert_eq!(context.damage(&context.folders.store().join(object.as_str())), []);
    }
    assert_eq!(context.staged(), [""; 0]);
}

#[test]
fn processes_that_delete_the_same_do_not_stumble() {
    let context = TestContext::new();
    for round in 0..5 {
        let doomed = context.folders.store().join(format!(".staging/.removed-{round}"));
        for i in 0..200 {
            write(&doomed, &format!("{}/{}/{i}", i % 7, i % 5), "", 0o444);
        }
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| assert!(context.sweep(&[]).left.is_empty()));
            }
        });
        assert_eq!(context.staged(), [""; 0]);
    }
}
