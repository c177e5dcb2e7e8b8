//! What goes wrong, how it is said, and that nothing changes by it.

use rbee_hive_worker_catalog::{ErrorKind, ProvisionOptions, Step};

use crate::context::{TestContext, prints, run};

#[tokio::test]
async fn a_failing_build_says_its_last_lines_and_where_the_log_is() {
    let context = TestContext::new();
    context.recipe(
        "w",
        "build() { for i in {1..50}; do echo line $i; done; cc no-such.c; }\npackage() { :; }",
    );
    let error = context.install("w").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BuildFailed);
    let text = error.to_string();
    assert!(text.contains("build() failed with status 1"), "{text}");
    assert!(text.contains("no-such.c") && text.contains("line 50"), "{text}");
    assert!(!text.contains("line 5\n"), "only the last lines: {text}");
    let log = text.split("the whole log is ").nth(1).unwrap().lines().next().unwrap();
    assert!(fs_err::read_to_string(log).unwrap().contains("line 1\n"));
    context.assert_nothing_left(&[]);
}

#[tokio::test]
async fn a_package_without_its_entrypoint_is_refused() {
    let context = TestContext::new();
    context.recipe("w", "package() { install -Dm755 /dev/null \"$pkgdir/usr/bin/other\"; }");
    let error = context.install("w").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BuildFailed);
    let text = error.to_string();
    assert!(text.contains("usr/bin/w") && text.contains("usr/bin/other"), "{text}");
    context.recipe("v", "package() { install -Dm644 /dev/null \"$pkgdir/usr/bin/v\"; }");
    let error = context.install("v").await.unwrap_err();
    assert!(error.to_string().contains("not executable"), "{error}");
    context.recipe(
        "u",
        "package() { install -d \"$pkgdir/usr/bin\"; ln -s /bin/sh \"$pkgdir/usr/bin/u\"; }",
    );
    let error = context.install("u").await.unwrap_err();
    assert!(error.to_string().contains("leads out"), "{error}");
    context.assert_nothing_left(&[]);
}

#[tokio::test]
async fn what_no_package_may_have_is_refused() {
    let context = TestContext::new();
    for (name, member) in [("a", ".hidden"), ("b", "$'new\\nline'"), ("c", "fifo")] {
        let make = if name == "c" { "mkfifo" } else { "touch" };
        let body =
            prints(name, "x").replace("\n}", &format!("\n  {make} \"$pkgdir\"/{member}\n}}"));
        context.recipe(name, &body);
        let error = context.install(name).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BuildFailed, "{error}");
    }
    context.assert_nothing_left(&[]);
}

#[tokio::test]
async fn an_upgrade_whose_smoke_test_fails_leaves_the_version_that_works() {
    let context = TestContext::new();
    let smoke = "_worker_smoke=(--help)\n";
    context.recipe("w", &format!("{smoke}{}", prints("w", "one")));
    let first = context.install("w").await.unwrap();
    let broken = prints("w", "two").replace("echo %s", "echo broken; exit 3; echo %s");
    context.recipe("w", &format!("pkgver=2.0\n{smoke}{broken}"));
    let error = context.install("w").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BuildFailed);
    let text = error.to_string();
    assert!(text.contains("usr/bin/w --help") && text.contains("status 3"), "{text}");
    assert!(text.contains("broken") && text.contains("stays"), "{text}");
    let active = context.catalog().get("w").unwrap();
    assert_eq!((active.id.as_str(), run(&active).as_str()), (first.id.as_str(), "one"));
    context.assert_nothing_left(&[&first]);
}

#[tokio::test]
async fn a_recipe_for_others_is_refused_before_anything_is_fetched() {
    let context = TestContext::new();
    context.recipe("w", &format!("arch=(riscv64)\n{}", prints("w", "x")));
    let error = context.install("w").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RecipeRefused);
    assert!(error.to_string().contains("riscv64"), "{error}");
    context.recipe("v", &prints("v", "x"));
    let error = context.install("v:cuda").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RecipeRefused);
    assert!(error.to_string().contains("no backend cuda; it has cpu"), "{error}");
    assert_eq!(context.started(Step::Fetch), 0);
}

#[tokio::test]
async fn a_recipe_that_does_not_evaluate_is_refused_with_what_it_said() {
    let context = TestContext::new();
    for (name, body, wanted) in [
        ("a", "echo 'I give up' >&2; false", "status 1"),
        ("b", "echo I leave; exit 0", "I leave"),
        ("c", "package() { if", "syntax error"),
        ("d", "pkgver=1:0", "pkgver"),
        ("e", "_worker_entrypoint=../../x", "_worker_entrypoint"),
        ("f", "_worker_backends=(gpu)", "gpu"),
        ("g", "_worker_network=(build)", "only prepare"),
    ] {
        context.recipe(name, body);
        let error = context.install(name).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::RecipeRefused, "{name}: {error}");
        assert!(error.to_string().contains(wanted), "{name}: {error}");
    }
}

#[tokio::test]
async fn an_unknown_recipe_or_version_is_not_found() {
    let context = TestContext::new();
    context.recipe("w", &prints("w", "x"));
    for id in ["no-such", "w@9.9"] {
        let error = context.install(id).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
    }
    assert!(context.install("w@1.0").await.is_ok());
}

#[tokio::test]
async fn a_sandbox_that_is_not_there_is_never_replaced_by_less() {
    use rbee_hive_worker_catalog::SandboxMode;
    let context = TestContext::new();
    context.recipe("w", &prints("w", "x"));
    let options = ProvisionOptions { sandbox: SandboxMode::Landlock, ..Default::default() };
    let error = context.install_with("w", options).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SandboxUnavailable);
    let options = ProvisionOptions { sandbox: SandboxMode::None, ..Default::default() };
    let worker = context.install_with("w", options).await.unwrap();
    assert_eq!((worker.provenance.sandbox.as_str(), run(&worker).as_str()), ("none", "x"));
}

#[tokio::test]
async fn a_dependency_that_is_no_name_never_reaches_the_package_manager() {
    let context = TestContext::new();
    for field in ["makedepends", "makedepends_x86_64", "depends"] {
        context.recipe("w", &format!("{field}=('x;touch /tmp/y')\n{}", prints("w", "x")));
        let error = context.install("w").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::RecipeRefused, "{error}");
    }
}

#[tokio::test]
async fn pkgver_cannot_make_another_worker_of_a_recipe() {
    let context = TestContext::new();
    let body = "[[ $pkgver == 2 ]] && pkgname=other\npkgver() { echo 2; }\ntrue\n";
    context.recipe("w", &format!("{body}{}", prints("w", "x")));
    let error = context.install("w").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RecipeRefused, "{error}");
    context.assert_nothing_left(&[]);
}

#[tokio::test]
async fn passwords_in_errors_are_not_shown() {
    let context = TestContext::new();
    let source = "source=(https://me:secret@localhost:1/x)\nsha256sums=(SKIP)\n";
    context.recipe("w", &format!("{source}{}", prints("w", "x")));
    let options = ProvisionOptions { offline: true, ..Default::default() };
    let error = context.install_with("w", options).await.unwrap_err();
    assert!(error.to_string().contains("***@localhost"), "{error}");
}
