//! Package files, as jobs: cancelled, waiting and done twice.

use rbee_hive_worker_catalog::{
    CancellationToken, Error, ErrorKind, Event, ExportRequest, ImportRequest, Step, WorkerBinary,
};

use crate::context::{TestContext, names, prints, run};

/// A context with a package file in it, and nothing installed.
async fn with_package() -> (TestContext, ImportRequest) {
    let context = TestContext::new();
    context.recipe("w", &prints("w", "one"));
    context.install("w").await.unwrap();
    let output = context.path("w.pkg.tar.zst");
    let request = ExportRequest { package: None, output: output.clone() };
    let token = CancellationToken::new();
    context.catalog().export("w", &request, "export", token).await.unwrap();
    context.catalog().remove("w").await.unwrap();
    (context, ImportRequest { file: output, origin: None, backend: None, entrypoint: None })
}

async fn import(
    context: &TestContext,
    request: &ImportRequest,
    job: &str,
) -> Result<WorkerBinary, Error> {
    context.catalog().import(request, job, CancellationToken::new()).await
}

#[tokio::test]
async fn an_import_that_is_cancelled_leaves_nothing() {
    let (context, request) = with_package().await;
    for step in [Step::Verify, Step::Extract, Step::Commit] {
        let token = CancellationToken::new();
        context.cancel_on(move |event| *event == Event::StepStarted { step }, token.clone());
        let result = context.catalog().import(&request, "job", token).await;
        assert_eq!(result.unwrap_err().kind(), ErrorKind::Cancelled, "{step}");
        context.assert_nothing_left(&[]);
    }
    assert_eq!(run(&import(&context, &request, "job").await.unwrap()), "one");
}

#[tokio::test]
async fn an_export_that_is_cancelled_leaves_no_file() {
    let (context, request) = with_package().await;
    let worker = import(&context, &request, "job").await.unwrap();
    let token = CancellationToken::new();
    token.cancel();
    let before = names(&context.path(""));
    let target = ExportRequest { package: None, output: context.path("new.pkg.tar.gz") };
    let result = context.catalog().export(&worker.id, &target, "export", token).await;
    assert_eq!(result.unwrap_err().kind(), ErrorKind::Cancelled);
    assert_eq!(names(&context.path("")), before);
}

#[tokio::test]
async fn two_imports_of_one_file_unpack_it_once() {
    let (context, request) = with_package().await;
    let (first, second) =
        tokio::join!(import(&context, &request, "one"), import(&context, &request, "two"));
    let (first, second) = (first.unwrap(), second.unwrap());
    assert_eq!(first.path, second.path);
    assert_eq!(context.started(Step::Extract), 1 + 1, "one of the build, one of the imports");
    context.assert_nothing_left(&[&first]);
}
