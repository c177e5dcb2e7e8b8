//! A cancel at any step leaves nothing behind.

use rbee_hive_worker_catalog::{ErrorKind, Event, Step};

use crate::context::{TestContext, alive, prints, run};

/// A function that starts processes which detach themselves and ignore signals.
fn stubborn(function: &str, mark: &str) -> String {
    format!(
        "{function}() {{\n  for i in 1 2 3; do setsid bash -c 'trap \"\" TERM INT HUP; sleep {mark}' & done\n  \
         echo ready\n  trap '' TERM INT\n  wait\n}}\n"
    )
}

async fn cancelled_in(function: &str, step: Step, mark: &str) {
    let context = TestContext::new();
    context.recipe("w", &prints("w", "one"));
    let first = context.install("w").await.unwrap();
    let package = if function == "package" { String::new() } else { prints("w", "two") };
    context.recipe("w", &format!("pkgver=2.0\n{}{package}", stubborn(function, mark)));
    let result = context
        .cancel_at("w", move |event| {
            matches!(event, Event::Output { step: s, line, .. } if *s == step && line == "ready")
        })
        .await;
    assert_eq!(result.unwrap_err().kind(), ErrorKind::Cancelled);
    assert_eq!(alive(mark), 0, "a process is left");
    context.assert_nothing_left(&[&first]);
    assert_eq!(run(&context.catalog().get("w").unwrap()), "one");
}

#[tokio::test]
async fn in_prepare() {
    cancelled_in("prepare", Step::Prepare, "86301.5").await;
}

#[tokio::test]
async fn in_build() {
    cancelled_in("build", Step::Build, "86302.5").await;
}

#[tokio::test]
async fn in_package() {
    cancelled_in("package", Step::Package, "86303.5").await;
}

#[tokio::test]
async fn at_the_beginning_of_every_step() {
    for step in [
        Step::Resolve,
        Step::Evaluate,
        Step::Preflight,
        Step::Fetch,
        Step::Verify,
        Step::Extract,
        Step::Build,
        Step::Package,
        Step::Smoke,
        Step::Commit,
    ] {
        let context = TestContext::new();
        let source = context.source("w", "text", b"text");
        let smoke = "_worker_smoke=(--help)\nbuild() { :; }\n";
        context.recipe("w", &format!("{source}{smoke}{}", prints("w", "x")));
        let at = move |event: &Event| matches!(event, Event::StepStarted { step: s } if *s == step);
        let result = context.cancel_at("w", at).await;
        assert_eq!(result.map_err(|e| e.kind()), Err(ErrorKind::Cancelled), "{step}");
        context.assert_nothing_left(&[]);
    }
}
