use std::{
    io::Write,
    os::unix::fs::PermissionsExt,
    path::PathBuf,
    process::{Command, Stdio},
};

use tempfile::TempDir;

use super::context::{TestContext, skipped, summed};
use crate::source::{
    SignatureContext, SignatureProblem, Signed, Source, SourceError, TrustedKeys, check_signatures,
    key_files, verify,
};

/// A person with a `GnuPG` folder, whose agent ends with this value.
struct Person {
    home: TempDir,
}

impl Person {
    /// With one key that expires in this time, and a subkey that signs.
    fn new(expires: &str) -> Self {
        let private = std::fs::Permissions::from_mode(0o700);
        let home = tempfile::Builder::new().permissions(private).tempdir().unwrap();
        let person = Self { home };
        let quick =
            ["--quick-generate-key", "Somebody <s@example.org>", "ed25519", "cert", expires];
        person.gpg(&quick, b"");
        person.gpg(&["--quick-add-key", &person.fingerprint(), "ed25519", "sign", "0"], b"");
        person
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env("GNUPGHOME", self.home.path());
        command
    }

    fn gpg(&self, args: &[&str], stdin: &[u8]) -> Vec<u8> {
        let mut gpg = self
            .command("gpg")
            .args(["--batch", "--quiet", "--yes", "--pinentry-mode=loopback", "--passphrase", ""])
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        gpg.stdin.take().unwrap().write_all(stdin).unwrap();
        let output = gpg.wait_with_output().unwrap();
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }

    fn fingerprint(&self) -> String {
        let listed = self.gpg(&["--with-colons", "--list-keys"], b"");
        let listed = String::from_utf8(listed).unwrap();
        let line = listed.lines().find(|line| line.starts_with("fpr:")).unwrap();
        line.split(':').nth(9).unwrap().to_owned()
    }

    fn sign(&self, content: &[u8]) -> Vec<u8> {
        self.gpg(&["--detach-sign", "--armor"], content)
    }

    fn export(&self) -> Vec<u8> {
        self.gpg(&["--armor", "--export"], b"")
    }

    fn revoke(&self) {
        let certificate =
            self.home.path().join(format!("openpgp-revocs.d/{}.rev", self.fingerprint()));
        let text = fs_err::read_to_string(certificate).unwrap();
        // The colon keeps it from being used by mistake.
        self.gpg(&["--import"], text.replace(":-----BEGIN", "-----BEGIN").as_bytes());
    }
}

impl Drop for Person {
    fn drop(&mut self) {
        let _ = self.command("gpgconf").args(["--kill", "all"]).output();
    }
}

/// The key as a recipe brings it.
fn bring(ctx: &TestContext, person: &Person) -> String {
    let fingerprint = person.fingerprint();
    let file = ctx.path("recipe").join(&key_files(std::slice::from_ref(&fingerprint))[0]);
    fs_err::create_dir_all(file.parent().unwrap()).unwrap();
    fs_err::write(file, person.export()).unwrap();
    fingerprint
}

/// A file and its signature beside the recipe.
fn put(ctx: &TestContext, name: &str, content: &[u8]) -> PathBuf {
    let path = ctx.path("recipe").join(name);
    fs_err::write(&path, content).unwrap();
    path
}

async fn check(
    ctx: &TestContext,
    sources: &[Source],
    valid: &[String],
    allow_unverified: bool,
) -> Result<Signed, SourceError> {
    let fetched = ctx.fetch(sources).await.unwrap();
    let keys = TrustedKeys::read(valid, &ctx.path("recipe")).unwrap();
    let warn = |text: String| ctx.said.lock().unwrap().push(text);
    let context = SignatureContext { runner: &ctx.runner, allow_unverified, warn: &warn };
    check_signatures(sources, &fetched, &keys, &context, &ctx.cancel).await
}

fn problem(result: Result<Signed, SourceError>) -> SignatureProblem {
    match result {
        Err(SourceError::Signature { problem, .. }) => problem,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_good_signature_vouches_for_a_file_without_a_sum() {
    let ctx = TestContext::new();
    let person = Person::new("0");
    let fingerprint = bring(&ctx, &person);
    put(&ctx, "a.txt", b"content");
    put(&ctx, "a.txt.sig", &person.sign(b"content"));
    let sources = [skipped("a.txt"), skipped("a.txt.sig")];
    let signed = check(&ctx, &sources, std::slice::from_ref(&fingerprint), false).await.unwrap();
    assert_eq!(signed.by.get(&0), Some(&fingerprint));
    let fetched = ctx.fetch(&sources).await.unwrap();
    assert!(verify(&sources, &fetched, &signed, false).unwrap().is_empty());

    put(&ctx, "a.txt", b"other content");
    // Not even those who accept what is not checked accept what is known to be wrong.
    let bad = problem(check(&ctx, &sources, &[fingerprint], true).await);
    assert!(matches!(bad, SignatureProblem::Bad { .. }), "{bad}");
}

#[tokio::test]
async fn a_signature_may_be_of_the_decompressed_file() {
    let ctx = TestContext::new();
    let person = Person::new("0");
    let fingerprint = bring(&ctx, &person);
    // Larger than a pipe holds.
    let content = super::context::noise(300_000);
    put(&ctx, "a.tar", &content);
    for (program, extension) in [("gzip", "gz"), ("bzip2", "bz2"), ("xz", "xz"), ("zstd", "zst")] {
        let packed = Command::new(program)
            .arg("-c")
            .arg(ctx.path("recipe/a.tar"))
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let name = format!("b.tar.{extension}");
        put(&ctx, &name, &packed.stdout);
        put(&ctx, "b.tar.sign", &person.sign(&content));
        let sources = [skipped("b.tar.sign"), skipped(&name)];
        let valid = [fingerprint.clone()];
        let signed = check(&ctx, &sources, &valid, false).await.unwrap();
        assert_eq!(signed.by.get(&1), Some(&fingerprint), "{program}");
        put(&ctx, "b.tar.sign", &person.sign(b"other content"));
        let bad = problem(check(&ctx, &sources, &valid, false).await);
        assert!(matches!(bad, SignatureProblem::Bad { .. }), "{program}: {bad}");
    }
}

#[tokio::test]
async fn only_keys_of_the_recipe_count() {
    let ctx = TestContext::new();
    let (person, other) = (Person::new("0"), Person::new("0"));
    put(&ctx, "a.txt", b"content");
    put(&ctx, "a.txt.asc", &person.sign(b"content"));
    let sources = [summed("a.txt", b"content"), skipped("a.txt.asc")];
    let fingerprint = person.fingerprint();

    let unknown = check(&ctx, &sources, std::slice::from_ref(&fingerprint), false).await;
    let message = unknown.as_ref().unwrap_err().to_string();
    assert!(message.contains(&format!("keys/pgp/{fingerprint}.asc")), "{message}");
    assert!(matches!(problem(unknown), SignatureProblem::UnknownKey { .. }));
    let allowed = check(&ctx, &sources, std::slice::from_ref(&fingerprint), true).await.unwrap();
    assert_eq!(allowed.unchecked, ["a.txt.asc"]);

    // Its key is there, but it is another one that is trusted.
    bring(&ctx, &person);
    let valid = [bring(&ctx, &other)];
    let file = ctx.path("recipe").join(&key_files(&valid)[0]);
    fs_err::write(file, [person.export(), other.export()].concat()).unwrap();
    let stranger = problem(check(&ctx, &sources, &valid, false).await);
    assert_eq!(stranger, SignatureProblem::NotTrusted { key: fingerprint });
    let nobody = problem(check(&ctx, &sources, &[], false).await);
    assert!(matches!(nobody, SignatureProblem::UnknownKey { .. }), "{nobody}");
}

#[tokio::test]
async fn an_expired_key_warns_and_a_revoked_one_fails() {
    let ctx = TestContext::new();
    let person = Person::new("0");
    put(&ctx, "a.txt", b"content");
    put(&ctx, "a.txt.sig", &person.sign(b"content"));
    let sources = [skipped("a.txt"), skipped("a.txt.sig")];
    let fingerprint = person.fingerprint();
    person.gpg(&["--quick-set-expire", &fingerprint, "seconds=1"], b"");
    std::thread::sleep(std::time::Duration::from_secs(2));
    let valid = [bring(&ctx, &person)];
    let signed = check(&ctx, &sources, &valid, false).await.unwrap();
    assert_eq!(signed.by.get(&0), Some(&fingerprint));
    assert!(ctx.said("the key has expired"));

    person.revoke();
    bring(&ctx, &person);
    let revoked = problem(check(&ctx, &sources, &valid, true).await);
    assert_eq!(revoked, SignatureProblem::Revoked { key: fingerprint });
}

#[tokio::test]
async fn a_signature_needs_its_file_and_has_to_be_one() {
    let ctx = TestContext::new();
    let person = Person::new("0");
    let valid = [bring(&ctx, &person)];
    put(&ctx, "a.txt", b"content");
    put(&ctx, "a.txt.sig", b"no signature");
    let sources = [skipped("a.txt.sig"), skipped("a.txt")];
    assert_eq!(problem(check(&ctx, &sources, &valid, false).await), SignatureProblem::None);
    assert_eq!(problem(check(&ctx, &sources[..1], &valid, false).await), SignatureProblem::NoFile);
    let none = check(&ctx, &sources[1..], &valid, false).await.unwrap();
    assert!(none.by.is_empty() && none.unchecked.is_empty());
}

/// A repository with a signed commit, a signed tag v1, a tag v2 without a signature, and a lightweight
/// one.
fn repository(ctx: &TestContext, person: &Person) -> PathBuf {
    let upstream = ctx.path("upstream");
    let git = |args: &[&str]| {
        let output = person
            .command("git")
            .current_dir(if upstream.exists() { &upstream } else { ctx.folder.path() })
            .args(["-c", "user.name=Test", "-c", "user.email=s@example.org"])
            .args(["-c", &format!("user.signingkey={}", person.fingerprint())])
            .args(args)
            .output()
            .unwrap();
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    };
    git(&["init", "-q", "-b", "main", "upstream"]);
    fs_err::write(upstream.join("file"), "one").unwrap();
    git(&["add", "file"]);
    git(&["commit", "-q", "-S", "-m", "signed"]);
    git(&["tag", "-s", "-m", "first", "v1"]);
    git(&["tag", "-a", "-m", "second", "v2"]);
    git(&["tag", "light"]);
    git(&["commit", "-q", "--allow-empty", "-m", "not signed"]);
    git(&["branch", "side", "HEAD~1"]);
    upstream
}

#[tokio::test]
async fn a_signed_tag_or_commit_vouches_for_a_repository() {
    let ctx = TestContext::new();
    let person = Person::new("0");
    let upstream = repository(&ctx, &person);
    let valid = [bring(&ctx, &person)];
    let source = |rest: &str| [skipped(&format!("git+file://{}{rest}", upstream.display()))];
    for rest in ["#tag=v1?signed", "?signed#tag=v1", "?signed#branch=side"] {
        let sources = source(rest);
        let signed = check(&ctx, &sources, &valid, false).await.unwrap();
        assert_eq!(signed.by.get(&0), Some(&valid[0]), "{rest}");
        let fetched = ctx.fetch(&sources).await.unwrap();
        assert!(verify(&sources, &fetched, &signed, false).unwrap().is_empty());
    }
    for rest in ["#tag=v2?signed", "#tag=light?signed", "?signed", "?signed#branch=main"] {
        let none = problem(check(&ctx, &source(rest), &valid, false).await);
        assert_eq!(none, SignatureProblem::None, "{rest}");
    }
    let unsigned = check(&ctx, &source("#tag=v1"), &valid, false).await.unwrap();
    assert!(unsigned.by.is_empty());
    let other = Person::new("0");
    let stranger =
        problem(check(&ctx, &source("#tag=v1?signed"), &[bring(&ctx, &other)], false).await);
    assert!(matches!(stranger, SignatureProblem::UnknownKey { .. }), "{stranger}");
}
