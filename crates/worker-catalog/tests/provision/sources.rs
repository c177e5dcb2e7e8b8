//! Sources, from the recipe to `$srcdir`. What each kind does in detail is tested where it is built.

use std::{
    io::{Read, Write},
    net::TcpListener,
    process::Command,
    sync::{Arc, Mutex},
};

use rbee_hive_worker_catalog::{ErrorKind, ProvisionOptions};

use crate::context::{TestContext, run, sha256};

const SCRIPT: &[u8] = b"#!/bin/sh\necho fetched\n";

/// A server that drops its first connection half-way, and what it was asked for.
fn dropping_server(content: Vec<u8>) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/file", listener.local_addr().unwrap());
    let requests = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&requests);
    std::thread::spawn(move || {
        for (number, stream) in listener.incoming().enumerate() {
            let mut stream = stream.unwrap();
            let mut buffer = [0; 4096];
            let length = stream.read(&mut buffer).unwrap();
            let request = String::from_utf8_lossy(&buffer[..length]).to_lowercase();
            seen.lock().unwrap().push(request.clone());
            let half = content.len() / 2;
            let range = request.lines().find_map(|l| {
                l.strip_prefix("range: bytes=")?.split('-').next()?.parse::<usize>().ok()
            });
            let (head, body) = match range {
                Some(from) => (
                    format!(
                        "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes {from}-{}/{}\r\nContent-Length: {}\r\n",
                        content.len() - 1,
                        content.len(),
                        content.len() - from
                    ),
                    &content[from..],
                ),
                None => (
                    format!(
                        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nAccept-Ranges: bytes\r\n",
                        content.len()
                    ),
                    if number == 0 { &content[..half] } else { &content[..] },
                ),
            };
            let _ = stream
                .write_all(format!("{head}ETag: \"one\"\r\nConnection: close\r\n\r\n").as_bytes());
            let _ = stream.write_all(body);
        }
    });
    (url, requests)
}

#[tokio::test]
async fn a_dropped_download_is_resumed_and_the_whole_is_verified() {
    let context = TestContext::new();
    let bytes: Vec<u8> = [SCRIPT, &vec![b'#'; 3_000_000]].concat();
    let file = context.path("original");
    fs_err::write(&file, &bytes).unwrap();
    let (url, requests) = dropping_server(bytes);
    let body = format!(
        "source=(w::{url})\nsha256sums=({})\npackage() {{ install -Dm755 w \"$pkgdir/usr/bin/w\"; }}",
        sha256(&file)
    );
    context.recipe("w", &body);
    let worker = context.install("w").await.unwrap();
    assert_eq!(run(&worker), "fetched");
    let requests = requests.lock().unwrap();
    assert_eq!(requests.len(), 2, "{requests:#?}");
    assert!(requests[1].contains("range: bytes=") && requests[1].contains("if-range: \"one\""));
}

#[tokio::test]
async fn a_wrong_sum_names_file_expected_and_actual_and_changes_nothing() {
    let context = TestContext::new();
    let file = context.path("w");
    fs_err::write(&file, SCRIPT).unwrap();
    let (wrong, right) = ("0".repeat(64), sha256(&file));
    let recipe = |sum: &str| {
        format!(
            "source=(file://{})\nsha256sums=({sum})\npackage() {{ install -Dm755 w \"$pkgdir/usr/bin/w\"; }}",
            file.display()
        )
    };
    context.recipe("w", &recipe(&right));
    let first = context.install("w").await.unwrap();
    context.recipe("w", &recipe(&wrong));
    let error = context.install("w").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SourceFailed);
    let text = error.to_string();
    assert!(
        text.starts_with("w does not match") && text.contains(&wrong) && text.contains(&right),
        "{text}"
    );
    context.assert_nothing_left(&[&first]);
    assert_eq!(run(&context.catalog().get("w").unwrap()), "fetched");
}

#[tokio::test]
async fn a_source_without_a_sum_needs_a_word_and_is_on_record() {
    let context = TestContext::new();
    let file = context.path("w");
    fs_err::write(&file, SCRIPT).unwrap();
    for sums in ["", "sha256sums=(SKIP)"] {
        let body = format!(
            "source=(file://{})\n{sums}\npackage() {{ install -Dm755 w \"$pkgdir/usr/bin/w\"; }}",
            file.display()
        );
        context.recipe("w", &body);
        let error = context.install("w").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::SourceFailed, "{error}");
        assert!(error.to_string().contains("--allow-unverified"), "{error}");
        let options = ProvisionOptions { allow_unverified: true, ..Default::default() };
        let worker = context.install_with("w", options).await.unwrap();
        assert_eq!(worker.provenance.unverified, ["w"]);
        assert_eq!(worker.provenance.sources[0].digest, format!("sha256:{}", sha256(&file)));
    }
}

#[tokio::test]
async fn a_recipe_that_was_sent_gets_no_file_of_this_host() {
    let context = TestContext::new();
    let file = context.path("secret");
    fs_err::write(&file, SCRIPT).unwrap();
    let sum = sha256(&file);
    for (source, sum) in [
        ("file://", &*sum),
        ("x::git+file://", "SKIP"),
        ("x::hg+file://", "SKIP"),
        ("x::svn+file://", "SKIP"),
    ] {
        let body = format!(
            "source=({source}{})\nsha256sums=({sum})\npackage() {{ install -Dm755 secret \"$pkgdir/usr/bin/w\"; }}",
            file.display()
        );
        context.recipe("w", &body);
        let options = || ProvisionOptions { no_host_files: true, ..Default::default() };
        let error = context.install_with("w", options()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::RecipeRefused, "{error}");
        assert!(error.to_string().contains("a file of the hive's host"), "{error}");
    }
    context.file("w", "beside", SCRIPT);
    let body = format!(
        "source=(beside)\nsha256sums=({sum})\npackage() {{ install -Dm755 beside \"$pkgdir/usr/bin/w\"; }}"
    );
    context.recipe("w", &body);
    let options = ProvisionOptions { no_host_files: true, ..Default::default() };
    assert_eq!(run(&context.install_with("w", options).await.unwrap()), "fetched");
}

#[tokio::test]
async fn archives_and_repositories_are_in_srcdir() {
    let context = TestContext::new();
    let tree = context.path("project-1.0");
    fs_err::create_dir(&tree).unwrap();
    fs_err::write(tree.join("w"), SCRIPT).unwrap();
    let shell = |script: &str| {
        let done = Command::new("bash").args(["-ec", script]).current_dir(&tree).output().unwrap();
        assert!(done.status.success(), "{done:?}");
        String::from_utf8(done.stdout).unwrap().trim().to_owned()
    };
    shell("tar -C .. -czf ../project.tar.gz project-1.0");
    shell(
        "git init -qb main . && git add . && git -c user.name=t -c user.email=t@t commit -qm one && git tag v1",
    );
    let commit = shell("git rev-parse HEAD");
    let archive = context.path("project.tar.gz");
    let body = format!(
        "source=(file://{} repo::git+file://{}#commit={commit} tagged::git+file://{}#tag=v1)\n\
         sha256sums=({} SKIP SKIP)\n\
         package() {{ cmp project-1.0/w repo/w; cmp repo/w tagged/w; [[ -e project.tar.gz ]]; install -Dm755 repo/w \"$pkgdir/usr/bin/w\"; }}",
        archive.display(),
        tree.display(),
        tree.display(),
        sha256(&archive)
    );
    context.recipe("w", &body);
    let error = context.install("w").await.unwrap_err();
    assert!(error.to_string().contains("tagged"), "a tag can be moved: {error}");
    let options = ProvisionOptions { allow_unverified: true, ..Default::default() };
    let worker = context.install_with("w", options).await.unwrap();
    assert_eq!(worker.provenance.unverified, ["tagged"]);
    assert_eq!(worker.provenance.sources[1].digest, format!("git:{commit}"));
}

#[tokio::test]
async fn a_large_program_may_be_made_executable_and_moved() {
    let context = TestContext::new();
    let file = context.path("program");
    fs_err::write(&file, [SCRIPT, &vec![b'#'; 3_000_000]].concat()).unwrap();
    let (url, _) = dropping_server(fs_err::read(&file).unwrap());
    let body = format!(
        "source=(program::{url} kept.tar::{url})\nnoextract=(kept.tar)\nsha256sums=({sum} {sum})\n\
         package() {{ chmod +x program; mv kept.tar other; install -Dm755 program \"$pkgdir/usr/bin/w\"; }}",
        sum = sha256(&file)
    );
    context.recipe("w", &body);
    assert_eq!(run(&context.install("w").await.unwrap()), "fetched");
}

#[tokio::test]
async fn a_renamed_local_file_is_an_input_under_its_name() {
    let context = TestContext::new();
    for says in ["one", "two"] {
        let script = format!("#!/bin/sh\necho {says}\n");
        let source =
            context.source("w", "used", script.as_bytes()).replace("(used)", "(used::written)");
        let package = "package() { install -Dm755 used \"$pkgdir/usr/bin/w\"; }";
        context.recipe("w", &format!("{source}{package}"));
        assert_eq!(run(&context.install("w").await.unwrap()), says);
    }
}

#[tokio::test]
async fn a_file_beside_the_recipe_needs_a_sum_too() {
    let context = TestContext::new();
    context.file("w", "w", SCRIPT);
    let package = "package() { install -Dm755 w \"$pkgdir/usr/bin/w\"; }";
    for sums in ["", "sha256sums=(SKIP)"] {
        context.recipe("w", &format!("source=(w)\n{sums}\n{package}"));
        let error = context.install("w").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::SourceFailed, "{error}");
    }
}
