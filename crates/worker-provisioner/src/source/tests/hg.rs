use std::process::Command;

use super::context::{TestContext, skipped, summed};
use crate::source::{Content, Fetched, Signed, Source, SourceError, ToolRunner, verify};

/// A repository with a tag 1.0 on its first changeset, a branch side, and a later one on default.
struct Upstream<'a> {
    ctx: &'a TestContext,
}

impl<'a> Upstream<'a> {
    fn new(ctx: &'a TestContext) -> Self {
        let upstream = Self { ctx };
        fs_err::create_dir(ctx.path("upstream")).unwrap();
        upstream.hg(&["init"]);
        upstream.commit("one");
        upstream.hg(&["tag", "--local", "here"]);
        upstream.hg(&["tag", "--date=0 0", "--user=test", "1.0"]);
        upstream.hg(&["branch", "--quiet", "side"]);
        upstream.commit("aside");
        upstream.hg(&["update", "--quiet", "default"]);
        upstream.commit("two");
        upstream
    }

    /// Runs hg with a fixed author and time; returns its stdout.
    fn hg(&self, args: &[&str]) -> String {
        let output = Command::new("hg")
            .current_dir(self.ctx.path("upstream"))
            .args(["--config", "ui.username=test"])
            .args(args)
            .env("HGPLAIN", "1")
            .output()
            .unwrap();
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    fn commit(&self, content: &str) -> String {
        fs_err::write(self.ctx.path("upstream/file"), content).unwrap();
        self.hg(&["commit", "--addremove", "--quiet", "--date=0 0", "--message", content]);
        self.node(".")
    }

    fn node(&self, revision: &str) -> String {
        self.hg(&["log", "--rev", revision, "--template={node}"])
    }

    fn entry(&self, rest: &str) -> String {
        format!("hg+file://{}{rest}", self.ctx.path("upstream").display())
    }

    fn source(&self, rest: &str) -> Source {
        skipped(&self.entry(rest))
    }
}

fn node(fetched: &[Fetched]) -> String {
    fetched[0].digest().strip_prefix("hg:").unwrap().to_owned()
}

#[tokio::test]
async fn every_kind_of_reference() {
    let ctx = TestContext::new();
    let upstream = Upstream::new(&ctx);
    let (first, side, last) = (upstream.node("1.0"), upstream.node("side"), upstream.node("tip"));
    for (rest, expected) in [
        ("", &last),
        ("#branch=side", &side),
        ("#branch=default", &last),
        ("#tag=1.0", &first),
        ("#revision=0", &first),
        (&format!("#revision={first}"), &first),
        (&format!("#revision={}", &first[..12]), &first),
    ] {
        assert_eq!(&node(&ctx.fetch(&[upstream.source(rest)]).await.unwrap()), expected, "{rest}");
    }
    let error = ctx.fetch(&[upstream.source("#tag=9.0")]).await.unwrap_err();
    assert!(error.to_string().ends_with("has no tag 9.0"), "{error}");
    upstream.hg(&["bookmark", "--rev=1.0", "@"]);
    assert_eq!(node(&ctx.fetch(&[upstream.source("")]).await.unwrap()), first);
}

#[tokio::test]
async fn the_working_copy_stands_on_its_own() {
    for runner in [ToolRunner::Bwrap("bwrap".into()), ToolRunner::Direct] {
        let mut ctx = TestContext::new();
        ctx.runner = runner;
        let upstream = Upstream::new(&ctx);
        let sources = [upstream.source("#tag=1.0")];
        let fetched = ctx.fetch(&sources).await.unwrap();
        ctx.extract(&sources, &fetched).await.unwrap();
        fs_err::remove_dir_all(ctx.path("cache")).unwrap();
        let copy = ctx.path("srcdir/upstream");
        assert_eq!(fs_err::read_to_string(copy.join("file")).unwrap(), "one");
        let hg = |args: &[&str]| {
            let output = Command::new("hg").current_dir(&copy).args(args).output().unwrap();
            assert!(output.status.success(), "{output:?}");
            String::from_utf8(output.stdout).unwrap().trim().to_owned()
        };
        assert_eq!(hg(&["log", "--rev=.", "--template={node}"]), upstream.node("1.0"));
        assert_eq!(hg(&["status"]), "");
        hg(&["verify", "--quiet"]);
        let origin = fs_err::read_to_string(copy.join(".hg/hgrc")).unwrap();
        let url = format!("file://{}", ctx.path("upstream").display());
        assert_eq!(origin, format!("[paths]\ndefault = {url}\n"));
    }
}

#[tokio::test]
async fn the_mirror_follows_and_outlives_its_upstream() {
    let mut ctx = TestContext::new();
    let path = ctx.path("upstream");
    let (entry, later) = {
        let upstream = Upstream::new(&ctx);
        ctx.fetch(&[upstream.source("")]).await.unwrap();
        let later = upstream.commit("three");
        assert_eq!(node(&ctx.fetch(&[upstream.source("")]).await.unwrap()), later);
        (upstream.entry(""), later)
    };
    fs_err::rename(&path, ctx.path("gone")).unwrap();
    assert_eq!(node(&ctx.fetch(&[skipped(&entry)]).await.unwrap()), later);
    assert!(ctx.said("using the mirror as it is"));
    let error = ctx.fetch(&[skipped(&format!("{entry}#tag=9.0"))]).await.unwrap_err();
    assert!(matches!(error, SourceError::Program { .. }), "{error}");
    ctx.offline = true;
    assert_eq!(node(&ctx.fetch(&[skipped(&entry)]).await.unwrap()), later);
    for missing in [format!("{entry}#tag=9.0"), format!("{entry}-other")] {
        let error = ctx.fetch(&[skipped(&missing)]).await.unwrap_err();
        assert!(matches!(error, SourceError::Offline { .. }), "{error}");
    }
}

#[tokio::test]
async fn the_sum_of_a_revision_is_that_of_its_archive() {
    let ctx = TestContext::new();
    let upstream = Upstream::new(&ctx);
    let output = Command::new("hg")
        .current_dir(ctx.path("upstream"))
        .args(["archive", "--type=tar", "--rev=1.0", "-"])
        .output()
        .unwrap();
    let sources = [summed(&upstream.entry("#tag=1.0"), &output.stdout)];
    let fetched = ctx.fetch(&sources).await.unwrap();
    assert!(verify(&sources, &fetched, &Signed::default(), false).unwrap().is_empty());
    let sources = [summed(&upstream.entry("#tag=1.0"), b"something else")];
    let fetched = ctx.fetch(&sources).await.unwrap();
    let error = verify(&sources, &fetched, &Signed::default(), false).unwrap_err();
    assert!(matches!(error, SourceError::Mismatch { .. }), "{error}");
}

#[tokio::test]
async fn a_mirror_of_another_repository_is_an_error_and_a_broken_one_is_cloned_anew() {
    let ctx = TestContext::new();
    let upstream = Upstream::new(&ctx);
    let sources = [upstream.source("")];
    let fetched = ctx.fetch(&sources).await.unwrap();
    let Content::Repository { mirror, .. } = &fetched[0].content else { panic!("no mirror") };
    fs_err::write(mirror.join(".hg/hgrc"), "[paths]\ndefault = https://example.org/other\n")
        .unwrap();
    let error = ctx.fetch(&sources).await.unwrap_err();
    assert!(error.to_string().contains("not a mirror of"), "{error}");
    fs_err::remove_file(mirror.join(".hg/requires")).unwrap();
    fs_err::remove_dir_all(mirror.join(".hg/store")).unwrap();
    fs_err::remove_dir_all(mirror.join(".hg")).unwrap();
    assert_eq!(node(&ctx.fetch(&sources).await.unwrap()), upstream.node("tip"));
}
