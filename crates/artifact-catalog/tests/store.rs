//! The store, through its public interface: what is committed stays as it was, what is not
//! disappears, and nothing outside is touched. Passes as root and as an ordinary user.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{
    cell::Cell,
    collections::BTreeSet,
    ffi::OsStr,
    os::unix::{
        ffi::OsStrExt as _,
        fs::{MetadataExt as _, PermissionsExt as _, symlink},
        net::UnixListener,
    },
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use fs_err as fs;
use rbee_hive_artifact_catalog::{
    CatalogError, Folders, JobId, StoreError,
    store::{Content, DamageKind, ObjectName, Sealed, Staging, Store, Swept},
};

/// A store in a temporary folder.
struct TestContext {
    folder: tempfile::TempDir,
    folders: Folders,
    store: Store,
}

impl TestContext {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let folders = Folders::new(folder.path().join("data"), folder.path().join("cache"));
        let store = Store::open(&folders).unwrap();
        Self { folder, folders, store }
    }

    /// A path outside the store.
    fn outside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn stage(&self, name: &str) -> Staging {
        self.store.stage(&job(name)).unwrap()
    }

    /// A small package.
    fn fill(&self, name: &str) -> Staging {
        let staging = self.stage(name);
        write(staging.tree(), "usr/bin/server", "#!/bin/sh\n", 0o755);
        write(staging.tree(), "usr/lib/data", "data", 0o640);
        fs::create_dir_all(staging.tree().join("usr/empty")).unwrap();
        symlink("../bin/server", staging.tree().join("usr/lib/link")).unwrap();
        staging
    }

    fn commit(&self, name: &str) -> PathBuf {
        seal(self.fill(name)).commit(&[("worker.json", b"{}")]).unwrap()
    }

    fn sweep(&self, catalogued: &[&Path]) -> Swept {
        let names: Vec<_> = catalogued.iter().map(|path| path.file_name().unwrap()).collect();
        let is = |name: &str| Ok(names.contains(&OsStr::new(name)));
        self.store.sweep(&is).unwrap()
    }

    /// What lies in the staging folder.
    fn staged(&self) -> Vec<String> {
        list(&self.folders.store().join(".staging"))
    }

    fn damage(&self, object: &Path) -> Vec<(String, DamageKind)> {
        self.store.verify(object).unwrap().into_iter().map(|d| (d.path, d.what)).collect()
    }
}

fn job(name: &str) -> JobId {
    name.parse().unwrap()
}

fn seal(staging: Staging) -> Sealed {
    try_seal(staging).unwrap()
}

fn try_seal(staging: Staging) -> Result<Sealed, StoreError> {
    staging.seal(&"my-server".parse().unwrap(), &"1:2.0-1".parse().unwrap())
}

fn write(tree: &Path, path: &str, content: &str, mode: u32) {
    let path = tree.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, content).unwrap();
    chmod(&path, mode);
}

fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().mode() & 0o7777
}

fn list(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> =
        names.map(|e| e.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn what_was_committed_is_read_only_and_complete() {
    let context = TestContext::new();
    let sealed = seal(context.fill("job"));
    let (digest, path) = (sealed.digest().to_owned(), sealed.path());
    assert_eq!(sealed.size(), 14);
    assert_eq!(sealed.object_name().as_str(), format!("{}-my-server-1:2.0-1", &digest[..32]));
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
fn damage_is_named() {
    let context = TestContext::new();
    let object = context.commit("job");
    for folder in ["usr", "usr/bin", "usr/lib"] {
        chmod(&object.join(folder), 0o755);
    }
    chmod(&object.join("usr/bin/server"), 0o755);
    fs::write(object.join("usr/bin/server"), "#!/bin/sH\n").unwrap();
    chmod(&object.join("usr/lib/data"), 0o644);
    fs::remove_file(object.join("usr/lib/link")).unwrap();
    fs::write(object.join("usr/lib/new"), "").unwrap();
    for folder in ["usr/bin", "usr/lib"] {
        chmod(&object.join(folder), 0o555);
    }
    assert_eq!(
        context.damage(&object),
        [
            ("usr".to_owned(), DamageKind::WrongMode),
            ("usr/bin/server".to_owned(), DamageKind::Altered),
            ("usr/lib/data".to_owned(), DamageKind::WrongMode),
            ("usr/lib/link".to_owned(), DamageKind::Missing),
            ("usr/lib/new".to_owned(), DamageKind::Extra),
        ]
    );
    let first = context.store.verify(&object).unwrap().remove(1);
    assert_eq!(first.to_string(), "usr/bin/server was altered");
}

#[test]
fn a_damaged_manifest_is_damage() {
    let context = TestContext::new();
    let object = context.commit("job");
    let manifest = object.join(".rbee/manifest.json");
    chmod(&manifest, 0o644);
    chmod(&object.join(".rbee"), 0o755);
    let altered = |what| [(".rbee/manifest.json".to_owned(), what)];

    let other = fs::read_to_string(&manifest).unwrap().replace("usr/lib", "usr/bil");
    fs::write(&manifest, other).unwrap();
    assert_eq!(context.damage(&object), altered(DamageKind::Altered));
    fs::write(&manifest, "{").unwrap();
    assert_eq!(context.damage(&object), altered(DamageKind::Altered));
    assert!(matches!(context.store.manifest(&object), Err(StoreError::Manifest { .. })));
    fs::remove_file(&manifest).unwrap();
    assert_eq!(context.damage(&object), altered(DamageKind::Missing));
    let gone = object.with_file_name("0123456789abcdef0123456789abcdef-a-1-1");
    assert_eq!(context.damage(&gone), [(".".to_owned(), DamageKind::Missing)]);
}

#[test]
fn committing_again_repairs_a_damaged_object() {
    let context = TestContext::new();
    let object = context.commit("first");
    chmod(&object.join("usr/lib/data"), 0o644);
    fs::write(object.join("usr/lib/data"), "DATA").unwrap();
    assert_eq!(context.commit("again"), object);
    assert_eq!(fs::read_to_string(object.join("usr/lib/data")).unwrap(), "data");
    assert_eq!(context.damage(&object), []);
    assert_eq!(mode(&object), 0o555);
    assert_eq!(context.staged(), [""; 0]);
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
fn a_record_with_a_path_for_a_name_changes_nothing() {
    let context = TestContext::new();
    for name in ["../x", "a/b", "", ".hidden", "manifest.json"] {
        assert!(seal(context.fill("job")).commit(&[(name, b"x")]).is_err(), "{name:?}");
        assert_eq!(context.store.objects().unwrap(), []);
        assert_eq!(context.staged(), [""; 0]);
    }
}

#[test]
fn names_that_are_too_long_together_are_refused() {
    let context = TestContext::new();
    let (name, version) = ("n".repeat(128), "1".repeat(126) + "-1");
    let sealed = context.fill("job").seal(&name.parse().unwrap(), &version.parse().unwrap());
    assert!(matches!(sealed, Err(StoreError::Name(_))));
    assert_eq!(context.staged(), [""; 0]);
}

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
        .args(["--exact", "child", "--ignored"])
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
                let sealed = staging.seal(&name, &"1-1".parse().unwrap()).unwrap();
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
