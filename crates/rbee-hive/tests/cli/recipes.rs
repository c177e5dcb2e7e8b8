//! `recipe srcinfo` and `recipe lint`.

use serde_json::json;

use crate::context::{TestContext, document, stdout};

/// A recipe's folder with this PKGBUILD. The name of its folder is in what is printed.
fn recipe(hive: &TestContext, text: impl AsRef<[u8]>) -> String {
    let folder = hive.folder.path().join("engine");
    fs_err::create_dir_all(&folder).unwrap();
    fs_err::write(folder.join("PKGBUILD"), text).unwrap();
    folder.to_str().unwrap().to_owned()
}

const SPLIT: &str = r#"
pkgbase=engine
pkgname=(engine engine-docs)
pkgver=1.0
pkgrel=1
epoch=2
pkgdesc='  An   engine
  of two lines '
arch=(x86_64 aarch64)
license=(MIT '' "a  b")
depends=('glibc>=2.3')
depends_aarch64=(c)
source=("git+https://example.org/x.git?signed#tag=v$pkgver" "$startdir/x::file://$startdir/x")
sha256sums=(SKIP SKIP)
declare url=gone
for _i in 1 2; do provides+=("p$_i=$pkgver"); done
package_engine() {
  depends+=(d)
  pkgdesc+='!'
}
package_engine-docs() (
  depends=()
  arch=(any)
  provides=("$pkgname-x")
)
"#;

#[test]
fn srcinfo_has_every_field_in_its_place() {
    let hive = TestContext::new();
    let folder = recipe(&hive, SPLIT);
    let output = hive.run(&["recipe", "srcinfo", &folder]);
    assert_eq!(output.status.code(), Some(0));
    let real = fs_err::canonicalize(&folder).unwrap();
    let text = stdout(&output).replace(real.to_str().unwrap(), "DIR").replace('\t', "    ");
    insta::assert_snapshot!(text, @r#"
    pkgbase = engine
        pkgdesc = An engine of two lines
        pkgver = 1.0
        pkgrel = 1
        epoch = 2
        arch = x86_64
        arch = aarch64
        license = MIT
        license = 
        license = a b
        depends = glibc>=2.3
        provides = p1=1.0
        provides = p2=1.0
        source = git+https://example.org/x.git?signed#tag=v1.0
        source = DIR/x::file://DIR/x
        sha256sums = SKIP
        sha256sums = SKIP
        depends_aarch64 = c

    pkgname = engine
        pkgdesc = An engine of two lines !
        depends = glibc>=2.3
        depends = d

    pkgname = engine-docs
        arch = any
        provides = p1=1.0
        provides = p2=1.0
    "#);
}

#[test]
fn a_recipe_sees_the_files_beside_it_that_it_names() {
    let hive = TestContext::new();
    let text = "pkgname=a\npkgver=$(<VERSION)\npkgrel=1\n. ./common.sh\n\
                package() {\n  provides=(\"$pkgbase-x\")\n}\n";
    let folder = recipe(&hive, text);
    fs_err::write(format!("{folder}/VERSION"), "3.1\n").unwrap();
    fs_err::write(format!("{folder}/common.sh"), "arch=(any)\n").unwrap();
    let output = hive.run(&["recipe", "srcinfo", &folder]);
    let expected = "pkgbase = a\n\tpkgver = 3.1\n\tpkgrel = 1\n\tarch = any\n\npkgname = a\n\tprovides = a-x\n";
    assert_eq!(stdout(&output), expected);
}

#[test]
fn a_recipe_sees_the_script_that_it_names_through_a_variable() {
    let hive = TestContext::new();
    let text = "pkgname=a\npkgver=1\npkgrel=1\narch=(any)\n\
                if [ -e \"${pkgname}.install\" ]; then install=$pkgname.install; fi\n";
    let folder = recipe(&hive, text);
    let without = "pkgbase = a\n\tpkgver = 1\n\tpkgrel = 1\n\tarch = any\n\npkgname = a\n";
    assert_eq!(stdout(&hive.run(&["recipe", "srcinfo", &folder])), without);
    fs_err::write(format!("{folder}/a.install"), "").unwrap();
    let with = without.replace("\tarch", "\tinstall = a.install\n\tarch");
    assert_eq!(stdout(&hive.run(&["recipe", "srcinfo", &folder])), with);
}

#[test]
fn what_a_package_assigns_besides_a_field_is_global() {
    let hive = TestContext::new();
    let text = "pkgname=(a b)\npkgver=1\npkgrel=1\narch=(any)\ndepends=(base)\n\
                package_a() { conflicts=(x) provides+=(y); }\n\
                package_b() { license=(MIT) depends=(z); depends+=(w); }\n";
    let folder = recipe(&hive, text);
    let text = stdout(&hive.run(&["recipe", "srcinfo", &folder])).replace('\t', "    ");
    // As makepkg 6.0.2 prints it.
    insta::assert_snapshot!(text, @r"
    pkgbase = a
        pkgver = 1
        pkgrel = 1
        arch = any
        depends = base
        provides = y

    pkgname = a
        conflicts = x

    pkgname = b
        license = MIT
        depends = z
        depends = w
    ");
}

#[test]
fn srcinfo_keeps_bytes_and_what_the_recipe_says() {
    let hive = TestContext::new();
    let mut text = b"pkgname=a\npkgver=1\npkgrel=1\narch=(any)\npkgdesc='caf\xe9'\n".to_vec();
    text.extend_from_slice(b"printf 'one\\ntwo'\ntrap 'echo bye' EXIT\n");
    let folder = recipe(&hive, text);
    let output = hive.run(&["recipe", "srcinfo", &folder]);
    assert_eq!(output.status.code(), Some(0));
    let expected = b"one\ntwopkgbase = a\n\tpkgdesc = caf\xe9\n\tpkgver = 1\n\tpkgrel = 1\n\tarch = any\n\npkgname = a\nbye\n";
    assert_eq!(output.stdout, expected);
    assert!(String::from_utf8_lossy(&output.stderr).contains("must not have it"));
    let document = document(&hive.run(&["--json", "recipe", "srcinfo", &folder]));
    assert!(document["srcinfo"].as_str().unwrap().starts_with("pkgbase = a\n"));
}

#[test]
fn lint_shows_errors_and_warnings_where_they_are() {
    let hive = TestContext::new();
    let folder = recipe(
        &hive,
        "pkgname=a\npkgver=1-1\npkgrel=1\narch=(any)\noptions=(strip\n  fast)\nsource=('git+https://example.org/x#branch=main' https://example.org/y)\nmd5sums=(SKIP 0123456789abcdef0123456789abcdef)\n_worker_backends=(cpu gpu)\n_worker_network=(build)\n_worker_entrypoint=/usr/bin/a\npackage() {\n  pkgrel=2\n}\n",
    );
    let output = hive.run(&["recipe", "lint", &folder]);
    assert_eq!(output.status.code(), Some(4));
    let real = fs_err::canonicalize(&folder).unwrap();
    insta::assert_snapshot!(stdout(&output).replace(real.to_str().unwrap(), "DIR"), @r#"
    error[bad-version]: pkgver has the version "1-1" with a colon, slash, hyphen or white space
     --> DIR/PKGBUILD:2:8
      |
    2 | pkgver=1-1
      |        ^^^
      = help: put an underscore in its place; what stands before a colon is the epoch

    error[unknown-option]: options has the unknown option "fast"
     --> DIR/PKGBUILD:6:3
      |
    6 |   fast)
      |   ^^^^
      = help: take from strip docs libtool staticlibs emptydirs zipman purge debug lto autodeps buildflags makeflags ccache distcc, with a ! to switch one off

    error[unknown-backend]: _worker_backends has an unknown backend "gpu": one of cpu, cuda, rocm, vulkan, metal
     --> DIR/PKGBUILD:9:23
      |
    9 | _worker_backends=(cpu gpu)
      |                       ^^^
      = help: remove it

    error[network]: _worker_network names "build"
      --> DIR/PKGBUILD:10:18
       |
    10 | _worker_network=(build)
       |                  ^^^^^
       = help: only prepare may have the network: fetch there, or name the files in source

    error[bad-entrypoint]: _worker_entrypoint is "/usr/bin/a"
      --> DIR/PKGBUILD:11:20
       |
    11 | _worker_entrypoint=/usr/bin/a
       |                    ^^^^^^^^^^
       = help: write the path in the package, such as usr/bin/server

    error[not-an-override]: pkgrel of package a is set in the function of a package, which cannot change it
      --> DIR/PKGBUILD:13:3
       |
    13 |   pkgrel=2
       |   ^^^^^^
       = help: set it at the top level, or take another name, such as _pkgrel

    warning[unpinned-source]: source has x, which follows what its repository has on that day
     --> DIR/PKGBUILD:7:9
      |
    7 | source=('git+https://example.org/x#branch=main' https://example.org/y)
      |         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      = help: name the commit: #commit=<40 digits>

    warning[weak-sum]: source has y, which only md5sums vouches for: it can be forged
     --> DIR/PKGBUILD:7:49
      |
    7 | source=('git+https://example.org/x#branch=main' https://example.org/y)
      |                                                 ^^^^^^^^^^^^^^^^^^^^^
      = help: add sha256sums or b2sums

    6 errors, 2 warnings
    "#);
}

#[test]
fn lint_answers_in_json_and_only_errors_fail() {
    let hive = TestContext::new();
    let folder = recipe(&hive, "pkgname=a\npkgver=1\npkgrel=1\narch=(any)\n");
    let output = hive.run(&["--json", "recipe", "lint", &folder]);
    assert_eq!(output.status.code(), Some(0));
    let real = fs_err::canonicalize(&folder).unwrap();
    assert_eq!(
        document(&output),
        json!({ "path": real.join("PKGBUILD"), "problems": [{
            "severity": "warning", "rule": "no-entrypoint", "field": "_worker_entrypoint",
            "line": null, "column": null, "length": null,
            "message": "_worker_entrypoint is missing: the recipe can be a dependency, not installed as a worker",
            "remedy": "for a worker name the executable: _worker_entrypoint=usr/bin/server",
        }] })
    );
    let folder = recipe(&hive, "pkgname=a\npkgver=1\npkgrel=1\narch=(any)\nfi\n");
    let output = hive.run(&["--json", "recipe", "lint", &folder]);
    assert_eq!(output.status.code(), Some(4));
    let document = document(&output);
    assert_eq!(document["problems"][0]["rule"], "evaluation");
    assert_eq!(document["problems"][0]["line"], 5);
    let output = hive.run(&["recipe", "lint", "/nowhere"]);
    assert_eq!(output.status.code(), Some(3));
}
