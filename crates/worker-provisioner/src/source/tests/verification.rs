use super::context::{TestContext, skipped, summed};
use crate::source::{Algorithm, Signed, Source, SourceError, Sum, unverified, verify};

#[test]
fn what_nothing_vouches_for_is_known_before_it_is_fetched() {
    let commit = format!("git+https://h/pinned#commit={}", "a".repeat(40));
    let sources = [
        skipped("https://h/skipped.tgz"),
        Source::parse("https://h/bare.tgz").unwrap(),
        summed("https://h/summed.tgz", b"x"),
        skipped("https://h/summed.tgz.sig"),
        skipped("https://h/other.sig"),
        skipped("fix.patch"),
        skipped("git+https://h/branch#branch=main"),
        skipped("git+https://h/tagged#tag=v1?signed"),
        skipped(&commit),
        skipped("npm://x@1"),
        skipped("https://h/signed.tar.xz"),
        skipped("https://h/signed.tar.sign"),
    ];
    let expected = ["skipped.tgz", "bare.tgz", "other.sig", "fix.patch", "branch", "x@1"];
    assert_eq!(unverified(&sources), expected);
}

#[tokio::test]
async fn it_fails_closed() {
    let ctx = TestContext::new();
    fs_err::write(ctx.path("x"), b"content").unwrap();
    let url = format!("file://{}", ctx.path("x").display());
    let sources = [skipped(&url)];
    let fetched = ctx.fetch(&sources).await.unwrap();
    let error = verify(&sources, &fetched, &Signed::default(), false).unwrap_err();
    assert!(matches!(error, SourceError::Unverified { .. }));
    assert!(error.to_string().starts_with("nothing vouches for x:"), "{error}");
    assert_eq!(verify(&sources, &fetched, &Signed::default(), true).unwrap(), ["x"]);
}

#[tokio::test]
async fn every_sum_counts_and_the_users_own_file_stays() {
    let ctx = TestContext::new();
    fs_err::write(ctx.path("recipe/x"), b"content").unwrap();
    let mut source = summed("x", b"content");
    source.sums.push((Algorithm::Md5, Sum::Hex("0".repeat(32))));
    let sources = [source];
    let fetched = ctx.fetch(&sources).await.unwrap();
    let error = verify(&sources, &fetched, &Signed::default(), true).unwrap_err().to_string();
    assert!(error.starts_with("x does not match its md5 sum"), "{error}");
    assert!(ctx.path("recipe/x").exists());
}
