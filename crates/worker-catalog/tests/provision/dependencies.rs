//! What a recipe needs: of other recipes, or of the host.

use rbee_hive_worker_catalog::{ErrorKind, ProvisionOptions, SandboxMode, Step, WorkerBinary};

use crate::context::{TestContext, prints};

/// A recipe without an entrypoint that installs `/usr/share/NAME/word`.
fn library(context: &TestContext, name: &str, body: &str) {
    let recipe = format!(
        "pkgname={name}\npkgver=1.5\npkgrel=1\narch=(x86_64 aarch64)\n{body}\n\
         package() {{\n  install -d \"$pkgdir/usr/share/{name}\"\n  \
         echo 'word of {name}' >\"$pkgdir/usr/share/{name}/word\"\n}}\n"
    );
    context.file(name, "PKGBUILD", recipe.as_bytes());
}

/// The dependencies of an installed worker: id, and whether it needs it to run.
fn built_on(worker: &WorkerBinary) -> Vec<(&str, bool)> {
    worker.provenance.dependencies.iter().map(|d| (d.id.as_str(), d.runtime)).collect()
}

#[tokio::test]
async fn everything_missing_is_one_error_with_the_command_that_installs_it() {
    let context = TestContext::new();
    let body = "makedepends=('no-such-tool>=3' bash)\ndepends=(no-such-library glibc)\ncheckdepends=(no-such-tester)\ncheck() { :; }\n";
    context.recipe("w", &format!("{body}{}", prints("w", "x")));
    let error = context.install("w").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::MissingDependency);
    let text = error.to_string();
    for wanted in ["no-such-tool", "no-such-library", "no-such-tester", "install"] {
        assert!(text.contains(wanted), "{text}");
    }
    assert!(!text.contains("bash") && !text.contains("glibc"), "{text}");
    assert_eq!(context.started(Step::Fetch), 0);
}

#[tokio::test]
async fn each_function_and_the_smoke_test_see_what_they_should() {
    let context = TestContext::new();
    library(&context, "deep", "");
    library(&context, "shallow", "depends=(deep)");
    library(&context, "tool", "");
    library(&context, "tester", "");
    context.recipe(
        "w",
        "depends=(shallow)\nmakedepends=(tool)\ncheckdepends=(tester)\n_worker_smoke=(--x)\n\
         build() { cat /usr/share/{shallow,deep,tool,tester}/word; }\n\
         check() { cat /usr/share/tester/word; }\n\
         package() {\n  install -d \"$pkgdir/usr/bin\"\n  \
         printf '#!/bin/sh\\nls /usr/share/tool 2>/dev/null; exec cat /usr/share/shallow/word /usr/share/deep/word\\n' >\"$pkgdir/usr/bin/w\"\n  \
         chmod 755 \"$pkgdir/usr/bin/w\"\n}",
    );
    let worker = context.install("w").await.unwrap();
    let words = |names: &[&str]| names.iter().map(|n| format!("word of {n}")).collect::<Vec<_>>();
    assert_eq!(context.output(Step::Build), words(&["shallow", "deep", "tool", "tester"]));
    assert_eq!(context.output(Step::Check), words(&["tester"]));
    assert_eq!(context.output(Step::Smoke), words(&["shallow", "deep"]));
    let wanted = [
        ("tester:cpu@1.5-1", false),
        ("tool:cpu@1.5-1", false),
        ("shallow:cpu@1.5-1", true),
        ("deep:cpu@1.5-1", true),
    ];
    assert_eq!(built_on(&worker), wanted);

    // Nothing of it is made again, and nothing new is noted.
    let history = context.catalog().history("deep").unwrap();
    assert_eq!(context.install("w").await.unwrap(), worker);
    assert_eq!(context.started(Step::Package), 5);
    assert_eq!(context.catalog().history("deep").unwrap(), history);
}

#[tokio::test]
async fn another_dependency_is_another_build() {
    let context = TestContext::new();
    library(&context, "lib", "");
    context.recipe("w", &format!("depends=(lib)\n{}", prints("w", "x")));
    let plan = context.catalog().plan("w").await.unwrap();
    assert!(!plan.cached);
    let planned = plan.action_key.unwrap();
    assert_eq!(plan.steps[0].actions[1], "dependency lib:cpu@1.5-1, provisioned first");
    let one = context.install("w").await.unwrap();
    assert_eq!(planned, one.provenance.action_key);
    let plan = context.catalog().plan("w").await.unwrap();
    assert!(plan.cached);
    assert_eq!(plan.action_key.unwrap(), one.provenance.action_key);
    assert_eq!(plan.steps[0].actions[1], "dependency lib:cpu@1.5-1, in the store already");

    library(&context, "lib", "# of another text");
    assert!(!context.catalog().plan("w").await.unwrap().cached);
    let two = context.install("w").await.unwrap();
    assert_ne!(one.provenance.action_key, two.provenance.action_key);
    assert_eq!(one.provenance.tree_digest, two.provenance.tree_digest);
}

#[tokio::test]
async fn a_recipe_is_found_by_name_version_package_and_what_it_provides() {
    let context = TestContext::new();
    library(&context, "blas-fast", "provides=('no-such-blas=3.9' libnosuch.so)");
    context.file(
        "pair",
        "PKGBUILD",
        b"pkgbase=pair\npkgname=(no-such-one no-such-two)\npkgver=2\npkgrel=1\narch=(any)\n\
          package_no-such-one() { provides=(no-such-alias); }\npackage_no-such-two() { :; }\n",
    );
    for (need, found) in [
        ("blas-fast", "blas-fast:cpu@1.5-1"),
        ("blas-fast>=1.5", "blas-fast:cpu@1.5-1"),
        ("blas-fast=1.5-1", "blas-fast:cpu@1.5-1"),
        ("no-such-blas", "blas-fast:cpu@1.5-1"),
        ("no-such-blas>=3", "blas-fast:cpu@1.5-1"),
        ("libnosuch.so=1-64", "blas-fast:cpu@1.5-1"),
        ("no-such-two=2", "pair:cpu@2-1"),
        ("no-such-alias", "pair:cpu@2-1"),
    ] {
        context.recipe("w", &format!("depends=('{need}')\n{}", prints("w", "x")));
        let worker = context.install("w").await.unwrap();
        assert_eq!(built_on(&worker), [(found, true)], "{need}");
    }
    for (need, told) in [
        ("blas-fast>2", "blas-fast>2 (the index has blas-fast 1.5-1)"),
        ("no-such-blas>=4", "no-such-blas>=4;"),
        ("no-such-alias>=1", "no-such-alias>=1;"),
    ] {
        context.recipe("w", &format!("depends=('{need}')\n{}", prints("w", "x")));
        let error = context.install("w").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::MissingDependency, "{need}");
        assert!(error.to_string().contains(told), "{error}");
    }
}

#[tokio::test]
async fn a_version_that_only_the_host_has_is_the_hosts() {
    let context = TestContext::new();
    context.file(
        "tar",
        "PKGBUILD",
        b"pkgname=tar\npkgver=0.1\npkgrel=1\narch=(any)\npackage() { :; }\n",
    );
    context.recipe("w", &format!("makedepends=('tar>=1.0')\n{}", prints("w", "x")));
    assert_eq!(built_on(&context.install("w").await.unwrap()), []);
    context.recipe("w", &format!("makedepends=(tar)\n{}", prints("w", "x")));
    let worker = context.install("w").await.unwrap();
    assert_eq!(built_on(&worker), [("tar:cpu@0.1-1", false)]);
}

#[tokio::test]
async fn a_circle_is_refused_and_named() {
    let context = TestContext::new();
    library(&context, "a", "depends=(b)");
    library(&context, "b", "makedepends=(c)");
    library(&context, "c", "depends=(a)");
    context.recipe("w", &format!("depends=(a)\n{}", prints("w", "x")));
    let error = context.install("w").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RecipeRefused);
    assert!(error.to_string().contains("circle: a -> b -> c -> a;"), "{error}");
    assert_eq!(context.started(Step::Fetch), 0);
}

#[tokio::test]
async fn recipes_that_refuse_each_other_are_not_put_together() {
    let context = TestContext::new();
    library(&context, "old", "provides=(word)");
    library(&context, "new", "provides=(word)\nconflicts=(word)");
    context.recipe("w", &format!("depends=(new)\nmakedepends=(old)\n{}", prints("w", "x")));
    let error = context.install("w").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RecipeRefused);
    let text = error.to_string();
    assert!(text.contains("new conflicts with old, and w needs both"), "{text}");
    // What conflicts with a name that it provides itself is fine alone.
    context.recipe("w", &format!("depends=(new)\n{}", prints("w", "x")));
    context.install("w").await.unwrap();
}

#[tokio::test]
async fn a_dependency_is_built_for_the_same_backend_if_it_can_be() {
    let context = TestContext::new();
    library(&context, "both", "_worker_backends=(cpu vulkan)");
    library(&context, "one", "_worker_backends=(cpu)");
    let body = format!("_worker_backends=(cpu vulkan)\ndepends=(both one)\n{}", prints("w", "x"));
    context.recipe("w", &body);
    let worker = context.install("w:vulkan").await.unwrap();
    assert_eq!(built_on(&worker), [("one:cpu@1.5-1", true), ("both:vulkan@1.5-1", true)]);
}

#[tokio::test]
async fn a_broken_dependency_is_named_with_who_needs_it() {
    let context = TestContext::new();
    library(&context, "bad", "pkgrel=x");
    context.recipe("w", &format!("depends=(bad)\n{}", prints("w", "x")));
    let error = context.install("w").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RecipeRefused);
    assert!(error.to_string().contains("bad, which w needs, cannot be used"), "{error}");
}

#[tokio::test]
async fn a_library_is_not_what_can_be_asked_for() {
    let context = TestContext::new();
    library(&context, "lib", "");
    for error in [
        context.install("lib").await.unwrap_err(),
        context.catalog().plan("lib").await.unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::RecipeRefused);
        assert!(error.to_string().contains("the recipe lib is a library"), "{error}");
    }
    let offer = context.catalog().info("lib").await.unwrap();
    assert!(offer.is_library() && offer.refused.is_none());
}

#[tokio::test]
async fn unconfined_the_environment_leads_to_the_files() {
    let context = TestContext::new();
    context.file(
        "tool",
        "PKGBUILD",
        b"pkgname=no-such-greeter\npkgbase=tool\npkgver=1\npkgrel=1\narch=(any)\n\
          package() { install -d \"$pkgdir/usr/bin\"; \
          printf '#!/bin/sh\\necho hello\\n' >\"$pkgdir/usr/bin/no-such-greeter\"; \
          chmod 755 \"$pkgdir/usr/bin/no-such-greeter\"; }\n",
    );
    let body = "makedepends=(no-such-greeter)\nbuild() { no-such-greeter; }\n";
    context.recipe("w", &format!("{body}{}", prints("w", "x")));
    for sandbox in [SandboxMode::Auto, SandboxMode::None] {
        let options = ProvisionOptions { sandbox, ..Default::default() };
        context.install_with("w", options).await.unwrap();
    }
    assert_eq!(context.output(Step::Build), ["hello", "hello"]);
}

#[tokio::test]
async fn links_of_a_dependency_show_nothing_of_the_host() {
    let context = TestContext::new();
    let secret = context.path("secret");
    fs_err::create_dir_all(secret.join("share")).unwrap();
    fs_err::write(secret.join("word"), "hidden content").unwrap();
    fs_err::write(secret.join("share/word"), "hidden content").unwrap();
    let secret = secret.display();
    let links = |name: &str, lines: &str| {
        let head = format!("pkgname={name}\npkgver=1\npkgrel=1\narch=(any)\n");
        let body = format!("package() {{ cd \"$pkgdir\"; {lines}; }}\n");
        context.file(name, "PKGBUILD", format!("{head}{body}").as_bytes());
    };
    links(
        "entries",
        &format!(
            "mkdir opt etc; ln -s {secret} opt/out; ln -s {secret}/word etc/out; ln -s /usr/bin opt/in"
        ),
    );
    links("folders", &format!("ln -s {secret} etc; ln -s {secret} opt; ln -s {secret} usr"));
    let body = "makedepends=(entries folders)\n\
         build() { cat /opt/out/word /etc/out /opt/word /etc/word /usr/share/word || true; readlink /opt/out; ls /opt/in/env; }\n";
    context.recipe("w", &format!("{body}{}", prints("w", "x")));
    context.install("w").await.unwrap();
    let output = context.output(Step::Build).join("\n");
    assert!(!output.contains("hidden content"), "{output}");
    assert!(output.contains(&format!("{secret}\n/opt/in/env")), "{output}");
}

#[tokio::test]
async fn what_needs_a_library_that_is_gone_is_made_again() {
    let context = TestContext::new();
    library(&context, "lib", "");
    context.recipe("w", &format!("depends=(lib)\n{}", prints("w", "x")));
    let worker = context.install("w").await.unwrap();
    let library = context.catalog().get("lib").unwrap();
    let status = std::process::Command::new("rm").arg("-rf").arg(&library.path).status().unwrap();
    assert!(status.success());
    assert!(!context.catalog().plan("w").await.unwrap().cached);
    context.install("w").await.unwrap();
    assert_eq!(
        context.catalog().verify(None).await.unwrap().iter().map(|v| v.damage.len()).sum::<usize>(),
        0
    );
    assert!(context.catalog().launch(&worker).is_ok());
}

#[tokio::test]
async fn one_library_for_two_backends_is_made_twice_and_seen_once() {
    let context = TestContext::new();
    library(&context, "libb", "_worker_backends=(cpu cuda)");
    library(&context, "liba", "_worker_backends=(cpu)\ndepends=(libb)");
    for depends in ["libb liba", "liba libb"] {
        let head = format!("_worker_backends=(cuda)\ndepends=({depends})\n");
        context.recipe("w", &format!("{head}{}", prints("w", "x")));
        let plan = context.catalog().plan("w").await.unwrap();
        let worker = context.install("w").await.unwrap();
        assert_eq!(plan.action_key.unwrap(), worker.provenance.action_key);
        let mut built_on = built_on(&worker);
        built_on.sort_unstable();
        assert_eq!(built_on, [("liba:cpu@1.5-1", true), ("libb:cuda@1.5-1", true)]);
    }
    let liba = context.catalog().get("liba").unwrap();
    assert_eq!(built_on(&liba), [("libb:cpu@1.5-1", true)]);
}

#[tokio::test]
async fn a_long_chain_is_planned_in_no_time() {
    let context = TestContext::new();
    library(&context, "lib0", "");
    for number in 1..20 {
        library(&context, &format!("lib{number}"), &format!("depends=(lib{})", number - 1));
    }
    context.recipe("w", &format!("depends=(lib19)\n{}", prints("w", "x")));
    let catalog = context.catalog();
    let plan = tokio::time::timeout(std::time::Duration::from_mins(1), catalog.plan("w")).await;
    let plan = plan.unwrap().unwrap();
    assert_eq!(plan.steps[0].actions.len(), 21);
    assert_eq!(plan.steps[0].actions[20], "dependency lib19:cpu@1.5-1, provisioned first");
    assert!(plan.action_key.is_some());
}

#[tokio::test]
async fn a_recipe_that_cannot_be_read_is_in_the_way_of_no_other() {
    let context = TestContext::new();
    library(&context, "blas", "provides=(no-such-blas)");
    fs_err::create_dir(context.path("index/torn")).unwrap();
    // Reading it fails, even for root.
    let pkgbuild = context.path("index/torn/PKGBUILD");
    fs_err::os::unix::fs::symlink("/proc/self/mem", pkgbuild).unwrap();
    context.recipe("w", &format!("depends=(no-such-blas)\n{}", prints("w", "x")));
    let worker = context.install("w").await.unwrap();
    assert_eq!(built_on(&worker), [("blas:cpu@1.5-1", true)]);
}

#[tokio::test]
async fn files_that_cannot_be_shown_at_usr_are_said_to_be_so() {
    let context = TestContext::new();
    library(&context, "lib", "");
    context.recipe("w", &format!("depends=(lib)\n{}", prints("w", "x")));
    let worker = context.install("w").await.unwrap();
    let launch = context.catalog().launch(&worker).unwrap();
    assert!(launch.before.is_some() && launch.not_shown.is_none());
    // What the overlay is prepared on.
    let command = "chmod u+w \"$1\" && mv \"$1/.rbee\" \"$1/gone\"";
    let mut sh = std::process::Command::new("sh");
    assert!(sh.args(["-c", command, "sh"]).arg(&worker.path).status().unwrap().success());
    let launch = context.catalog().launch(&worker).unwrap();
    assert!(launch.before.is_none());
    assert!(launch.not_shown.unwrap().contains("cannot be seen at /usr: "));
}
