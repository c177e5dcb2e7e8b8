//! `recipe checksums`, over a recipe with sources of every kind.

use std::{os::unix::fs::PermissionsExt, path::PathBuf, process::Command};

use crate::context::{TestContext, document, stdout};

/// A recipe's folder with a file beside the PKGBUILD, and a repository with a tag.
fn folder(hive: &TestContext) -> PathBuf {
    let folder = hive.folder.path().join("recipe");
    fs_err::create_dir(&folder).unwrap();
    fs_err::write(folder.join("fix.patch"), "fix\n").unwrap();
    fs_err::write(folder.join("other.patch"), "other\n").unwrap();
    folder
}

fn shell(folder: &std::path::Path, script: &str) -> String {
    let output = Command::new("bash").args(["-ec", script]).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn sums_are_written_in_place_and_only_once() {
    let hive = TestContext::new();
    let folder = folder(&hive);
    let sum = |file: &str, kind: &str| shell(&folder, &format!("{kind}sum {file} | cut -d' ' -f1"));
    let repository = hive.folder.path().join("upstream");
    fs_err::create_dir(&repository).unwrap();
    shell(
        &repository,
        "git init -qb main . && echo x >f && git add f && \
         git -c user.name=t -c user.email=t@t commit -qm one && git tag v1",
    );
    let archive = shell(&repository, "git archive --format=tar v1 | sha256sum | cut -d' ' -f1");
    let url = repository.display();
    let recipe = |fix: &str, tar: &str, arm: &str, md5: &str| {
        format!(
            "# A comment: sha256sums=(none)\n\
             pkgname=x\npkgver=1\npkgrel=1\narch=(x86_64 aarch64)\n\
             source=(fix.patch   # the fix\n        \
                     other.patch.sig\n        \
                     git+file://{url}#tag=v1\n        \
                     a::git+file://{url}#branch=main\n        \
                     b::git+file://{url}#tag=v1)\n\
             sha256sums=('{fix}' # its sum\n            \
                         'SKIP'\n            \
                         \"{tar}\"\n            \
                         SKIP  # a branch\n            \
                         'SKIP')\n\
             source_aarch64=(other.patch)\n\
             sha256sums_aarch64=({arm})\n\
             md5sums_aarch64=({md5})\n\
             package() {{\n  local sha256sums=(1)\n}}\n"
        )
    };
    let zeros = "0".repeat(64);
    let pkgbuild = folder.join("PKGBUILD");
    fs_err::write(&pkgbuild, recipe("SKIP", &zeros, &zeros, "SKIP")).unwrap();
    fs_err::set_permissions(&pkgbuild, std::fs::Permissions::from_mode(0o640)).unwrap();

    let path = folder.to_str().unwrap();
    let output = hive.run(&["recipe", "checksums", path, "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let (fix, other) = (sum("fix.patch", "sha256"), sum("other.patch", "sha256"));
    let expected = recipe(&fix, &archive, &other, &sum("other.patch", "md5"));
    assert_eq!(fs_err::read_to_string(&pkgbuild).unwrap(), expected);
    assert_eq!(fs_err::metadata(&pkgbuild).unwrap().permissions().mode() & 0o7777, 0o640);
    let changes = document(&output)["changes"].as_array().unwrap().clone();
    assert_eq!(changes.len(), 4, "{changes:#?}");
    assert_eq!(changes[0]["array"], "sha256sums");
    assert_eq!((&changes[0]["before"], &changes[0]["now"]), (&"SKIP".into(), &fix.into()));

    let before = fs_err::metadata(&pkgbuild).unwrap().modified().unwrap();
    let again = hive.run(&["recipe", "checksums", path]);
    assert_eq!((again.status.code(), stdout(&again).as_str()), (Some(0), ""));
    assert!(String::from_utf8_lossy(&again.stderr).contains("every sum is right"));
    assert_eq!(fs_err::metadata(&pkgbuild).unwrap().modified().unwrap(), before);
    let mut names: Vec<_> =
        fs_err::read_dir(&folder).unwrap().map(|e| e.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["PKGBUILD", "fix.patch", "other.patch"]);
}

#[test]
fn a_missing_array_is_put_in_and_a_short_one_made_longer() {
    let hive = TestContext::new();
    let folder = folder(&hive);
    let pkgbuild = folder.join("PKGBUILD");
    let path = folder.to_str().unwrap();
    let head = "pkgname=x\npkgver=1\npkgrel=1\narch=(any)\nsource=(fix.patch)\n";
    fs_err::write(&pkgbuild, format!("{head}package() {{ :; }}\n")).unwrap();
    let output = hive.run(&["recipe", "checksums", path]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let told = stdout(&output);
    assert!(told.starts_with("sha256sums fix.patch: nothing -> "), "{told}");
    let fix = shell(&folder, "sha256sum fix.patch | cut -d' ' -f1");
    let expected = format!("{head}sha256sums=('{fix}')\npackage() {{ :; }}\n");
    assert_eq!(fs_err::read_to_string(&pkgbuild).unwrap(), expected);

    let longer = expected.replace("(fix.patch)", "(fix.patch other.patch)");
    fs_err::write(&pkgbuild, &longer).unwrap();
    assert_eq!(hive.run(&["recipe", "checksums", path]).status.code(), Some(0));
    let other = shell(&folder, "sha256sum other.patch | cut -d' ' -f1");
    let expected = longer.replace("')\npack", &format!("'\n            '{other}')\npack"));
    assert_eq!(fs_err::read_to_string(&pkgbuild).unwrap(), expected);
}

#[test]
fn what_is_not_plain_is_refused_and_left_alone() {
    let hive = TestContext::new();
    let folder = folder(&hive);
    let pkgbuild = folder.join("PKGBUILD");
    let path = folder.to_str().unwrap();
    for (sums, says) in [
        ("_sum=SKIP\nsha256sums=($_sum)", "computed"),
        ("sha256sums=()\nsha256sums+=(SKIP)", "+="),
        ("if true; then\n  sha256sums=(SKIP)\nfi", "condition"),
        ("[[ $CARCH == x86_64 ]] && sha256sums=(SKIP) || sha256sums=(SKIP)", "condition"),
        ("eval 'sha256sums=(SKIP)'", "computed"),
        ("sha256sums=({SKIP,})", "computed"),
    ] {
        let text = format!(
            "pkgname=x\npkgver=1\npkgrel=1\narch=(any)\nsource=(fix.patch)\n{sums}\n\
             package() {{ :; }}\n"
        );
        fs_err::write(&pkgbuild, &text).unwrap();
        let output = hive.run(&["recipe", "checksums", path]);
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(4), "{sums}: {told}");
        assert!(told.contains("sha256sums") && told.contains(says), "{sums}: {told}");
        assert_eq!(fs_err::read_to_string(&pkgbuild).unwrap(), text);
    }
    fs_err::write(&pkgbuild, "pkgname=x\npkgver=1\npkgrel=1\narch=(any)\nsource=(none)\n").unwrap();
    assert_eq!(hive.run(&["recipe", "checksums", path]).status.code(), Some(5));
    assert_eq!(hive.run(&["recipe", "checksums", "/no/such"]).status.code(), Some(3));
}
