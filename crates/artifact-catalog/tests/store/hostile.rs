//! What the functions of a recipe may leave behind, by accident or on purpose.

use std::{
    os::unix::{
        fs::{MetadataExt as _, symlink},
        net::UnixListener,
    },
    path::Path,
    process::Command,
};

use fs_err as fs;
use rbee_hive_artifact_catalog::{StoreError, store::ObjectName};

use crate::context::{TestContext, chmod, mode, seal, try_seal, write};

#[test]
fn what_no_package_may_have_is_refused_by_name() {
    type Change = fn(&Path);
    let cases: [(&str, Change); 5] = [
        ("usr/pipe", |tree| {
            let made = Command::new("mkfifo").arg(tree.join("usr/pipe")).status();
            assert!(made.unwrap().success());
        }),
        ("usr/socket", |tree| {
            // The path of a socket must be short, so it is made elsewhere.
            let folder = tempfile::tempdir_in("/tmp").unwrap();
            UnixListener::bind(folder.path().join("s")).unwrap();
            fs::rename(folder.path().join("s"), tree.join("usr/socket")).unwrap();
        }),
        ("usr/a%0Ab", |tree| write(tree, "usr/a\nb", "", 0o644)),
        (".INSTALL", |tree| write(tree, ".INSTALL", "", 0o644)),
        (".rbee", |tree| write(tree, ".rbee/manifest.json", "{}", 0o644)),
    ];
    let context = TestContext::new();
    for (name, change) in cases {
        let staging = context.fill("job");
        change(staging.tree());
        match try_seal(staging).unwrap_err() {
            StoreError::Refused { path, .. } => assert_eq!(path, Path::new(name)),
            other => panic!("{name}: {other}"),
        }
        assert_eq!(context.staged(), [""; 0], "{name}");
    }
}

#[test]
fn set_user_id_bits_are_lost() {
    let context = TestContext::new();
    let staging = context.fill("job");
    chmod(&staging.tree().join("usr/bin/server"), 0o6755);
    chmod(&staging.tree().join("usr/empty"), 0o3777);
    let object = seal(staging).commit(&[]).unwrap();
    assert_eq!(mode(&object.join("usr/bin/server")), 0o555);
    assert_eq!(mode(&object.join("usr/empty")), 0o555);
    assert_eq!(context.damage(&object), []);
}

#[test]
fn links_are_kept_and_never_followed() {
    let context = TestContext::new();
    write(&context.outside("precious"), "file", "precious", 0o640);
    let precious = context.outside("precious");
    let before = fs::metadata(precious.join("file")).unwrap();

    let staging = context.fill("job");
    symlink(&precious, staging.tree().join("usr/folder")).unwrap();
    symlink(precious.join("file"), staging.tree().join("usr/file")).unwrap();
    symlink("/nowhere", staging.tree().join("usr/dangling")).unwrap();
    symlink("loop", staging.tree().join("usr/loop")).unwrap();
    symlink(&precious, staging.tree().join("opt")).unwrap();
    let sealed = seal(staging);
    let members = &sealed.manifest().entries;
    assert!(members.iter().all(|entry| !entry.path.contains("folder/")), "{members:?}");
    let object = sealed.commit(&[]).unwrap();
    assert_eq!(fs::read_link(object.join("opt")).unwrap(), precious);
    assert_eq!(context.damage(&object), []);
    let name = ObjectName::of(&object).unwrap();
    assert!(context.store.remove(&name).unwrap() > 0);

    let after = fs::metadata(precious.join("file")).unwrap();
    assert_eq!(
        (after.mode(), after.mtime(), after.ino()),
        (before.mode(), before.mtime(), before.ino())
    );
    assert_eq!(fs::read_to_string(precious.join("file")).unwrap(), "precious");
}

#[test]
fn a_file_that_is_linked_from_outside_is_copied() {
    let context = TestContext::new();
    let staging = context.fill("job");
    let outside = context.outside("source");
    fs::write(&outside, "original").unwrap();
    chmod(&outside, 0o640);
    fs::hard_link(&outside, staging.tree().join("usr/lib/linked")).unwrap();
    fs::hard_link(staging.tree().join("usr/lib/data"), staging.tree().join("usr/twin")).unwrap();
    let object = seal(staging).commit(&[]).unwrap();
    fs::write(&outside, "changed").unwrap();
    assert_eq!(mode(&outside), 0o640);
    assert_eq!(fs::read_to_string(object.join("usr/lib/linked")).unwrap(), "original");
    assert_eq!(context.damage(&object), []);
    let inode = |path| fs::metadata(object.join(path)).unwrap().ino();
    assert_eq!(inode("usr/lib/data"), inode("usr/twin"), "links within stay links");
}

#[test]
fn what_a_recipe_closed_is_opened() {
    let context = TestContext::new();
    let staging = context.fill("job");
    write(staging.tree(), "usr/closed/file", "x", 0o000);
    chmod(&staging.tree().join("usr/closed"), 0o000);
    chmod(&staging.tree().join("usr"), 0o111);
    chmod(staging.tree(), 0o000);
    let object = seal(staging).commit(&[]).unwrap();
    assert_eq!(fs::read_to_string(object.join("usr/closed/file")).unwrap(), "x");
    assert_eq!(context.damage(&object), []);
}

#[test]
fn the_deepest_folders_are_refused_and_deleted() {
    let context = TestContext::new();
    let staging = context.stage("job");
    let mut folder =
        rustix::fs::open(staging.tree(), rustix::fs::OFlags::RDONLY, rustix::fs::Mode::empty())
            .unwrap();
    for _ in 0..3000 {
        rustix::fs::mkdirat(&folder, "d", 0o700.into()).unwrap();
        let flags = rustix::fs::OFlags::RDONLY | rustix::fs::OFlags::DIRECTORY;
        folder = rustix::fs::openat(&folder, "d", flags, rustix::fs::Mode::empty()).unwrap();
    }
    let refused = try_seal(staging).unwrap_err();
    assert!(matches!(refused, StoreError::Refused { .. }), "{refused}");
    assert_eq!(context.staged(), [""; 0]);
}
