//! Signatures, with keys that a recipe brings from every kind of index.

use std::process::Command;

use rbee_hive_worker_catalog::{CancellationToken, ErrorKind, IndexLocation, ProvisionOptions};

use crate::{
    context::{TestContext, run},
    index::serve,
};

/// Runs a script with a `GnuPG` folder of its own, whose agent ends with it.
fn gpg(context: &TestContext, script: &str) -> String {
    let output = Command::new("bash")
        .args(["-ec", &format!("trap 'gpgconf --kill all' EXIT; {script}")])
        .current_dir(context.path("index/w"))
        .env("GNUPGHOME", context.path("gnupg"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// A recipe whose one source has a signature and no sum. Returns the key's fingerprint.
fn recipe(context: &TestContext) -> String {
    let key = "mkdir -m 700 \"$GNUPGHOME\"; \
               gpg --batch --quiet --passphrase '' --quick-generate-key 'S <s@example.org>' ed25519 sign 0; \
               gpg --with-colons --list-keys | awk -F: '/^fpr/ { print $10; exit }'";
    context.file("w", "text", b"#!/bin/sh\necho signed\n");
    let fingerprint = gpg(context, key);
    gpg(context, "gpg --batch --quiet --detach-sign text");
    gpg(context, &format!("mkdir -p keys/pgp; gpg --armor --export >keys/pgp/{fingerprint}.asc"));
    context.recipe(
        "w",
        &format!(
            "source=(text text.sig)\nsha256sums=(SKIP SKIP)\nvalidpgpkeys=({fingerprint})\n\
             package() {{ install -Dm755 text \"$pkgdir/usr/bin/w\"; }}"
        ),
    );
    fingerprint
}

#[tokio::test]
async fn a_signed_source_needs_no_sum_and_its_key_is_on_record() {
    let context = TestContext::new();
    let fingerprint = recipe(&context);
    let url: IndexLocation = serve(context.path("index")).parse().unwrap();
    let one = IndexLocation::Recipe(context.path("index/w"));
    for index in [context.index(), url, one] {
        let options = ProvisionOptions { force: true, ..Default::default() };
        let catalog = context.catalog_with(index, options);
        let worker = context.provision(&catalog, "w", CancellationToken::new()).await.unwrap();
        assert_eq!(run(&worker), "signed");
        let sources = &worker.provenance.sources;
        assert_eq!(sources[0].signed_by.as_ref(), Some(&fingerprint));
        assert_eq!(sources[1].signed_by, None);
        assert!(worker.provenance.unverified.is_empty());
    }
}

#[tokio::test]
async fn a_changed_file_or_a_missing_key_ends_the_job() {
    let context = TestContext::new();
    let fingerprint = recipe(&context);
    context.file("w", "text", b"#!/bin/sh\necho forged\n");
    let options = || ProvisionOptions { allow_unverified: true, ..Default::default() };
    let error = context.install_with("w", options()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SourceFailed);
    assert!(error.to_string().contains("is bad"), "{error}");

    context.file("w", "text", b"#!/bin/sh\necho signed\n");
    let key = format!("keys/pgp/{fingerprint}.asc");
    fs_err::remove_file(context.path("index/w").join(&key)).unwrap();
    let error = context.install("w").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SourceFailed);
    let text = error.to_string();
    assert!(text.contains(&key) && text.contains("--allow-unverified"), "{text}");
    let worker = context.install_with("w", options()).await.unwrap();
    assert_eq!(worker.provenance.unverified, ["text", "text.sig"]);
}
