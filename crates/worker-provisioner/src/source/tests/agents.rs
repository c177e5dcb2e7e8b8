use super::context::{TestContext, skipped};
use crate::source::{SourceError, ToolRunner};

/// The checksums are those that the registries publish.
#[tokio::test]
async fn packages_come_from_their_registries() {
    let ctx = TestContext::new();
    let sources = [skipped("is-number.tgz::npm://is-number@7.0.0"), skipped("pypi://six@1.16.0")];
    let fetched = ctx.fetch(&sources).await.unwrap();
    let digests: Vec<_> = fetched.iter().map(crate::source::Fetched::digest).collect();
    assert_eq!(
        digests[1],
        "sha256:8abb2f1d86890a2dfb989f9a77cfcfd3e47c2a354b01111771326f8aa26e0254"
    );
    assert!(digests[0].starts_with("sha256:"));
    ctx.extract(&sources, &fetched).await.unwrap();
    assert!(ctx.path("srcdir/package/package.json").is_file());
    assert!(ctx.path("srcdir/six.py").is_file());
    assert!(ctx.path("srcdir/six@1.16.0").is_file());
    // Nothing of the work stays behind.
    let left = walkdir::WalkDir::new(ctx.path("cache")).into_iter().map(Result::unwrap);
    let left: Vec<_> = left.filter(|entry| entry.file_name() == "agent").collect();
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test]
async fn names_that_could_be_options_or_ranges_are_refused() {
    let ctx = TestContext::new();
    for url in [
        "npm://--help@1.0.0",
        "npm://is-number@latest",
        "npm://is-number",
        "npm://is-number@^7",
        "npm://a/../b@1.0",
        "pypi://six@>1",
        "pypi://-r@1.0",
        "pypi://six@1.16.0?index=http",
        "pypi://six@1.16.0?platform=--x",
    ] {
        let error = ctx.fetch_one(&skipped(&format!("x::{url}"))).await.unwrap_err();
        let SourceError::Program { status, .. } = &error else { panic!("{url}: {error}") };
        assert_eq!(status, "exit status: 2", "{url}: {error}");
    }
}

#[tokio::test]
async fn a_wheel_of_another_machine_can_be_asked_for() {
    let ctx = TestContext::new();
    let source = skipped("six.whl::pypi://six@1.16.0?platform=manylinux2014_aarch64&python=3.8");
    let file = ctx.fetch_one(&source).await.unwrap();
    assert_eq!(
        file.digests.sha256(),
        "8abb2f1d86890a2dfb989f9a77cfcfd3e47c2a354b01111771326f8aa26e0254"
    );
}

#[tokio::test]
async fn agents_of_the_users_own() {
    let mut ctx = TestContext::new();
    let script = ctx.path("agent.sh");
    fs_err::write(&script, "case $# in 2) echo \"$1\" > \"$2\";; 1) echo \"$1\" > own.txt;; esac")
        .unwrap();
    let script = script.display();
    ctx.agents.add(&format!("with::/bin/sh {script} %u %o")).unwrap();
    ctx.agents.add(&format!("without::/bin/sh {script}")).unwrap();
    for runner in [ToolRunner::Bwrap("bwrap".into()), ToolRunner::Direct] {
        ctx.runner = runner;
        for entry in ["a::with://host/x", "without://host/own.txt"] {
            let source = skipped(entry);
            let file = ctx.fetch_one(&source).await.unwrap();
            assert_eq!(fs_err::read_to_string(&file.path).unwrap(), format!("{}\n", source.url()));
            fs_err::remove_file(file.path).unwrap();
        }
    }
}

#[tokio::test]
async fn failing_and_missing_agents_are_told_apart() {
    let mut ctx = TestContext::new();
    ctx.agents.add("fails::/bin/false").unwrap();
    ctx.agents.add("absent::/no/such/program %u").unwrap();
    ctx.agents.add("lies::/bin/true").unwrap();
    let kind = |error: &SourceError| format!("{:?}", error.kind());
    let error = ctx.fetch_one(&skipped("x::fails://x")).await.unwrap_err();
    assert_eq!(kind(&error), "SourceFailed", "{error}");
    let error = ctx.fetch_one(&skipped("x::lies://x")).await.unwrap_err();
    assert!(error.to_string().contains("(no file x)"), "{error}");
    let error = ctx.fetch_one(&skipped("x::absent://x")).await.unwrap_err();
    assert_eq!(kind(&error), "MissingDependency", "{error}");
    assert_eq!(error.to_string(), "/no/such/program is needed for absent://x and is not installed");
    let error = ctx.fetch_one(&skipped("ftp://host/x")).await.unwrap_err();
    assert_eq!(kind(&error), "RecipeRefused", "{error}");
    assert_eq!(error.to_string(), "source \"ftp://host/x\": no download agent for ftp://");
}

#[test]
fn the_scripts_say_when_their_program_is_missing() {
    for (script, url) in [
        (include_str!("../agents/npm.sh"), "npm://x@1.0"),
        (include_str!("../agents/pypi.sh"), "pypi://x@1.0"),
    ] {
        let output = std::process::Command::new("/bin/sh")
            .args(["-c", script, "agent", url, "file"])
            .env("PATH", "/nonexistent")
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(127), "{output:?}");
    }
}
