//! What is committed is complete, read-only and named by its content.

use std::{
    collections::BTreeSet,
    ffi::OsStr,
    os::unix::{
        ffi::OsStrExt as _,
        fs::{MetadataExt as _, symlink},
    },
    path::Path,
};

use fs_err as fs;
use rbee_hive_artifact_catalog::{
    StoreError,
    store::{Content, ObjectName},
};

use crate::context::{TestContext, chmod, mode, seal, write};

#[test]
fn what_was_committed_is_read_only_and_complete() {
    let context = TestContext::new();
    let sealed = seal(context.fill("job"));
    let (digest, path) = (sealed.digest().to_owned(), sealed.path());
    assert_eq!(sealed.size(), 14);
    assert!(sealed.object_name().as_str().ends_with("-my-server-1_2.0-1"));
    assert!(!path.exists(), "nothing can be seen before the commit");
    let record = format!("{{\"digest\":\"{digest}\"}}");
    let object =
        sealed.commit(&[("worker.json", record.as_bytes()), ("PKGBUILD", b"pkgname=x")]).unwrap();

    assert_eq!(object, path);
    assert_eq!(context.store.objects().unwrap(), [ObjectName::of(&object).unwrap()]);
    assert_eq!(context.store.record(&object, "worker.json").unwrap(), record.as_bytes());
    assert_eq!(context.store.record(&object, "PKGBUILD").unwrap(), b"pkgname=x");
    assert_eq!(context.store.manifest(&object).unwrap().digest(), digest);
    assert_eq!(fs::read_to_string(object.join("usr/bin/server")).unwrap(), "#!/bin/sh\n");
    assert_eq!(context.damage(&object), []);
    for (path, expected) in [
        ("", 0o555),
        ("usr", 0o555),
        ("usr/empty", 0o555),
        ("usr/bin/server", 0o555),
        ("usr/lib/data", 0o444),
        (".rbee", 0o555),
        (".rbee/worker.json", 0o444),
        (".rbee/manifest.json", 0o444),
    ] {
        assert_eq!(mode(&object.join(path)), expected, "{path}");
    }
    for path in ["", "usr", "usr/lib", "usr/lib/data", "usr/lib/link", "usr/bin/server"] {
        assert_eq!(fs::symlink_metadata(object.join(path)).unwrap().mtime(), 1, "{path}");
    }
    assert_eq!(context.staged(), [""; 0]);
}

#[test]
fn a_data_folder_that_is_created_is_private() {
    let context = TestContext::new();
    assert_eq!(mode(context.folders.data()), 0o700);
}

#[test]
fn the_same_files_are_the_same_object() {
    let context = TestContext::new();
    let first = context.commit("first");
    let again = context.fill("again");
    chmod(&again.tree().join("usr/bin/server"), 0o711);
    chmod(&again.tree().join("usr/lib/data"), 0o600);
    chmod(&again.tree().join("usr/empty"), 0o700);
    let object = seal(again).commit(&[("worker.json", b"{\"second\":true}")]).unwrap();
    assert_eq!(object, first);
    assert_eq!(context.store.record(&first, "worker.json").unwrap(), b"{}", "the first stays");
    assert_eq!(context.store.objects().unwrap().len(), 1);
    assert_eq!(context.staged(), [""; 0]);
}

#[test]
fn each_difference_gives_another_digest() {
    type Change = fn(&Path);
    let changes: [Change; 8] = [
        |_| {},
        |tree| write(tree, "usr/lib/data", "atad", 0o644),
        |tree| write(tree, "usr/lib/data", "data", 0o755),
        |tree| write(tree, "usr/lib/more", "", 0o644),
        |tree| fs::remove_dir(tree.join("usr/empty")).unwrap(),
        |tree| fs::rename(tree.join("usr/lib/data"), tree.join("usr/lib/tada")).unwrap(),
        |tree| {
            fs::remove_file(tree.join("usr/lib/link")).unwrap();
            symlink("/etc/passwd", tree.join("usr/lib/link")).unwrap();
        },
        |tree| {
            fs::remove_file(tree.join("usr/lib/link")).unwrap();
            write(tree, "usr/lib/link", "../bin/server", 0o644);
        },
    ];
    let context = TestContext::new();
    let digest = |change: Change| {
        let staging = context.fill("job");
        change(staging.tree());
        seal(staging).digest().to_owned()
    };
    let digests: BTreeSet<String> = changes.into_iter().map(digest).collect();
    assert_eq!(digests.len(), changes.len());
}

#[test]
fn a_name_that_is_not_text_survives() {
    let context = TestContext::new();
    let staging = context.fill("job");
    let names: [&[u8]; 4] = [b"caf\xe9", b"100%", b"tab\there", "größe".as_bytes()];
    for name in names {
        fs::write(staging.tree().join("usr").join(OsStr::from_bytes(name)), "x").unwrap();
    }
    let object = seal(staging).commit(&[]).unwrap();
    for name in names {
        assert!(object.join("usr").join(OsStr::from_bytes(name)).exists());
    }
    assert_eq!(context.damage(&object), []);
    let manifest = context.store.manifest(&object).unwrap();
    for path in ["usr/caf%E9", "usr/100%25", "usr/tab%09here", "usr/größe"] {
        assert!(manifest.entries.iter().any(|entry| entry.path == path), "{path}");
    }
}

#[test]
fn a_package_of_many_files_is_committed_whole() {
    let context = TestContext::new();
    let staging = context.stage("job");
    for i in 0..1500 {
        write(staging.tree(), &format!("usr/share/{}/{i}", i % 30), &i.to_string(), 0o644);
    }
    let object = seal(staging).commit(&[]).unwrap();
    assert_eq!(context.damage(&object), []);
    let files = |content: &Content| matches!(content, Content::File { .. });
    let manifest = context.store.manifest(&object).unwrap();
    assert_eq!(manifest.entries.iter().filter(|e| files(&e.content)).count(), 1500);
}

#[test]
fn a_record_whose_name_leads_elsewhere_changes_nothing() {
    let context = TestContext::new();
    let bad =
        ["../x", "/x", "a/../../x", "a/", "a//b", "a/.b", "", ".hidden", "manifest.json", "a\0b"];
    for name in bad {
        assert!(seal(context.fill("job")).commit(&[(name, b"x")]).is_err(), "{name:?}");
        assert_eq!(context.store.objects().unwrap(), []);
        assert_eq!(context.staged(), [""; 0]);
    }
}

#[test]
fn records_may_lie_in_folders() {
    let context = TestContext::new();
    let records: [(&str, &[u8]); 2] = [("packages/a/INFO", b"a"), ("packages/b@1/INFO", b"b")];
    let object = seal(context.fill("job")).commit(&records).unwrap();
    let names = |folder: &str| context.store.record_names(&object, folder).unwrap();
    assert_eq!(names("packages"), ["a", "b@1"]);
    assert_eq!(names("packages/a"), ["INFO"]);
    assert_eq!(names("nothing"), [""; 0]);
    assert_eq!(context.store.record(&object, "packages/b@1/INFO").unwrap(), b"b");
    assert_eq!(mode(&object.join(".rbee/packages/a")), 0o555);
    assert_eq!(context.damage(&object), []);
}

#[test]
fn names_that_are_too_long_together_are_refused() {
    let context = TestContext::new();
    let (name, version) = ("n".repeat(128), "1".repeat(126) + "-1");
    let sealed =
        context.fill("job").seal(&name.parse().unwrap(), &version.parse().unwrap(), "inputs");
    assert!(matches!(sealed, Err(StoreError::Name(_))));
    assert_eq!(context.staged(), [""; 0]);
}

#[test]
fn a_removed_object_is_gone_and_counted() {
    let context = TestContext::new();
    let object = context.commit("job");
    let name = ObjectName::of(&object).unwrap();
    let bytes = context.store.remove(&name).unwrap();
    assert!(bytes > 14 && bytes < 4096, "{bytes}: the files and their records");
    assert!(!object.exists());
    assert_eq!(context.staged(), [""; 0]);
    assert_eq!(context.store.remove(&name).unwrap(), 0);
}

#[test]
fn the_same_files_made_from_other_inputs_are_another_object() {
    let context = TestContext::new();
    let (name, version) = ("a".parse().unwrap(), "1-1".parse().unwrap());
    let object = |inputs: &str| {
        let sealed = context.fill("job").seal(&name, &version, inputs).unwrap();
        (sealed.digest().to_owned(), sealed.commit(&[]).unwrap())
    };
    let (first, again, other) = (object("one"), object("one"), object("two"));
    assert_eq!(first, again);
    assert_eq!(first.0, other.0, "the files are the same");
    assert_ne!(first.1, other.1);
    assert_eq!(context.store.verify(&other.1).unwrap(), []);
}
