use std::{path::Path, process::Command};

use super::context::{TestContext, skipped};
use crate::source::{Fetched, Source, SourceError, ToolRunner};

fn run(program: &str, folder: &Path, args: &[&str]) -> String {
    let output = Command::new(program).current_dir(folder).args(args).output().unwrap();
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// A repository whose trunk has a file that was `one` in revision 2 and is `two` in revision 3.
struct Upstream<'a> {
    ctx: &'a TestContext,
}

impl<'a> Upstream<'a> {
    fn new(ctx: &'a TestContext) -> Self {
        let upstream = Self { ctx };
        run("svnadmin", ctx.folder.path(), &["create", "upstream"]);
        let trunk = format!("{}/trunk", upstream.url());
        run("svn", ctx.folder.path(), &["mkdir", "-q", "-m", "trunk", &trunk]);
        run("svn", ctx.folder.path(), &["checkout", "-q", &trunk, "work"]);
        fs_err::write(ctx.path("work/file"), "").unwrap();
        run("svn", &ctx.path("work"), &["add", "-q", "file"]);
        upstream.commit("one");
        upstream.commit("two");
        upstream
    }

    fn url(&self) -> String {
        format!("file://{}", self.ctx.path("upstream").display())
    }

    fn commit(&self, content: &str) {
        fs_err::write(self.ctx.path("work/file"), content).unwrap();
        run("svn", &self.ctx.path("work"), &["commit", "-q", "-m", content]);
    }

    fn source(&self, rest: &str) -> Source {
        skipped(&format!("svn+{}/trunk{rest}", self.url()))
    }
}

fn revision(fetched: &[Fetched]) -> String {
    fetched[0].digest().strip_prefix("svn:").unwrap().to_owned()
}

#[tokio::test]
async fn a_revision_is_checked_out_as_a_working_copy() {
    for runner in [ToolRunner::Bwrap("bwrap".into()), ToolRunner::Direct] {
        let mut ctx = TestContext::new();
        ctx.runner = runner;
        let upstream = Upstream::new(&ctx);
        let sources = [
            upstream.source("#revision=2"),
            skipped(&format!("new::svn+{}/trunk", upstream.url())),
        ];
        let fetched = ctx.fetch(&sources).await.unwrap();
        assert_eq!(fetched.iter().map(Fetched::digest).collect::<Vec<_>>(), ["svn:2", "svn:3"]);
        ctx.extract(&sources, &fetched).await.unwrap();
        fs_err::remove_dir_all(ctx.path("cache")).unwrap();
        for (name, content) in [("trunk", "one"), ("new", "two")] {
            let copy = ctx.path("srcdir").join(name);
            assert_eq!(fs_err::read_to_string(copy.join("file")).unwrap(), content);
            assert_eq!(run("svn", &copy, &["status"]), "");
        }
        let error = ctx.fetch(&[upstream.source("#revision=9")]).await.unwrap_err();
        assert!(matches!(error, SourceError::Program { .. }), "{error}");
    }
}

#[tokio::test]
async fn the_mirror_follows_and_outlives_its_upstream() {
    let mut ctx = TestContext::new();
    let (head, fixed, other) = {
        let upstream = Upstream::new(&ctx);
        let (head, fixed) = (upstream.source(""), upstream.source("#revision=2"));
        ctx.fetch(std::slice::from_ref(&head)).await.unwrap();
        ctx.fetch(std::slice::from_ref(&fixed)).await.unwrap();
        upstream.commit("three");
        assert_eq!(revision(&ctx.fetch(std::slice::from_ref(&head)).await.unwrap()), "4");
        (head, fixed, upstream.source("#revision=3"))
    };
    fs_err::rename(ctx.path("upstream"), ctx.path("gone")).unwrap();
    assert_eq!(revision(&ctx.fetch(std::slice::from_ref(&fixed)).await.unwrap()), "2");
    assert!(!ctx.said("as it is"));
    assert_eq!(revision(&ctx.fetch(std::slice::from_ref(&head)).await.unwrap()), "4");
    assert!(ctx.said("using the mirror as it is"));
    ctx.offline = true;
    assert_eq!(revision(&ctx.fetch(&[head]).await.unwrap()), "4");
    let error = ctx.fetch(&[other]).await.unwrap_err();
    assert!(matches!(error, SourceError::Offline { .. }), "{error}");
}

#[tokio::test]
async fn a_name_is_no_option_and_has_no_revision() {
    for name in ["x@1", "@", "--force", "-x@2"] {
        let ctx = TestContext::new();
        let upstream = Upstream::new(&ctx);
        let source = [skipped(&format!("{name}::svn+{}/trunk", upstream.url()))];
        assert_eq!(revision(&ctx.fetch(&source).await.unwrap()), "3", "{name}");
        upstream.commit("three");
        assert_eq!(revision(&ctx.fetch(&source).await.unwrap()), "4", "{name}");
        assert!(!ctx.said("as it is"), "{name}");
    }
}

#[tokio::test]
async fn a_mirror_of_another_revision_is_brought_to_the_wanted_one() {
    let ctx = TestContext::new();
    let upstream = Upstream::new(&ctx);
    let source = [skipped(&format!("x@1::svn+{}/trunk#revision=2", upstream.url()))];
    assert_eq!(revision(&ctx.fetch(&source).await.unwrap()), "2");
    let mut folders = fs_err::read_dir(ctx.path("cache/svn")).unwrap();
    let copy = folders.next().unwrap().unwrap().path().join("x@1");
    run("svn", &copy, &["update", "-q", "-r", "3"]);
    assert_eq!(revision(&ctx.fetch(&source).await.unwrap()), "2");
}

#[tokio::test]
async fn a_copy_that_was_moved_on_is_not_taken_for_what_was_fetched() {
    let ctx = TestContext::new();
    let upstream = Upstream::new(&ctx);
    let sources = [upstream.source("")];
    let before = ctx.fetch(&sources).await.unwrap();
    upstream.commit("three");
    ctx.fetch(&sources).await.unwrap();
    let error = ctx.extract(&sources, &before).await.unwrap_err();
    assert!(matches!(error, SourceError::Moved { .. }), "{error}");
}
