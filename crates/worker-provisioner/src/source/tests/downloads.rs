use std::time::{Duration, Instant};

use super::{
    context::{TestContext, noise, skipped, summed},
    server::{Answer, Server},
};
use crate::source::{Algorithm, Signed, SourceError, Sum, cache::Slot, verify};

#[tokio::test]
async fn a_file_is_downloaded_once() {
    let content = noise(700_000);
    let bytes = content.clone();
    let server = Server::start(move |request, _| Answer::file(request, &bytes));
    let mut ctx = TestContext::new();
    let source = summed(&server.url("a.bin"), &content);
    let file = ctx.fetch_one(&source).await.unwrap();
    assert_eq!(fs_err::read(&file.path).unwrap(), content);
    assert!(file.path.ends_with("a.bin"));
    assert_eq!(file.size, 700_000);
    assert_eq!(ctx.progress.lock().unwrap().last(), Some(&(700_000, Some(700_000))));
    ctx.offline = true;
    ctx.fetch_one(&source).await.unwrap();
    assert_eq!(server.requests().len(), 1);
    let agent = server.requests()[0].header("user-agent").unwrap().to_owned();
    assert!(agent.starts_with("rbee-hive/"), "{agent}");
}

#[tokio::test]
async fn a_dropped_connection_is_resumed() {
    let content = noise(900_000);
    let bytes = content.clone();
    let server = Server::start(move |request, before| {
        let answer = Answer::file(request, &bytes).header("ETag: \"v1\"");
        if before < 3 { answer.cut(250_000) } else { answer }
    });
    let ctx = TestContext::new();
    let file = ctx.fetch_one(&summed(&server.url("a.bin"), &content)).await.unwrap();
    assert_eq!(fs_err::read(&file.path).unwrap(), content);
    let asked: Vec<_> = server.requests().iter().map(super::server::Request::start).collect();
    assert_eq!(asked, [None, Some(250_000), Some(500_000), Some(750_000)]);
    assert_eq!(server.requests()[1].header("if-range"), Some("\"v1\""));
}

#[tokio::test]
async fn a_server_that_knows_no_ranges_starts_over() {
    let content = noise(500_000);
    let bytes = content.clone();
    let server = Server::start(move |_, before| {
        let answer = Answer::ok(&bytes);
        if before == 0 { answer.cut(300_000) } else { answer }
    });
    let ctx = TestContext::new();
    let file = ctx.fetch_one(&summed(&server.url("a.bin"), &content)).await.unwrap();
    assert_eq!(fs_err::read(&file.path).unwrap(), content);
    assert_eq!(server.requests()[1].start(), Some(300_000));
}

#[tokio::test]
async fn a_wrong_range_starts_over() {
    let content = noise(500_000);
    let bytes = content.clone();
    let server = Server::start(move |request, before| match before {
        0 => Answer::ok(&bytes).cut(300_000),
        1 => Answer::new("206 Partial Content", &bytes[100_000..])
            .header("Content-Range: bytes 100000-499999/500000"),
        2 => {
            assert_eq!(request.start(), None);
            Answer::ok(&bytes).cut(300_000)
        }
        3 => Answer::new("416 Range Not Satisfiable", b""),
        _ => Answer::file(request, &bytes),
    });
    let ctx = TestContext::new();
    let file = ctx.fetch_one(&summed(&server.url("a.bin"), &content)).await.unwrap();
    assert_eq!(fs_err::read(&file.path).unwrap(), content);
    assert_eq!(server.requests().len(), 5);
}

#[tokio::test]
async fn a_busy_server_is_waited_for() {
    let server = Server::start(|_, before| match before {
        0 => Answer::new("503 Service Unavailable", b"busy").header("Retry-After: 1"),
        1 => Answer::new("429 Too Many Requests", b"busy"),
        _ => Answer::ok(b"content"),
    });
    let ctx = TestContext::new();
    let start = Instant::now();
    ctx.fetch_one(&summed(&server.url("a"), b"content")).await.unwrap();
    assert!(start.elapsed() >= Duration::from_secs(1));
    assert!(ctx.said("503 Service Unavailable; trying again"));
}

#[tokio::test]
async fn what_cannot_get_better_is_not_tried_again() {
    let server = Server::start(|_, _| Answer::new("404 Not Found", b"<html>"));
    let ctx = TestContext::new();
    let error = ctx.fetch_one(&summed(&server.url("a"), b"x")).await.unwrap_err();
    let expected = format!("failed to download {} (1 attempts)", server.url("a"));
    assert_eq!(error.to_string(), expected);
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert_eq!(cause, "the server answered 404 Not Found");
}

#[tokio::test]
async fn attempts_without_progress_come_to_an_end() {
    let server = Server::start(|_, _| Answer::ok(&[7; 1000]).cut(400));
    let ctx = TestContext::new();
    let error = ctx.fetch_one(&skipped(&server.url("a"))).await.unwrap_err();
    assert!(matches!(error, SourceError::Download { attempts: 5, .. }), "{error}");
    let nobody = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}/a", listener.local_addr().unwrap())
    };
    let error = ctx.fetch_one(&skipped(&nobody)).await.unwrap_err();
    assert!(matches!(error, SourceError::Download { attempts: 5, .. }), "{error}");
}

#[tokio::test]
async fn redirects_are_followed_within_bounds() {
    let server = Server::start(|request, _| match request.path.as_str() {
        "/file" => Answer::new("302 Found", b"").header("Location: file:///etc/passwd"),
        "/loop" => Answer::new("302 Found", b"").header("Location: /loop"),
        "/good" => Answer::new("301 Moved Permanently", b"").header("Location: /there"),
        _ => Answer::ok(b"content"),
    });
    let ctx = TestContext::new();
    ctx.fetch_one(&summed(&server.url("good"), b"content")).await.unwrap();
    for path in ["file", "loop"] {
        let error = ctx.fetch_one(&skipped(&server.url(path))).await.unwrap_err();
        assert!(matches!(error, SourceError::Download { attempts: 1, .. }), "{error}");
    }
    let loops = server.requests().iter().filter(|request| request.path == "/loop").count();
    assert_eq!(loops, 11);
}

#[tokio::test]
async fn servers_are_trusted_by_their_certificates() {
    let plain = Server::start(|_, _| Answer::ok(b"plain"));
    let location = format!("Location: {}", plain.url("x"));
    let mut ctx = TestContext::new();
    let (server, certificate) =
        Server::start_tls(ctx.folder.path(), move |request, _| match request.path.as_str() {
            "/down" => Answer::new("302 Found", b"").header(location.clone()),
            _ => Answer::ok(b"content"),
        });
    let source = summed(&server.url("x"), b"content");
    // Not tried again: it will not be trusted the next time either.
    let error = ctx.fetch_one(&source).await.unwrap_err();
    assert!(matches!(error, SourceError::Download { attempts: 1, .. }), "{error}");
    ctx.http.certificates.push(certificate);
    ctx.fetch_one(&source).await.unwrap();
    let error = ctx.fetch_one(&skipped(&server.url("down"))).await.unwrap_err();
    assert!(matches!(error, SourceError::Download { attempts: 1, .. }), "{error}");
    assert!(plain.requests().is_empty());
    ctx.http.certificates.push(ctx.path("missing.pem"));
    let error = ctx.fetch_one(&skipped(&server.url("y"))).await.unwrap_err();
    assert!(matches!(error, SourceError::Certificates { .. }), "{error}");
}

#[tokio::test]
async fn another_run_goes_on_where_one_was_cancelled() {
    let content = noise(600_000);
    let bytes = content.clone();
    let server = Server::start(move |request, before| {
        let answer = Answer::file(request, &bytes).header("Last-Modified: yesterday");
        if before == 0 { answer.cut(300_000).stall(Duration::from_secs(20)) } else { answer }
    });
    let mut ctx = TestContext::new();
    let source = summed(&server.url("a.bin"), &content);
    let slot = Slot::new(&ctx.path("cache"), source.url(), &source.name);
    let (stopped, ()) = tokio::join!(ctx.fetch_one(&source), async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        ctx.cancel.cancel();
    });
    assert!(matches!(stopped.unwrap_err(), SourceError::Cancelled));
    assert_eq!(fs_err::metadata(slot.part()).unwrap().len(), 300_000);
    ctx.cancel = tokio_util::sync::CancellationToken::new();
    let file = ctx.fetch_one(&source).await.unwrap();
    assert_eq!(fs_err::read(&file.path).unwrap(), content);
    let request = &server.requests()[1];
    assert_eq!(request.start(), Some(300_000));
    assert_eq!(request.header("if-range"), Some("yesterday"));
    assert!(!slot.part().exists() && !slot.part_record().exists());
}

#[tokio::test]
async fn a_part_of_something_else_is_not_kept() {
    let content = noise(600_000);
    let bytes = content.clone();
    // No validators at all, so the server cannot tell that the part is of an older file.
    let server = Server::start(move |request, _| Answer::file(request, &bytes));
    let ctx = TestContext::new();
    let source = summed(&server.url("a.bin"), &content);
    let slot = Slot::new(&ctx.path("cache"), source.url(), &source.name);
    fs_err::create_dir_all(slot.folder()).unwrap();
    fs_err::write(slot.part(), [1; 1000]).unwrap();
    let record = format!("{{\"url\":{:?}}}", source.url());
    fs_err::write(slot.part_record(), record).unwrap();
    let file = ctx.fetch_one(&source).await.unwrap();
    assert_eq!(fs_err::read(&file.path).unwrap(), content);
    assert_eq!(server.requests().len(), 2);
    assert!(ctx.said("downloading it anew"));
}

#[tokio::test]
async fn a_damaged_cache_is_filled_again() {
    let server = Server::start(|_, _| Answer::ok(b"content"));
    let ctx = TestContext::new();
    for (source, requests) in
        [(summed(&server.url("a"), b"content"), 3), (skipped(&server.url("b")), 6)]
    {
        let path = ctx.fetch_one(&source).await.unwrap().path;
        for damaged in [&b"c0ntent"[..], b"cont"] {
            fs_err::remove_file(&path).unwrap();
            fs_err::write(&path, damaged).unwrap();
            ctx.fetch_one(&source).await.unwrap();
            assert_eq!(fs_err::read(&path).unwrap(), b"content");
        }
        assert_eq!(server.requests().len(), requests);
    }
}

#[tokio::test]
async fn a_wrong_sum_is_named_and_the_next_try_downloads_anew() {
    let server = Server::start(|_, before| match before {
        0 => Answer::ok(b"evil"),
        _ => Answer::ok(b"good"),
    });
    let ctx = TestContext::new();
    let mut source = summed(&server.url("a.tgz"), b"good");
    source.sums.push((Algorithm::Ck, Sum::Skip));
    let sources = [source];
    let fetched = ctx.fetch(&sources).await.unwrap();
    let error = verify(&sources, &fetched, &Signed::default(), true).unwrap_err().to_string();
    assert_eq!(
        error,
        "a.tgz does not match its sha256 sum: \
         expected 770e607624d689265ca6c44884d0807d9b054d23c473c106c72be9de08b7376c, \
         got b5c1fb2efc6d6b4674c2fdcc48ce01b43a3b7c03763c0c3355de0099ee0f8c73"
    );
    let fetched = ctx.fetch(&sources).await.unwrap();
    assert!(verify(&sources, &fetched, &Signed::default(), false).unwrap().is_empty());
}

#[tokio::test]
async fn offline_says_what_is_missing() {
    let mut ctx = TestContext::new();
    ctx.offline = true;
    let error = ctx.fetch_one(&skipped("http://127.0.0.1:1/a.tgz")).await.unwrap_err();
    assert!(error.to_string().starts_with("a.tgz is not in the cache"), "{error}");
}

#[tokio::test]
async fn the_same_url_is_downloaded_by_one_at_a_time() {
    let server = Server::start(|_, _| Answer::ok(b"content").stall(Duration::from_millis(300)));
    let ctx = TestContext::new();
    let source = summed(&server.url("a"), b"content");
    let (one, two) = tokio::join!(ctx.fetch_one(&source), ctx.fetch_one(&source));
    assert_eq!(one.unwrap().digests, two.unwrap().digests);
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn the_same_name_from_two_places_is_kept_apart() {
    let server = Server::start(|request, _| Answer::ok(request.path.as_bytes()));
    let ctx = TestContext::new();
    let one = ctx.fetch_one(&summed(&server.url("1/a"), b"/1/a")).await.unwrap();
    let two = ctx.fetch_one(&summed(&server.url("2/a"), b"/2/a")).await.unwrap();
    assert_ne!(one.path, two.path);
    let sources = [skipped(&server.url("1/a")), skipped(&server.url("2/a"))];
    let error = ctx.fetch(&sources).await.unwrap_err();
    assert_eq!(error.to_string(), "two sources are named a; rename one of them with NAME::URL");
}

#[tokio::test]
async fn one_failure_stops_the_others() {
    let server = Server::start(|request, _| match request.path.as_str() {
        "/bad" => Answer::new("404 Not Found", b""),
        _ => Answer::ok(&[0; 100]).cut(50).stall(Duration::from_secs(20)),
    });
    let ctx = TestContext::new();
    let start = Instant::now();
    let sources = [skipped(&server.url("slow")), skipped(&server.url("bad"))];
    let error = ctx.fetch(&sources).await.unwrap_err();
    assert!(matches!(error, SourceError::Download { .. }), "{error}");
    assert!(start.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn files_beside_the_recipe_come_first() {
    let ctx = TestContext::new();
    fs_err::write(ctx.path("recipe/a.tgz"), b"content").unwrap();
    fs_err::write(ctx.path("elsewhere"), b"other").unwrap();
    ctx.fetch_one(&summed("http://127.0.0.1:1/a.tgz", b"content")).await.unwrap();
    ctx.fetch_one(&summed("a.tgz", b"content")).await.unwrap();
    let url = format!("file://{}", ctx.path("elsewhere").display());
    let file = ctx.fetch_one(&summed(&url, b"other")).await.unwrap();
    assert!(!file.cached);
    let error = ctx.fetch_one(&skipped("missing.patch")).await.unwrap_err();
    let folder = ctx.path("recipe");
    assert_eq!(
        error.to_string(),
        format!("missing.patch is not in the recipe's folder {}", folder.display())
    );
    fs_err::os::unix::fs::symlink(ctx.path("elsewhere"), ctx.path("recipe/link")).unwrap();
    let error = ctx.fetch_one(&skipped("link")).await.unwrap_err();
    assert!(matches!(error, SourceError::Outside { .. }), "{error}");
    let error = ctx.fetch_one(&skipped(&format!("file://{}", folder.display()))).await;
    assert!(matches!(error.unwrap_err(), SourceError::NotAFile { .. }));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement, for release builds"]
async fn throughput() {
    use std::io::{Read, Write};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/big", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let block = noise(1 << 20);
        let _ = stream.read(&mut [0; 4096]).unwrap();
        write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", 1u64 << 30).unwrap();
        (0..1 << 10).for_each(|_| stream.write_all(&block).unwrap());
    });
    let ctx = TestContext::new();
    for what in ["downloaded", "cached"] {
        let start = Instant::now();
        let file = ctx.fetch_one(&skipped(&url)).await.unwrap();
        let seconds = start.elapsed().as_secs_f64();
        println!(
            "{what} at {:.0} MB/s",
            f64::from(u32::try_from(file.size).unwrap()) / seconds / 1e6
        );
    }
}
