//! Packages that are damaged, altered or made to do harm: nothing of them is installed.

use std::path::PathBuf;

use super::context::{TestContext, as_root, document, failure, program, succeeds};

/// Makes a package of members that are written down, with an `.MTREE` that lists them as they are:
/// what a package looks like that somebody made by hand.
const FORGE: &str = include_str!("forge.py");

fn forge(hive: &TestContext, members: &str) -> PathBuf {
    let file = hive.path("forged.pkg.tar.gz");
    succeeds(&program("python3", &["-c", FORGE, file.to_str().unwrap(), members]));
    file
}

/// Imports, and checks that nothing came of it.
fn refused(hive: &TestContext, file: &str, code: i32, reason: &str) {
    let (found, told) = failure(&hive.run(&["worker", "import", file]));
    assert!(found == Some(code) && told.contains(reason), "{file}: {found:?}, {told}\n{reason}");
    assert_eq!(document(&hive.run(&["--json", "worker", "list"])), serde_json::json!([]));
    for (folder, left) in [("data/store", 1), ("data/store/.staging", 0)] {
        assert_eq!(fs_err::read_dir(hive.path(folder)).unwrap().count(), left, "{folder}");
    }
}

#[test]
fn a_package_that_was_made_by_hand_is_fine_if_it_is_sound() {
    let hive = TestContext::new();
    let file = forge(&hive, "dir usr\ndir usr/bin\nfile usr/bin/x 755 exit 7");
    succeeds(&hive.run(&["worker", "import", file.to_str().unwrap()]));
    assert_eq!(hive.run(&["worker", "run", "forged"]).status.code(), Some(7));
}

#[test]
fn a_member_that_leads_elsewhere_is_refused() {
    let hive = TestContext::new();
    let outside = hive.text("outside");
    for (members, reason) in [
        ("file ../evil 644 x", "its path leads up"),
        ("file usr/../../evil 644 x", "its path leads up"),
        ("file /etc/evil 644 x", "its path is absolute"),
        ("dir usr\nlink usr/lib ../../out", "it is a link that leads out of the package"),
        (
            &format!("dir usr\nlink usr/lib {outside}\nfile usr/lib/x 644 x"),
            "leads out of the folder",
        ),
        ("hard x ../../../../etc/passwd", "its path leads up"),
        ("hard x /etc/passwd", "its path is absolute"),
        ("hard x etc/passwd", "it is a hard link to something else"),
        ("device dev", "is of the type char, which no package may have"),
        ("device-as-file dev", "it is a device"),
        ("fifo pipe", "which no package may have"),
        ("file .rbee 644 x", "may not start with a dot"),
        ("file a 644 x\nfile a 644 x", "a is listed twice"),
        ("file a 644 x\nagain a", "it is in the archive twice"),
    ] {
        let file = forge(&hive, members);
        refused(&hive, file.to_str().unwrap(), 5, reason);
    }
    assert!(!hive.path("outside").exists());
}

#[test]
fn a_package_that_is_not_what_its_mtree_says_is_refused() {
    let hive = TestContext::new();
    let file = hive.export("built", "engine.pkg.tar.gz", "engine");
    let altered = hive.text("altered.pkg.tar.gz");
    let tampered = |script: &str| {
        let script = format!(
            "set -e; cd '{0}'; [[ ! -e x ]] || chmod -R u+w x; rm -rf x times; mkdir x; bsdtar -xpf '{1}' -C x; cd x; \
             touch -r .BUILDINFO ../before; {script}; \
             [[ -e ../times ]] || find . -mindepth 1 -exec touch -h -r ../before {{}} +; \
             bsdtar -czf '{altered}' --uid 0 --gid 0 --uname root --gname root .[A-Z]* *",
            hive.folder.path().display(),
            file.display()
        );
        succeeds(&as_root(&script));
    };
    tampered(":");
    succeeds(&hive.run_in("fine", &["worker", "import", &altered]));
    for (script, reason) in [
        ("printf y >usr/share/engine/-dash", "usr/share/engine/-dash in"),
        (
            "printf y >usr/share/engine/-dash",
            "its sha256 is a1fce4363854ff888cff4b8e7875d600c2682390412a8cf79b37d0b11148b0fa, expected 2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881",
        ),
        ("printf xx >usr/share/engine/-dash", "its size is 2, expected 1"),
        ("chmod 755 usr/share/engine/-dash", "its mode is 755, expected 644"),
        ("ln -sf evil usr/lib/libengine.so", "its target is evil, expected libengine.so.3"),
        ("rm usr/share/engine/-dash", "usr/share/engine/-dash is in the .MTREE of"),
        ("echo >usr/share/engine/more", "usr/share/engine/more is in"),
        ("touch ../times; touch -d @7 usr/share/engine/-dash", "its time is 7, expected"),
        ("touch ../times; touch -d @7 .BUILDINFO", ".BUILDINFO in"),
        ("chmod 4755 .PKGINFO", "its mode is 4755, expected 644"),
        ("echo '# x' >>.PKGINFO", ".PKGINFO in"),
        ("rm etc/engine.conf; mkdir etc/engine.conf", "it is a folder, expected a file"),
        ("rm .MTREE", "it has no .MTREE"),
        ("rm .PKGINFO", "it has no .PKGINFO"),
        ("echo no gzip >.MTREE", "it cannot be decompressed"),
    ] {
        tampered(script);
        refused(&hive, &altered, 5, reason);
    }
}

#[test]
fn a_package_that_is_cut_off_is_refused() {
    let hive = TestContext::new();
    for suffix in ["zst", "xz", "gz", "bz2"] {
        let file = hive.export("built", &format!("engine.pkg.tar.{suffix}"), "engine");
        let bytes = fs_err::read(&file).unwrap();
        for length in [bytes.len() / 2, bytes.len() * 9 / 10] {
            fs_err::write(&file, &bytes[..length]).unwrap();
            refused(&hive, file.to_str().unwrap(), 5, "engine.pkg.tar");
        }
    }
}

#[test]
fn what_is_no_package_or_not_for_this_host_says_so() {
    let hive = TestContext::new();
    refused(&hive, &hive.text("none.pkg.tar.zst"), 3, "there is no package file");
    refused(&hive, &hive.text("engine/PKGBUILD"), 5, "is no package: it is no tar");
    refused(&hive, &hive.text("engine"), 5, "is no package");
    let file = forge(&hive, "arch riscv64\nfile x 644 x");
    refused(
        &hive,
        file.to_str().unwrap(),
        4,
        "the package forged is for riscv64, and this host is",
    );
}

#[test]
fn a_disk_that_takes_no_more_is_no_fault_of_the_package() {
    let hive = TestContext::new();
    let members = "dir usr\ndir usr/bin\nfile usr/bin/x 755 exit 7\nzeros usr/data 4000000";
    let file = forge(&hive, members);
    // No file may become larger than 1 MiB, as if the disk were full. The database needs less.
    let script = "trap '' XFSZ; ulimit -f 1024; exec \"$@\"";
    let import = [env!("CARGO_BIN_EXE_rbee-hive"), "worker", "import", file.to_str().unwrap()];
    let (code, told) = failure(
        &std::process::Command::new("bash")
            .args(["-c", script, "bash"])
            .args(import)
            .env("HIVE_DATA_DIR", hive.path("data"))
            .env("HIVE_CACHE_DIR", hive.path("data/cache"))
            .output()
            .unwrap(),
    );
    assert_eq!(code, Some(9), "{told}");
    assert!(told.contains("failed to write what is in the package to the store"), "{told}");
}
