//! What recipe code cannot do, tried from inside `build()`.

use std::path::Path;

use rbee_hive_worker_catalog::{ErrorKind, ProvisionOptions, Step};

use crate::context::{TestContext, prints, sha256};

/// Runs a `build()` and returns what it printed.
async fn build(context: &TestContext, script: &str) -> Vec<String> {
    // What a probe cannot do must not end it.
    let body = format!("probe() {{\n{script}\n}}\nbuild() {{ probe || true; }}\n");
    context.recipe("w", &(body + &prints("w", "x")));
    context.install("w").await.unwrap();
    context.output(Step::Build)
}

#[tokio::test]
async fn build_has_no_network() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let context = TestContext::new();
    let script = format!(
        "(: </dev/tcp/127.0.0.1/{port}) 2>/dev/null && echo reached\nls /sys/class/net 2>/dev/null\necho done"
    );
    assert_eq!(build(&context, &script).await, ["done"]);
}

#[tokio::test]
async fn build_sees_no_home_no_store_and_no_file_of_the_host() {
    let context = TestContext::new();
    let secret = context.path("secret");
    fs_err::write(&secret, "secret").unwrap();
    context.recipe("other", &prints("other", "x"));
    let other = context.install("other").await.unwrap();
    let home = std::env::home_dir().unwrap();
    let script = format!(
        "cat {} && echo read-secret\nls {} && echo read-store\n[ \"$HOME\" = {} ] && echo home\n\
         ls -A {} && echo listed-home\nls /root /home /var /srv /mnt\necho done",
        secret.display(),
        other.path.display(),
        home.display(),
        home.display()
    );
    let output = build(&context, &script).await;
    assert_eq!(output.last().unwrap(), "done");
    for line in &output[..output.len() - 1] {
        assert!(line.contains("No such file or directory"), "{output:#?}");
    }
}

#[tokio::test]
async fn build_writes_only_srcdir_and_tmp() {
    let context = TestContext::new();
    let script = "for f in / /usr /usr/bin /etc /build /build/pkg /proc /dev/shm/.. /build/src /tmp; do\n\
                  touch \"$f/x\" 2>/dev/null && echo \"$f\"; done";
    assert_eq!(build(&context, script).await, ["/build/src", "/tmp"]);
}

#[tokio::test]
async fn evaluation_writes_nothing_and_has_no_network() {
    let context = TestContext::new();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let mark = context.path("mark");
    let body = format!(
        "for f in {} /build/x /usr/x /x; do touch $f 2>/dev/null && pkgver=9; done\n\
         (: </dev/tcp/127.0.0.1/{port}) 2>/dev/null && pkgver=8\necho this is not data\n{}",
        mark.display(),
        prints("w", "x")
    );
    context.recipe("w", &body);
    assert_eq!(context.install("w").await.unwrap().version.as_str(), "1.0-1");
    assert!(!mark.exists());
}

#[tokio::test]
async fn prepare_has_the_network_only_if_the_recipe_says_so() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let probe = format!(
        "if (: </dev/tcp/127.0.0.1/{port}) 2>/dev/null; then echo reached; else echo closed; fi"
    );
    let body = format!("prepare() {{ {probe}; }}\nbuild() {{ {probe}; }}\n{}", prints("w", "x"));
    let context = TestContext::new();
    context.recipe("w", &body);
    context.install("w").await.unwrap();
    assert_eq!(context.output(Step::Prepare), ["closed"]);
    let context = TestContext::new();
    context.recipe("w", &format!("_worker_network=(prepare)\n{body}"));
    context.install("w").await.unwrap();
    assert_eq!(context.output(Step::Prepare), ["reached"]);
    assert_eq!(context.output(Step::Build), ["closed"]);
}

#[tokio::test]
async fn the_smoke_test_is_confined_too() {
    let context = TestContext::new();
    let mark = context.path("mark");
    let package = prints("w", "x")
        .replace("echo %s", &format!("touch {} 2>/dev/null; id -u; echo %s", mark.display()));
    context.recipe("w", &format!("_worker_smoke=(--help)\n{package}"));
    context.install("w").await.unwrap();
    assert!(!mark.exists());
    assert_eq!(context.output(Step::Smoke), ["0", "x"]);
}

#[tokio::test]
async fn what_lies_beside_a_pkgbuild_is_seen_only_if_the_recipe_names_it() {
    let context = TestContext::new();
    let source = context.source("w", "named", b"named");
    context.file("w", ".ssh/id", b"private");
    context.file("w", "unnamed", b"private");
    let body = "seen=$(cat .ssh/* u* 2>/dev/null)\n\
                build() { echo \"[$seen]\"; ls -A \"$startdir\"; }\n";
    context.recipe("w", &format!("{source}{body}{}", prints("w", "x")));
    context.install("w").await.unwrap();
    assert_eq!(context.output(Step::Build), ["[]", "PKGBUILD", "named", "pkg", "src"]);
}

/// Download agents are programs of the host, with the host's rights.
#[tokio::test]
async fn a_recipe_has_no_word_in_which_programs_fetch() {
    let context = TestContext::new();
    let conf = context.path("makepkg.conf");
    fs_err::write(&conf, "DLAGENTS=('mine::/bin/sh -c :>%o')\n").unwrap();
    let mark = context.path("mark");
    let agent = format!("DLAGENTS=('mine::/usr/bin/touch {}')\n", mark.display());
    let source = |url: &str| {
        format!("{agent}source=(x::{url})\nsha256sums=({})\n", sha256(Path::new("/dev/null")))
    };
    context.recipe("w", &format!("{}{}", source("mine://h/x"), prints("w", "x")));
    let options = ProvisionOptions { makepkg_conf: vec![conf], ..ProvisionOptions::default() };
    context.install_with("w", options.clone()).await.unwrap();
    context.recipe("v", &format!("{}{}", source("theirs://h/x"), prints("v", "x")));
    let error = context.install_with("v", options).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RecipeRefused, "{error}");
    assert!(!mark.exists());
}

/// What is missing becomes an argument of the host's package manager.
#[tokio::test]
async fn a_dependency_is_a_name_and_never_a_command() {
    let context = TestContext::new();
    let mark = context.path("mark");
    let name = format!("none;touch${{IFS}}{}", mark.display());
    let arch = std::env::consts::ARCH;
    // makepkg looks at no array of an architecture that only a package has.
    let body =
        format!("arch=(any)\npackage() {{\n  arch=({arch})\n  depends_{arch}=('{name}')\n}}\n");
    context.recipe("w", &body);
    let options = ProvisionOptions { syncdeps: true, ..ProvisionOptions::default() };
    let error = context.install_with("w", options).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RecipeRefused, "{error}");
    assert!(!mark.exists());
}
