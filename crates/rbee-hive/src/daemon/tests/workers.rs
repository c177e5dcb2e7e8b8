use std::io::Read as _;

use axum::http::{Method, StatusCode, header};
use rbee_hive_worker_catalog::ArtifactCatalog as _;
use serde_json::Value;

use super::{Answer, Context, worker};

fn ids(answer: &Answer) -> Vec<String> {
    let json = answer.json();
    let workers = json["workers"].as_array().unwrap().iter();
    workers.map(|w| w["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn the_list_comes_in_pages_that_follow_each_other() {
    let context = Context::new();
    for (name, version) in [("a", "1-1"), ("a", "2-1"), ("b", "1-1"), ("c", "1-1")] {
        context.install(name, version);
    }
    let first = context.get("/v1/workers?limit=2").await;
    assert_eq!(ids(&first), ["a:cpu@2-1", "a:cpu@1-1"]);
    assert_eq!(first.json()["total"], 4);
    // What the page ended with goes: the next page begins where it was.
    context.workers.remove("a-1-1").unwrap().unwrap();
    let next = first.json()["next"].as_str().unwrap().to_owned();
    let second = context.get(&format!("/v1/workers?limit=2&cursor={next}")).await;
    assert_eq!(ids(&second), ["b:cpu@1-1", "c:cpu@1-1"]);
    assert_eq!(second.json()["next"], Value::Null);
}

#[tokio::test]
async fn filters_choose() {
    let context = Context::new();
    for (name, version) in [("a", "1-1"), ("a", "2-1"), ("b", "1-1")] {
        context.install(name, version);
    }
    assert_eq!(ids(&context.get("/v1/workers?name=a&active=true").await), ["a:cpu@2-1"]);
    assert_eq!(ids(&context.get("/v1/workers?backend=cuda").await), Vec::<String>::new());
    assert_eq!(ids(&context.get("/v1/workers?status=available").await).len(), 3);
}

#[tokio::test]
async fn a_list_that_has_not_changed_is_not_sent_again() {
    let context = Context::new();
    context.install("a", "1-1");
    let first = context.get("/v1/workers").await;
    let etag = first.header(header::ETAG);
    let again = context.get_with("/v1/workers", header::IF_NONE_MATCH, etag).await;
    assert_eq!((again.status, again.body.len()), (StatusCode::NOT_MODIFIED, 0));
    assert_eq!(again.header(header::ETAG), etag);
    context.install("b", "1-1");
    let changed = context.get_with("/v1/workers", header::IF_NONE_MATCH, etag).await;
    assert_eq!((changed.status, ids(&changed).len()), (StatusCode::OK, 2));
}

#[tokio::test]
async fn a_list_can_be_compressed_and_is_the_same() {
    let context = Context::new();
    context.install("a", "1-1");
    let plain = context.get("/v1/workers").await;
    let gzip = context.get_with("/v1/workers", header::ACCEPT_ENCODING, "gzip").await;
    assert_eq!(gzip.header(header::CONTENT_ENCODING), "gzip");
    assert_eq!(gzip.header(header::ETAG), plain.header(header::ETAG));
    let mut unpacked = Vec::new();
    flate2::read::GzDecoder::new(&gzip.body[..]).read_to_end(&mut unpacked).unwrap();
    assert_eq!(unpacked, plain.body);
}

#[tokio::test]
async fn a_worker_is_found_by_every_id_that_means_it() {
    let context = Context::new();
    context.install("a", "1-1");
    context.install("a", "2-1");
    for (id, found) in [("a", "2-1"), ("a:cpu", "2-1"), ("a@1", "1-1"), ("a:cpu@1-1", "1-1")] {
        let answer = context.get(&format!("/v1/workers/{id}")).await;
        assert_eq!(answer.json()["version"], found, "{id}");
    }
    let answer = context.get("/v1/workers/nothing").await;
    assert_eq!((answer.status, &*answer.kind()), (StatusCode::NOT_FOUND, "not_found"));
}

#[tokio::test]
async fn rolling_back_is_told_by_the_history() {
    let context = Context::new();
    context.install("a", "1-1");
    context.install("a", "2-1");
    let now = context.call(Method::POST, "/v1/workers/a/rollback").await;
    assert_eq!((now.status, now.json()["id"].as_str()), (StatusCode::OK, Some("a:cpu@1-1")));
    let history = context.get("/v1/workers/a/history").await.json();
    assert_eq!(history["history"][0]["action"], "rolled_back");
    let none = context.call(Method::POST, "/v1/workers/a/rollback").await;
    assert_eq!((none.status, &*none.kind()), (StatusCode::NOT_FOUND, "not_found"));
}

#[tokio::test]
async fn a_head_has_what_a_get_has_without_the_body() {
    let context = Context::new();
    context.workers.add(worker("a", "1-1")).unwrap();
    let get = context.get("/v1/workers/a").await;
    let head = context.call(Method::HEAD, "/v1/workers/a").await;
    assert_eq!((head.status, head.body.len()), (StatusCode::OK, 0));
    assert_eq!(head.header(header::ETAG), get.header(header::ETAG));
}
