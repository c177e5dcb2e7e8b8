//! What the host lacks.

use rbee_hive_worker_catalog::{ErrorKind, Step};

use crate::context::{TestContext, prints};

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
