//! `worker export`: a package that is the same as makepkg's, and that pacman installs.

use super::context::{TestContext, document, failure, listing, member, program, succeeds};

#[test]
fn pacman_installs_it_and_finds_no_altered_file() {
    let hive = TestContext::new();
    let engine = hive.export("data", "engine.pkg.tar.zst", "engine");
    let data = hive.export("data", "data.pkg.tar.gz", "engine-data");
    let told = hive.pacman(&format!(
        "pacman -U --noscriptlet --nodeps --nodeps '{}' '{}' >&2; pacman -Qkk; pacman -Qi engine; \
         stat -c '%a %h %u:%g %n' usr/bin/engine 'usr/share/engine/empty folder'; \
         readlink 'usr/bin/absolute link'; cat usr/share/engine/readonly",
        engine.display(),
        data.display()
    ));
    let lines: Vec<_> = told.lines().collect();
    assert!(lines[0].starts_with("engine: ") && lines[0].ends_with(", 0 altered files"), "{told}");
    assert!(lines[1].starts_with("engine-data: ") && lines[1].ends_with(", 0 altered files"));
    for line in [
        "Version         : 2:1.2-3",
        "Description     : The engine itself",
        "Licenses        : MIT  custom:two words",
        "Provides        : engine-alias=1  libengine.so=3-64",
        "Depends On      : glibc>=2  libc.so=6-64  bash",
        "Install Script  : Yes",
        "4755 2 0:0 usr/bin/engine",
        "1777 2 0:0 usr/share/engine/empty folder",
        "/usr/bin/engine",
    ] {
        assert!(lines.contains(&line), "{line} is not in\n{told}");
    }
    assert!(told.ends_with("secret"), "{told}");
}

#[test]
fn it_is_what_makepkg_makes() {
    let hive = TestContext::new();
    let peer = hive.makepkg();
    let said = |file: &std::path::Path| {
        let info = member(file, ".PKGINFO");
        info.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect::<Vec<_>>()
    };
    for (package, architecture) in [("engine", "x86_64"), ("engine-data", "any")] {
        let ours = hive.export("data", &format!("{package}.pkg.tar.xz"), package);
        let theirs = peer.join(format!("{package}-2:1.2-3-{architecture}.pkg.tar.xz"));
        assert_eq!(listing(&ours), listing(&theirs), "{package}");
        assert_eq!(said(&ours), said(&theirs), "{package}");
    }
}

#[test]
fn two_builds_in_two_folders_give_the_same_bytes() {
    let hive = TestContext::new();
    let first = hive.export("data", "first.pkg.tar.zst", "engine");
    let second = hive.export("elsewhere/data", "second.pkg.tar.zst", "engine");
    let bytes = fs_err::read(&first).unwrap();
    assert!(bytes == fs_err::read(&second).unwrap(), "two builds differ");
    let again = hive.export("data", "first.pkg.tar.zst", "engine");
    assert!(bytes == fs_err::read(again).unwrap(), "two exports differ");
}

/// fakeroot's daemon is told of a mode without an answer, and ends with what it has not come to yet.
#[test]
fn a_mode_that_is_set_at_the_last_moment_is_not_lost() {
    let hive = TestContext::new();
    // The daemon stands still while it is told, until the function has ended.
    let text = r#"
pkgname=engine
pkgver=1
pkgrel=1
arch=(any)
_worker_entrypoint=usr/bin/engine
package() {
  install -Dm755 /dev/stdin "$pkgdir/usr/bin/engine" <<<'#!/bin/sh'
  install -Dm644 /dev/null "$pkgdir/usr/share/last"
  local each daemon=
  for each in /proc/[0-9]*; do
    [[ $(<"$each/comm") != faked* ]] || daemon=${each#/proc/}
  done
  { sleep 1.5; kill -CONT "$daemon"; } &
  sleep 0.5
  python3 -c 'import os, signal, sys
os.kill(int(sys.argv[1]), signal.SIGSTOP)
os.chmod(sys.argv[2], 0o400)
os._exit(0)' "$daemon" "$pkgdir/usr/share/last"
}
"#;
    fs_err::write(hive.path("engine/PKGBUILD"), text).unwrap();
    let members = listing(&hive.export("data", "x.pkg.tar", "engine"));
    let last = members.iter().find(|line| line.ends_with("usr/share/last")).unwrap();
    assert!(last.starts_with("-r--------"), "{last}");
}

#[test]
fn each_suffix_is_what_it_says_and_others_are_refused() {
    let hive = TestContext::new();
    let plain = listing(&hive.export("data", "x.pkg.tar", "engine"));
    for (suffix, magic) in [
        ("zst", &b"\x28\xb5\x2f\xfd"[..]),
        ("xz", b"\xfd7zXZ"),
        ("gz", b"\x1f\x8b"),
        ("bz2", b"BZh"),
    ] {
        let file = hive.export("data", &format!("x.pkg.tar.{suffix}"), "engine");
        assert!(fs_err::read(&file).unwrap().starts_with(magic), "{suffix}");
        assert_eq!(listing(&file), plain, "{suffix}");
    }
    let (code, told) =
        failure(&hive.run(&["worker", "export", "engine", "-o", &hive.text("x.zip")]));
    assert_eq!(code, Some(2));
    assert!(told.contains("x.zip is no name of a package file; it ends in .pkg.tar"), "{told}");
}

#[test]
fn the_package_with_the_executable_is_meant_unless_another_is_named() {
    let hive = TestContext::new();
    succeeds(&hive.run(&["worker", "install", "--recipe", &hive.text("engine")]));
    let folder = hive.folder.path().to_str().unwrap();
    let exported = document(&hive.run(&["--json", "worker", "export", "engine", "-o", folder]));
    let path = hive.text("engine-2:1.2-3-x86_64.pkg.tar.zst");
    assert_eq!((&exported["path"], &exported["package"]), (&path.into(), &"engine".into()));
    let sum = succeeds(&program("sha256sum", &[exported["path"].as_str().unwrap()]));
    assert!(sum.starts_with(exported["sha256"].as_str().unwrap()), "{sum} {exported}");

    let other = ["worker", "export", "engine", "-o", folder, "--package", "engin"];
    let (code, told) = failure(&hive.run(&other));
    assert_eq!(code, Some(3));
    assert!(told.contains("has no package engin; it has engine, engine-data"), "{told}");
    let (code, _) = failure(&hive.run(&["worker", "export", "engine", "-o", "/nowhere/x.pkg.tar"]));
    assert_eq!(code, Some(9));
}

#[test]
fn a_damaged_worker_is_not_exported() {
    let hive = TestContext::new();
    succeeds(&hive.run(&["worker", "install", "--recipe", &hive.text("engine")]));
    let worker = document(&hive.run(&["--json", "worker", "show", "engine"]));
    let file = format!("{}/usr/lib/libengine.so.3", worker["path"].as_str().unwrap());
    let mut bytes = fs_err::read(&file).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs_err::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    fs_err::write(&file, bytes).unwrap();
    let target = hive.text("x.pkg.tar.zst");
    let (code, told) = failure(&hive.run(&["worker", "export", "engine", "-o", &target]));
    assert_eq!(code, Some(9));
    assert!(told.contains("usr/lib/libengine.so.3 of engine:cpu@2:1.2-3 is not what"), "{told}");
    let left = fs_err::read_dir(hive.folder.path()).unwrap().flatten();
    let left: Vec<_> = left.map(|e| e.file_name().into_string().unwrap()).collect();
    assert!(!left.iter().any(|name| name.contains("pkg") || name.starts_with('.')), "{left:?}");
}
