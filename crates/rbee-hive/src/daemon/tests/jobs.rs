use std::{sync::Arc, time::Duration};

use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use http_body_util::BodyExt as _;
use serde_json::json;

use super::{Answer, Context, LINES};

const INSTALL: &str = r#"{"operation":"worker_install","worker_id":"alpha"}"#;

/// The numbers and the names of the events in a stream.
fn events(stream: &[u8]) -> Vec<(u64, String)> {
    let text = std::str::from_utf8(stream).unwrap();
    let events = text.split("\n\n").filter_map(|frame| {
        let mut lines = frame.lines();
        let id = lines.next()?.strip_prefix("id: ")?.parse().unwrap();
        Some((id, lines.next()?.strip_prefix("event: ")?.to_owned()))
    });
    events.collect()
}

async fn submitted(context: &Context) -> String {
    let answer = context.post("/v1/jobs", INSTALL).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{:?}", answer.body);
    let job = answer.json();
    let id = job["job_id"].as_str().unwrap().to_owned();
    assert_eq!(job["sse_url"], format!("/v1/jobs/{id}/stream"));
    assert_eq!(answer.header(header::LOCATION), format!("/v1/jobs/{id}"));
    id
}

/// Waits until it is a job's turn.
async fn begun(context: &Context, id: &str) {
    let path = format!("/v1/jobs/{id}");
    let begun = async {
        while context.get(&path).await.json()["state"] == "queued" {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), begun).await.unwrap();
}

async fn watch(context: &Context, id: &str) -> Answer {
    let path = format!("/v1/jobs/{id}/stream");
    tokio::time::timeout(Duration::from_mins(1), context.get(&path)).await.unwrap()
}

#[tokio::test]
async fn a_job_is_started_watched_to_its_end_and_listed() {
    let context = Context::new();
    let id = submitted(&context).await;
    let stream = watch(&context, &id).await;
    assert_eq!(stream.header(header::CONTENT_TYPE), "text/event-stream");
    assert!(stream.body.starts_with(b"retry: 1000\n\n"), "{:?}", stream.body);
    let events = events(&stream.body);
    let numbers: Vec<_> = events.iter().map(|(number, _)| *number).collect();
    assert!(numbers.iter().copied().eq(1..=numbers.len() as u64), "{numbers:?}");
    assert_eq!(events.iter().filter(|(_, name)| name == "ended").count(), 1);
    assert_eq!(events.last().unwrap().1, "ended");

    let job = context.get(&format!("/v1/jobs/{id}")).await.json();
    assert_eq!((&job["state"], &job["outcome"]), (&json!("ended"), &json!("failed")));
    assert_eq!((&job["kind"], &job["last_event"]), (&json!("build_failed"), &json!(numbers.len())));
    let list = context.get("/v1/jobs?state=ended&worker=alpha").await.json();
    assert_eq!((&list["total"], &list["jobs"][0]["job_id"]), (&json!(1), &json!(id)));
    assert_eq!(context.get("/v1/jobs?state=running").await.json()["total"], 0);
}

#[tokio::test]
async fn a_stream_goes_on_after_the_last_event_that_was_seen() {
    let context = Context::new();
    let id = submitted(&context).await;
    let path = format!("/v1/jobs/{id}/stream");
    let all = events(&watch(&context, &id).await.body);
    for seen in [0, 1, 2, 1000, LINES, LINES + 1] {
        let name = header::HeaderName::from_static("last-event-id");
        let rest = context.get_with(&path, name, &seen.to_string()).await;
        assert_eq!(events(&rest.body), all[seen..], "after {seen}");
        let rest = context.get(&format!("{path}?after={seen}")).await;
        assert_eq!(events(&rest.body), all[seen..], "after {seen}");
    }
    let none = context.get(&format!("{path}?after={}", all.len())).await;
    assert_eq!((none.status, none.body.len()), (StatusCode::NO_CONTENT, 0));
    assert_eq!(context.get(&format!("{path}?after=x")).await.kind(), "usage");
    assert_eq!(context.get("/v1/jobs/nothing/stream").await.kind(), "not_found");
}

#[tokio::test]
async fn a_stream_ends_when_the_daemon_does() {
    let context = Context::new();
    context.hold();
    let id = submitted(&context).await;
    let request = Request::get(format!("/v1/jobs/{id}/stream")).body(Body::empty()).unwrap();
    let mut body = context.open(request).await.into_body();
    assert!(body.frame().await.is_some());
    context.daemon.shutdown().cancel();
    tokio::time::timeout(Duration::from_mins(1), body.collect()).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_job_that_waits_says_why_and_can_be_cancelled_once() {
    let context = Context::new();
    context.hold();
    let first = submitted(&context).await;
    begun(&context, &first).await;
    let second = submitted(&context).await;
    let waiting = context.get(&format!("/v1/jobs/{second}")).await.json();
    assert_eq!((&waiting["state"], &waiting["position"]), (&json!("queued"), &json!(1)));
    assert!(waiting["reason"].as_str().is_some_and(|reason| reason.contains(&first)), "{waiting}");

    let path = format!("/v1/jobs/{second}");
    let cancelled = context.call(Method::DELETE, &path).await;
    assert_eq!(cancelled.status, StatusCode::ACCEPTED);
    assert_eq!(cancelled.json()["outcome"], "cancelled");
    let again = context.call(Method::DELETE, &path).await;
    assert_eq!((again.status, &*again.kind()), (StatusCode::CONFLICT, "conflict"));
    assert_eq!(events(&watch(&context, &second).await.body).last().unwrap().1, "ended");
}

#[tokio::test]
async fn what_no_job_can_be_is_refused() {
    let context = Context::new();
    for (body, status, kind) in [
        (r#"{"operation":"worker_install","worker_id":"../x"}"#, StatusCode::BAD_REQUEST, "usage"),
        (r#"{"operation":"worker_remove"}"#, StatusCode::BAD_REQUEST, "usage"),
        (r#"{"operation":"worker_import","upload":"x"}"#, StatusCode::NOT_FOUND, "not_found"),
        (
            r#"{"operation":"worker_install","worker_id":"x","options":{"sandbox":"none"}}"#,
            StatusCode::FORBIDDEN,
            "forbidden",
        ),
        (
            r#"{"operation":"worker_install","worker_id":"x","options":{"syncdeps":true}}"#,
            StatusCode::FORBIDDEN,
            "forbidden",
        ),
    ] {
        for path in ["/v1/jobs", "/v1/plans"] {
            let answer = context.post(path, body).await;
            assert_eq!((answer.status, &*answer.kind()), (status, kind), "{path} {body}");
        }
    }
    assert_eq!(context.get("/v1/jobs").await.json()["total"], 0);
}

#[tokio::test]
async fn a_plan_starts_nothing() {
    let context = Context::new();
    let plan = context.post("/v1/plans", INSTALL).await;
    assert_eq!((plan.status, plan.json()["id"].as_str()), (StatusCode::OK, Some("alpha")));
    assert_eq!(context.get("/v1/jobs").await.json()["total"], 0);
}

#[tokio::test]
async fn many_watchers_see_the_same() {
    let context = Arc::new(Context::new());
    context.hold();
    let id = submitted(&context).await;
    let mut watchers = tokio::task::JoinSet::new();
    for _ in 0..100 {
        let (context, id) = (Arc::clone(&context), id.clone());
        watchers.spawn(async move { watch(&context, &id).await.body });
    }
    tokio::task::yield_now().await;
    context.release();
    let streams = watchers.join_all().await;
    assert_eq!(events(&streams[0]).len(), LINES + 2);
    assert!(streams.iter().all(|stream| events(stream) == events(&streams[0])));
}
