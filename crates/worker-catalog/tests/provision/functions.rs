//! The functions of a recipe: order, shell semantics, environment, split packages, `pkgver()`.

use rbee_hive_worker_catalog::{ErrorKind, ProvisionOptions, Step};

use crate::context::{TestContext, prints, run};

#[tokio::test]
async fn all_functions_run_in_order_and_share_what_makepkg_shares() {
    let context = TestContext::new();
    context.recipe(
        "w",
        r#"
pkgver=0
pkgver() { echo "from pkgver" >&2; echo 2.5; }
prepare() { left=prepared; list=(a 'b c'); helper() { echo "helped $1"; }; echo src >"$srcdir/file"; }
build() {
  [[ $left == prepared && ${#list[@]} == 2 && ${list[1]} == 'b c' ]]
  [[ $(helper x) == 'helped x' ]]
  echo "building $pkgver"; cat file; left=built
}
check() { [[ $left == built ]]; [[ $PWD == "$srcdir" ]]; echo checked; }
package() {
  [[ -z $left ]]
  [[ $pkgver == 2.5 ]]
  install -Dm755 /dev/stdin "$pkgdir/usr/bin/w" <<<$'#!/bin/sh\necho '"$pkgver"
}"#,
    );
    let worker = context.install("w").await.unwrap();
    assert_eq!(worker.id, "w:cpu@2.5-1");
    assert_eq!(run(&worker), "2.5");
    assert_eq!(context.output(Step::Build), ["building 2.5", "src"]);
    assert_eq!(context.output(Step::Check), ["checked"]);
    assert_eq!(context.output(Step::Pkgver), ["from pkgver"]);
}

#[tokio::test]
async fn a_function_stops_at_its_first_failing_command_and_pipes_do_not_count() {
    let context = TestContext::new();
    context.recipe(
        "w",
        "build() { false | true; unset no; echo \"[$no]\"; false; echo never; }\npackage() { :; }",
    );
    let error = context.install("w").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BuildFailed);
    let output = context.output(Step::Build);
    assert!(output.iter().any(|line| line == "[]"), "{output:?}");
    assert!(!output.iter().any(|line| line == "never"), "{output:?}");
}

#[tokio::test]
async fn the_environment_is_the_declared_one() {
    let context = TestContext::new();
    let body = format!(
        "_worker_backends=(cpu vulkan)\nbuild() {{ env | sort; umask; shopt extglob; id -u; }}\n{}",
        prints("w", "x")
    );
    context.recipe("w", &body);
    context.install("w:vulkan").await.unwrap();
    let output = context.output(Step::Build);
    for wanted in [
        "RBEE_BACKEND=vulkan",
        &format!("CARCH={}", std::env::consts::ARCH),
        "SOURCE_DATE_EPOCH=315532800",
        "PYTHONHASHSEED=0",
        "HOME=/tmp/home",
        "0022",
        "0",
    ] {
        assert!(output.iter().any(|line| line == wanted), "{wanted} is not in {output:#?}");
    }
    assert!(output.iter().any(|l| l.starts_with("extglob") && l.ends_with("on")));
    for name in ["CFLAGS", "CXXFLAGS", "LDFLAGS", "MAKEFLAGS", "CHOST", "RBEE_CPU_FEATURES"] {
        assert!(output.iter().any(|l| l.starts_with(&format!("{name}="))), "{name}");
    }
    for name in ["CARGO", "USERNAME", "srcdir", "pkgdir", "startdir", "pkgname", "SSH_AUTH_SOCK"] {
        assert!(!output.iter().any(|l| l.starts_with(&format!("{name}="))), "{name}");
    }
}

#[tokio::test]
async fn a_recipe_may_decide_by_backend_and_architecture() {
    let context = TestContext::new();
    let body = "_worker_backends=(vulkan cpu)\npkgver=1.$RBEE_BACKEND.$CARCH\n";
    context.recipe("w", &format!("{body}{}", prints("w", "x")));
    let arch = std::env::consts::ARCH;
    let default = context.install("w").await.unwrap();
    assert_eq!(default.version.as_str(), format!("1.vulkan.{arch}-1"));
    let cpu = context.install("w:cpu").await.unwrap();
    assert_eq!(cpu.version.as_str(), format!("1.cpu.{arch}-1"));
    let workers = context.catalog().list().unwrap();
    assert!(workers.iter().all(|w| w.active), "each backend has its own active version");
}

#[tokio::test]
async fn the_packages_of_a_split_recipe_make_one_worker() {
    let context = TestContext::new();
    context.recipe(
        "w",
        r#"
pkgbase=w
pkgname=(w w-data)
build() { echo data >out; }
package_w() { install -Dm755 /dev/stdin "$pkgdir/usr/bin/w" <<<$'#!/bin/sh\necho '"$pkgname"; depends=(glibc); }
package_w-data() { [[ $pkgname == w-data ]]; install -Dm644 out "$pkgdir/usr/share/w/out"; }"#,
    );
    let worker = context.install("w").await.unwrap();
    assert_eq!(run(&worker), "w");
    assert_eq!(fs_err::read_to_string(worker.path.join("usr/share/w/out")).unwrap(), "data\n");
}

#[tokio::test]
async fn check_is_left_out_on_request_and_that_is_another_build() {
    let context = TestContext::new();
    context.recipe("w", &format!("check() {{ false; }}\n{}", prints("w", "x")));
    let error = context.install("w").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BuildFailed);
    let options = ProvisionOptions { no_check: true, ..Default::default() };
    let worker = context.install_with("w", options).await.unwrap();
    assert_eq!(worker.provenance.options, ["no_check"]);
}

#[tokio::test]
async fn passwords_in_output_are_not_shown() {
    let context = TestContext::new();
    context.recipe(
        "w",
        &format!("build() {{ echo https://me:secret@host/x; }}\n{}", prints("w", "x")),
    );
    let worker = context.install("w").await.unwrap();
    assert_eq!(context.output(Step::Build), ["https://***@host/x"]);
    let log = context.path("data/jobs").join(worker.provenance.job_id.as_str()).join("log");
    assert!(!fs_err::read_to_string(log).unwrap().contains("secret"));
}

#[tokio::test]
async fn what_a_function_takes_away_is_gone_for_those_after_it() {
    let context = TestContext::new();
    let body = r"
gone=1
kept=(1 2)
helper() { :; }
export ALSO=1
prepare() { unset gone 'kept[0]'; unset -f helper; umask 0077; HOME=/tmp/other; shopt -s nullglob; }
build() {
  [[ ! -v gone && ! -v kept[0] && ${kept[1]} == 2 ]]
  ! declare -F helper
  [[ $(umask) == 0077 && $HOME == /tmp/other && $(env) == *ALSO=1* ]]
  ! shopt -q nullglob
}
check() { [[ ! -v gone ]]; }";
    context.recipe("w", &format!("{body}\n{}", prints("w", "x")));
    context.install("w").await.unwrap();
}

#[tokio::test]
async fn packages_share_a_shell_but_not_what_they_override() {
    let context = TestContext::new();
    context.recipe(
        "w",
        r#"
pkgbase=w
pkgname=(w w-two w-three)
depends=(bash)
pkgdesc=all
package_w() {
  shared=1; depends+=(coreutils); pkgdesc=one; unset arch
  install -Dm755 /dev/stdin "$pkgdir/usr/bin/w" <<<$'#!/bin/sh\necho w'
}
package_w-two() {
  [[ $shared == 1 && ${depends[*]} == bash && $pkgdesc == all && ${arch[0]} == x86_64 ]]
  backup=(etc/x)
}
package_w-three() { [[ ! -v backup && $pkgname == w-three ]]; }"#,
    );
    context.install("w").await.unwrap();
}

#[tokio::test]
async fn a_function_that_exits_is_no_success() {
    for function in ["prepare", "build", "check", "package"] {
        let context = TestContext::new();
        let package = if function == "package" { String::new() } else { prints("w", "x") };
        context.recipe("w", &format!("{package}\n{function}() {{ exit 0; }}"));
        let error = context.install("w").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BuildFailed);
        let text = error.to_string();
        assert!(text.contains(&format!("{function}() left through `exit`")), "{text}");
    }
}

#[tokio::test]
async fn pkgver_runs_in_a_shell_of_its_own_and_only_its_last_newlines_go() {
    let context = TestContext::new();
    let body = "pkgver() { other=2; echo 3; exit 0; }\nbuild() { [[ ! -v other ]]; }";
    context.recipe("w", &format!("{body}\n{}", prints("w", "x")));
    assert_eq!(context.install("w").await.unwrap().version.as_str(), "3-1");
    context.recipe("v", &format!("pkgver() {{ echo ' 3'; }}\n{}", prints("v", "x")));
    assert_eq!(context.install("v").await.unwrap_err().kind(), ErrorKind::RecipeRefused);
}

#[tokio::test]
async fn settings_reach_the_functions_that_makepkg_gives_them_to() {
    let context = TestContext::new();
    let conf = context.file("..", "my.conf", b"CFLAGS=-Dconf\nMAKEFLAGS=-j7\nOPTIONS+=(debug)\n");
    let options = || ProvisionOptions {
        makepkg_conf: vec![conf.clone()],
        packager: Some("Me <me@host>".to_owned()),
        source_date_epoch: Some(1_000_000_000),
        ..Default::default()
    };
    let body = r"
CFLAGS+=' -Dtop'
options=(!debug lto !makeflags)
prepare() { [[ $CFLAGS == '-Dconf -Dtop' && $MAKEFLAGS == -j7 && $(env) != *CFLAGS=* ]]; }
build() {
  [[ $CFLAGS == '-Dconf -Dtop -flto=auto' && $(env) == *CFLAGS=* && ! -v MAKEFLAGS ]]
  [[ $LDFLAGS == *' -flto=auto' && $SOURCE_DATE_EPOCH == 1000000000 && $PACKAGER == 'Me <me@host>' ]]
}
check() { [[ $CFLAGS == '-Dconf -Dtop -flto=auto' ]]; }";
    context.recipe("w", &format!("{body}\n{}", prints("w", "x")));
    let first = context.install_with("w", options()).await.unwrap();

    context.recipe("v", &format!("options=(!buildflags)\nbuild() {{ [[ ! -v CFLAGS && ! -v LDFLAGS ]]; [[ $MAKEFLAGS == -j7 ]]; }}\n{}", prints("v", "x")));
    context.install_with("v", options()).await.unwrap();

    context.recipe(
        "d",
        &format!(
            "build() {{ [[ $CFLAGS == \"-Dconf -g -ffile-prefix-map=$srcdir=/usr/src/debug/d\" ]]; }}\n{}",
            prints("d", "x")
        ),
    );
    context.install_with("d", options()).await.unwrap();

    let other = ProvisionOptions { packager: None, ..options() };
    let second = context.install_with("w", other).await;
    assert_eq!(second.unwrap_err().kind(), ErrorKind::BuildFailed, "other settings, another build");
    drop(first);
}

#[tokio::test]
async fn settings_that_fail_are_named() {
    let context = TestContext::new();
    let conf = context.file("..", "bad.conf", b"echo no such thing >&2\nfalse\n");
    context.recipe("w", &prints("w", "x"));
    let options = ProvisionOptions { makepkg_conf: vec![conf.clone()], ..Default::default() };
    let error = context.install_with("w", options).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Usage);
    let text = error.to_string();
    assert!(text.contains(&conf.display().to_string()) && text.contains("no such thing"), "{text}");
}

#[tokio::test]
async fn verify_sees_what_was_fetched_before_it_is_extracted() {
    let context = TestContext::new();
    let source = context.source("w", "data", b"text");
    let body = r#"
verify() {
  [[ $PWD == "$startdir" && $(<data) == text && ! -e $srcdir/data ]]
  echo verified; seen=1
}
prepare() { [[ $seen == 1 && $(<"$srcdir/data") == text ]]; }"#;
    context.recipe("w", &format!("{source}{body}\n{}", prints("w", "x")));
    context.install("w").await.unwrap();
    assert_eq!(context.output(Step::Verify), ["verified"]);
    context.recipe("v", &format!("verify() {{ false; }}\n{}", prints("v", "x")));
    let error = context.install("v").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SourceFailed);
    assert_eq!(context.started(Step::Extract), 1);
}

#[tokio::test]
async fn a_pkgver_that_fails_ends_the_build() {
    let context = TestContext::new();
    context.recipe("w", &format!("pkgver() {{ false; echo 2; }}\n{}", prints("w", "x")));
    let error = context.install("w").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BuildFailed);
    assert!(error.to_string().starts_with("pkgver() failed with status 1"), "{error}");
}

#[tokio::test]
async fn settings_last_through_all_functions_and_can_leave_check_out() {
    let context = TestContext::new();
    let conf = context.file("..", "my.conf", b"BUILDENV=(check !check)\nEPOCHAL=1\n");
    let options = ProvisionOptions { makepkg_conf: vec![conf], ..Default::default() };
    let body = r#"
pkgname=(w w-two)
prepare() { [[ $(env) != *CHOST=* ]]; }
build() { [[ ${OPTIONS[0]} == strip && $EPOCHAL == 1 && $(env) == *CHOST=* ]]; }
check() { false; }
package_w() { install -Dm755 /dev/stdin "$pkgdir/usr/bin/w" <<<'#!/bin/sh'; }
package_w-two() { [[ ${OPTIONS[0]} == strip ]]; mkdir -p "$pkgdir/usr/share/man/man1"; echo page >"$pkgdir/usr/share/man/man1/two.1"; }"#;
    context.recipe("w", body);
    let worker = context.install_with("w", options).await.unwrap();
    assert!(worker.path.join("usr/share/man/man1/two.1.gz").exists());
}
