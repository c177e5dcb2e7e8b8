//! Sources of Mercurial and Subversion, from the recipe to `$srcdir`.

use std::process::Command;

use rbee_hive_worker_catalog::{ErrorKind, ProvisionOptions};

use crate::context::{TestContext, run};

fn shell(context: &TestContext, script: &str) -> String {
    let output = Command::new("bash")
        .args(["-ec", script])
        .current_dir(context.path(""))
        .env("HGPLAIN", "1")
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[tokio::test]
async fn a_mercurial_node_is_built_and_a_tag_needs_its_sum() {
    let context = TestContext::new();
    let node = shell(
        &context,
        "hg init engine; cd engine; printf '#!/bin/sh\\necho by hg\\n' >w; \
         hg commit -qA -d '0 0' -u t -m one; hg tag -d '0 0' -u t 1.0; \
         hg log -r 1.0 -T '{node}'",
    );
    let sum = shell(
        &context,
        "hg clone -qU engine mirrored/engine 2>/dev/null || { mkdir mirrored; hg clone -qU engine mirrored/engine; }; \
         hg -R mirrored/engine archive -t tar -r 1.0 - | sha256sum | cut -d' ' -f1",
    );
    let url = context.path("engine").display().to_string();
    let recipe = |fragment: &str, sum: &str| {
        let body = format!(
            "source=(hg+file://{url}#{fragment})\nsha256sums=({sum})\n\
             package() {{ [[ $(<engine/.hg/hgrc) == *{url} ]]; install -Dm755 engine/w \"$pkgdir/usr/bin/w\"; }}"
        );
        context.recipe("w", &body);
    };
    recipe(&format!("revision={node}"), "SKIP");
    let worker = context.install("w").await.unwrap();
    assert_eq!(run(&worker), "by hg");
    assert_eq!(worker.provenance.sources[0].digest, format!("hg:{node}"));
    recipe("tag=1.0", "SKIP");
    let error = context.install("w").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SourceFailed, "{error}");
    assert!(error.to_string().contains("nothing vouches for engine"), "{error}");
    recipe("tag=1.0", &sum);
    assert_eq!(run(&context.install("w").await.unwrap()), "by hg");
    recipe("branch=default", &sum);
    let error = context.install("w").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RecipeRefused, "{error}");
}

#[tokio::test]
async fn a_subversion_revision_is_a_working_copy() {
    let context = TestContext::new();
    shell(
        &context,
        "svnadmin create engine; mkdir trunk; printf '#!/bin/sh\\necho by svn\\n' >trunk/w; \
         svn import -q -m one trunk \"file://$PWD/engine/trunk\"",
    );
    let url = context.path("engine").display().to_string();
    let body = format!(
        "source=(w::svn+file://{url}/trunk#revision=1)\nsha256sums=(SKIP)\n\
         package() {{ [[ -d w/.svn ]]; install -Dm755 w/w \"$pkgdir/usr/bin/w\"; }}"
    );
    context.recipe("w", &body);
    let error = context.install("w").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SourceFailed, "a number is no digest: {error}");
    let options = ProvisionOptions { allow_unverified: true, ..Default::default() };
    let worker = context.install_with("w", options).await.unwrap();
    assert_eq!(run(&worker), "by svn");
    assert_eq!(worker.provenance.sources[0].digest, "svn:1");
}
