use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};

use super::context::{Answer, Context};

fn text(answer: &Answer) -> &str {
    std::str::from_utf8(&answer.body).unwrap()
}

/// What a browser sends with a form of the page's.
fn form(path: &str, body: &str) -> Request<Body> {
    let request = Request::post(path)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::ACCEPT, "text/html");
    request.body(Body::from(body.to_owned())).unwrap()
}

#[tokio::test]
async fn every_page_is_whole_and_keeps_to_the_policy() {
    let hive = Context::new();
    hive.install("alpha", "1-1");
    let pages = [
        ("/", "Catalogue"),
        ("/?q=alp&backend=cpu&state=upgrade", "Catalogue"),
        ("/jobs", "Jobs"),
        ("/jobs?state=ended", "Jobs"),
        ("/installed", "Installed"),
        ("/installed/alpha", "alpha"),
        ("/installed/alpha:cpu@1-1", "alpha"),
        ("/disk", "Disk"),
    ];
    for (path, title) in pages {
        let answer = hive.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        assert_eq!(answer.header(header::CONTENT_TYPE), "text/html; charset=utf-8");
        let page = text(&answer);
        assert!(page.contains(&format!("<title>{title} · rbee-hive</title>")), "{path}");
        assert!(page.contains("<h1>") && page.ends_with("</html>"), "{path}");
        for forbidden in [" style=", "<style", " onclick=", "javascript:", "hx-on"] {
            assert!(!page.contains(forbidden), "{path}: {forbidden}");
        }
    }
}

#[tokio::test]
async fn the_catalogue_offers_what_can_be_done() {
    let hive = Context::new();
    hive.install("alpha", "1-1");
    let answer = hive.get("/").await;
    let page = text(&answer);
    assert!(page.contains("Upgrade") && page.contains(r#"name="worker_id" value="alpha:cpu""#));
    assert!(page.contains("no GPU") && page.contains("Not for this machine"));
    let none = hive.get("/?q=gamma").await;
    assert!(text(&none).contains("No recipe matches"));
}

#[tokio::test]
async fn a_job_is_started_watched_and_told_about() {
    let hive = Context::new();
    let answer = hive.send(form("/jobs", "worker_id=alpha%3Acpu")).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let job = answer.header(header::LOCATION).to_owned();
    // The stream ends with the job, which fails here.
    let live = hive.get(&format!("{job}/live?after=0")).await;
    assert_eq!(live.header(header::CONTENT_TYPE), "text/event-stream");
    let stream = text(&live);
    assert!(
        stream.contains("event: batch\nid: ") && stream.contains("alpha:cpu is not built here")
    );
    assert_eq!(stream.matches("event: over\n").count(), 1);
    assert!(stream.trim_end().ends_with("data: over"));

    let page = hive.get(&job).await;
    let page = text(&page);
    assert!(page.contains("alpha:cpu is not built here") && page.contains("Try again"));
    assert!(!page.contains("sse-connect"), "nothing follows");
    let log = hive.get(&format!("{job}/log?download=1")).await;
    assert!(text(&log).contains("failed: alpha:cpu is not built here"));
    assert!(log.header(header::CONTENT_DISPOSITION).starts_with("attachment"));
    assert!(text(&hive.get("/jobs?state=ended").await).contains(&job));
}

#[tokio::test]
async fn what_was_seen_is_not_sent_again() {
    let hive = Context::new();
    let answer = hive.send(form("/jobs", "worker_id=alpha")).await;
    let live = format!("{}/live", answer.header(header::LOCATION));
    let all = hive.get(&live).await;
    let mut ids = text(&all).lines().filter_map(|line| line.strip_prefix("id: "));
    let last = ids.next_back().unwrap();
    let rest = hive.get_with(&live, header::HeaderName::from_static("last-event-id"), last).await;
    assert!(!text(&rest).contains("beforeend:#lines"), "{}", text(&rest));
    assert_eq!(text(&rest).matches("event: over\n").count(), 1);
}

#[tokio::test]
async fn a_browser_gets_errors_as_pages_and_a_program_as_json() {
    let hive = Context::new();
    for (path, status) in [
        ("/installed/nothing", StatusCode::NOT_FOUND),
        ("/jobs/nothing", StatusCode::NOT_FOUND),
        ("/jobs/nothing/live", StatusCode::NOT_FOUND),
        ("/jobs/nothing/log", StatusCode::NOT_FOUND),
        ("/nothing", StatusCode::NOT_FOUND),
        ("/v1/workers/nothing", StatusCode::NOT_FOUND),
        ("/installed?told=nonsense", StatusCode::BAD_REQUEST),
        ("/jobs/..", StatusCode::BAD_REQUEST),
    ] {
        let page = hive.get_with(path, header::ACCEPT, "text/html,*/*").await;
        assert_eq!(page.status, status, "{path}");
        assert!(text(&page).contains("class=\"error-page\""), "{path}: {}", text(&page));
        let answer = hive.get(path).await;
        assert_eq!(answer.status, status, "{path}");
        assert!(!answer.kind().is_empty(), "{path}");
    }
    let refused = hive.send(form("/jobs", "worker_id=..%2Fx")).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert!(text(&refused).contains("is no worker name"));
}

#[tokio::test]
async fn what_is_installed_is_removed_and_that_is_told() {
    let hive = Context::new();
    hive.install("alpha", "1-1");
    hive.install("alpha", "2-1");
    let answer = hive.send(form("/installed/alpha:cpu@1-1/activate", "")).await;
    let there = answer.header(header::LOCATION).to_owned();
    assert!(text(&hive.get(&there).await).contains("alpha:cpu@1-1 is in use now."));
    let answer = hive.send(form("/installed/alpha:cpu@2-1/remove", "")).await;
    assert!(answer.header(header::LOCATION).starts_with("/installed/alpha:cpu?"));
    let answer = hive.send(form("/installed/alpha:cpu@1-1/remove", "")).await;
    let there = answer.header(header::LOCATION).to_owned();
    let page = hive.get(&there).await;
    assert!(text(&page).contains("alpha:cpu@1-1 was removed."));
    assert!(text(&page).contains("Nothing is installed yet."));
}

#[tokio::test]
async fn room_is_made_only_after_it_was_seen_what_goes() {
    let hive = Context::new();
    hive.install("alpha", "1-1");
    hive.install("alpha", "2-1");
    let seen = hive.send(form("/disk/gc", "keep=0")).await;
    assert!(text(&seen).contains("would be freed") && text(&seen).contains("alpha:cpu@1-1"));
    assert_eq!(hive.get("/v1/workers").await.json()["total"], 2);
    let done = hive.send(form("/disk/gc", "keep=0&sure=true")).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER);
    assert_eq!(hive.get("/v1/workers").await.json()["total"], 1);
}
