use std::{path::Path, process::Command};

use super::context::{TestContext, skipped, summed};
use crate::source::{Content, Fetched, Signed, Source, SourceError, ToolRunner, verify};

/// Runs git with a fixed author and time; returns its stdout.
fn git(folder: &Path, args: &[&str]) -> String {
    let output = Command::new("git")
        .current_dir(folder)
        .args(["-c", "user.name=Test", "-c", "user.email=test@example.org"])
        .args(args)
        .env("GIT_AUTHOR_DATE", "2024-01-01T00:00:00Z")
        .env("GIT_COMMITTER_DATE", "2024-01-01T00:00:00Z")
        .output()
        .unwrap();
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// A repository with a tag v1, a branch side, and a later commit on main.
struct Upstream<'a> {
    ctx: &'a TestContext,
}

impl<'a> Upstream<'a> {
    fn new(ctx: &'a TestContext) -> Self {
        let upstream = Self { ctx };
        git(ctx.folder.path(), &["init", "-q", "-b", "main", "upstream"]);
        upstream.commit("one");
        upstream.git(&["tag", "-a", "-m", "first", "v1"]);
        upstream.git(&["branch", "side"]);
        upstream.commit("two");
        upstream
    }

    fn git(&self, args: &[&str]) -> String {
        git(&self.ctx.path("upstream"), args)
    }

    fn commit(&self, content: &str) -> String {
        fs_err::write(self.ctx.path("upstream/file"), content).unwrap();
        self.git(&["add", "file"]);
        self.git(&["commit", "-q", "-m", content]);
        self.head()
    }

    fn head(&self) -> String {
        self.git(&["rev-parse", "HEAD"])
    }

    fn entry(&self, rest: &str) -> String {
        format!("git+file://{}{rest}", self.ctx.path("upstream").display())
    }

    fn source(&self, rest: &str) -> Source {
        skipped(&self.entry(rest))
    }
}

fn commit(fetched: &[Fetched]) -> String {
    fetched[0].digest().strip_prefix("git:").unwrap().to_owned()
}

#[tokio::test]
async fn every_kind_of_reference() {
    let ctx = TestContext::new();
    let upstream = Upstream::new(&ctx);
    let (head, first) = (upstream.head(), upstream.git(&["rev-parse", "v1^{commit}"]));
    for (rest, expected) in [
        ("", &head),
        ("#branch=main", &head),
        ("#branch=side", &first),
        ("#tag=v1", &first),
        (&format!("#commit={first}"), &first),
        (&format!("#commit={}", &first[..10]), &first),
    ] {
        let fetched = ctx.fetch(&[upstream.source(rest)]).await.unwrap();
        assert_eq!(&commit(&fetched), expected, "{rest}");
    }
    for (rest, what) in [("#tag=v9", "tag v9"), ("#branch=v1", "branch v1"), ("#tag=side", "tag")] {
        let error = ctx.fetch(&[upstream.source(rest)]).await.unwrap_err();
        assert!(matches!(error, SourceError::NoReference { .. }), "{error}");
        assert!(error.to_string().contains(what), "{error}");
    }
}

#[tokio::test]
async fn the_working_copy_stands_on_its_own() {
    for runner in [ToolRunner::Bwrap("bwrap".into()), ToolRunner::Direct] {
        let mut ctx = TestContext::new();
        ctx.runner = runner;
        let upstream = Upstream::new(&ctx);
        let hook = ctx.path("upstream/.git/hooks/post-checkout");
        fs_err::write(hook, "#!/bin/sh\ntouch /tmp/must-not-run\n").unwrap();
        let first = upstream.git(&["rev-parse", "v1^{commit}"]);
        let sources = [upstream.source("#tag=v1")];
        let fetched = ctx.fetch(&sources).await.unwrap();
        let mounts = ctx.extract(&sources, &fetched).await.unwrap();
        assert!(mounts.is_empty());
        fs_err::remove_dir_all(ctx.path("cache")).unwrap();
        let copy = ctx.path("srcdir/upstream");
        assert_eq!(fs_err::read_to_string(copy.join("file")).unwrap(), "one");
        assert_eq!(git(&copy, &["rev-parse", "HEAD"]), first);
        assert_eq!(git(&copy, &["symbolic-ref", "HEAD"]), "refs/heads/makepkg");
        assert_eq!(git(&copy, &["describe"]), "v1");
        assert_eq!(git(&copy, &["status", "--porcelain"]), "");
        git(&copy, &["fsck", "--full"]);
        let origin = git(&copy, &["remote", "get-url", "origin"]);
        assert_eq!(origin, format!("file://{}", ctx.path("upstream").display()));
    }
}

#[tokio::test]
async fn the_mirror_follows_and_outlives_its_upstream() {
    let mut ctx = TestContext::new();
    let path = ctx.path("upstream");
    let later = {
        let upstream = Upstream::new(&ctx);
        ctx.fetch(&[upstream.source("")]).await.unwrap();
        upstream.git(&["checkout", "-q", "-b", "trunk"]);
        upstream.git(&["branch", "-q", "-D", "main"]);
        let later = upstream.commit("three");
        assert_eq!(commit(&ctx.fetch(&[upstream.source("")]).await.unwrap()), later);
        let error = ctx.fetch(&[upstream.source("#branch=main")]).await.unwrap_err();
        assert!(matches!(error, SourceError::NoReference { .. }), "{error}");
        later
    };
    fs_err::rename(&path, ctx.path("gone")).unwrap();
    let entry = format!("git+file://{}", path.display());
    assert_eq!(commit(&ctx.fetch(&[skipped(&entry)]).await.unwrap()), later);
    assert!(ctx.said("using the mirror as it is"));
    let error = ctx.fetch(&[skipped(&format!("{entry}#tag=v9"))]).await.unwrap_err();
    assert!(matches!(error, SourceError::Program { .. }), "{error}");
    ctx.offline = true;
    assert_eq!(commit(&ctx.fetch(&[skipped(&entry)]).await.unwrap()), later);
    let error = ctx.fetch(&[skipped(&format!("{entry}-other"))]).await.unwrap_err();
    assert!(matches!(error, SourceError::Offline { .. }), "{error}");
}

#[tokio::test]
async fn a_forged_tag_is_refused() {
    let ctx = TestContext::new();
    let upstream = Upstream::new(&ctx);
    upstream.git(&["update-ref", "refs/tags/v2", "refs/tags/v1"]);
    let error = ctx.fetch(&[upstream.source("#tag=v2")]).await.unwrap_err();
    assert!(error.to_string().ends_with("it holds the tag object of v1"), "{error}");
}

#[tokio::test]
async fn the_sum_of_a_commit_is_that_of_its_archive() {
    let ctx = TestContext::new();
    let upstream = Upstream::new(&ctx);
    let output = Command::new("git")
        .current_dir(ctx.path("upstream"))
        .args(["archive", "--format=tar", "v1"])
        .output()
        .unwrap();
    let sources = [summed(&upstream.entry("#tag=v1"), &output.stdout)];
    let fetched = ctx.fetch(&sources).await.unwrap();
    assert!(verify(&sources, &fetched, &Signed::default(), false).unwrap().is_empty());
    let sources = [summed(&upstream.entry("#tag=v1"), b"something else")];
    let fetched = ctx.fetch(&sources).await.unwrap();
    let error = verify(&sources, &fetched, &Signed::default(), false).unwrap_err();
    assert!(matches!(error, SourceError::Mismatch { .. }), "{error}");
}

#[tokio::test]
async fn a_bundle_is_a_repository() {
    let ctx = TestContext::new();
    let upstream = Upstream::new(&ctx);
    upstream.git(&["bundle", "create", "-q", "../repo.bundle", "--all", "HEAD"]);
    let source = format!("x::git+file://{}#tag=v1", ctx.path("repo.bundle").display());
    let sources = [skipped(&source)];
    let fetched = ctx.fetch(&sources).await.unwrap();
    ctx.extract(&sources, &fetched).await.unwrap();
    assert_eq!(fs_err::read_to_string(ctx.path("srcdir/x/file")).unwrap(), "one");
    // Again, with a mirror to update from it.
    ctx.fetch(&sources).await.unwrap();
    assert!(!ctx.said("as it is"));
}

#[tokio::test]
async fn a_broken_mirror_is_cloned_anew() {
    let ctx = TestContext::new();
    let upstream = Upstream::new(&ctx);
    let sources = [upstream.source("")];
    let fetched = ctx.fetch(&sources).await.unwrap();
    let Content::Repository { mirror, .. } = &fetched[0].content else { panic!("no mirror") };
    fs_err::remove_file(mirror.join("HEAD")).unwrap();
    assert_eq!(commit(&ctx.fetch(&sources).await.unwrap()), upstream.head());
}

#[tokio::test]
async fn a_mirror_of_another_repository_is_an_error() {
    let ctx = TestContext::new();
    let upstream = Upstream::new(&ctx);
    let sources = [upstream.source("")];
    let fetched = ctx.fetch(&sources).await.unwrap();
    let Content::Repository { mirror, .. } = &fetched[0].content else { panic!("no mirror") };
    git(mirror, &["config", "remote.origin.url", "https://example.org/other"]);
    let error = ctx.fetch(&sources).await.unwrap_err();
    assert!(matches!(error, SourceError::NotAMirror { .. }), "{error}");
    assert!(error.to_string().contains("but of https://example.org/other"), "{error}");
}

#[tokio::test]
async fn what_a_killed_git_left_behind_stops_nobody() {
    let ctx = TestContext::new();
    let upstream = Upstream::new(&ctx);
    let fetched = ctx.fetch(&[upstream.source("")]).await.unwrap();
    let Content::Repository { mirror, .. } = &fetched[0].content else { panic!("no mirror") };
    for name in ["packed-refs.lock", "HEAD.lock", "refs/heads/main.lock", "objects/pack/tmp_pack_x"]
    {
        fs_err::create_dir_all(mirror.join("refs/heads")).unwrap();
        fs_err::write(mirror.join(name), "").unwrap();
    }
    let later = upstream.commit("three");
    assert_eq!(commit(&ctx.fetch(&[upstream.source("")]).await.unwrap()), later);
    assert!(!mirror.join("objects/pack/tmp_pack_x").exists());
}
