use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};

use super::Context;

#[tokio::test]
async fn whatever_is_refused_is_refused_in_json() {
    let context = Context::new();
    for (method, path, status, kind) in [
        (Method::GET, "/v1/nothing", StatusCode::NOT_FOUND, "not_found"),
        (Method::PUT, "/v1/workers", StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed"),
        (Method::GET, "/v1/workers?limit=0", StatusCode::BAD_REQUEST, "usage"),
        (Method::GET, "/v1/workers?limit=x", StatusCode::BAD_REQUEST, "usage"),
        (Method::GET, "/v1/workers?cursor=%21", StatusCode::BAD_REQUEST, "usage"),
        (Method::GET, "/v1/workers?colour=red", StatusCode::BAD_REQUEST, "usage"),
        (Method::GET, "/v1/workers/a%20b", StatusCode::BAD_REQUEST, "usage"),
        (Method::GET, "/v1/workers/%FF", StatusCode::BAD_REQUEST, "usage"),
        (Method::POST, "/v1/gc", StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type"),
    ] {
        let answer = context.call(method.clone(), path).await;
        assert_eq!((answer.status, &*answer.kind()), (status, kind), "{method} {path}");
        assert_eq!(answer.header(header::CONTENT_TYPE), "application/json", "{method} {path}");
    }
}

#[tokio::test]
async fn a_wrong_parameter_is_named() {
    let context = Context::new();
    for (query, name) in
        [("limit=0", "limit"), ("backend=gpu", "backend"), ("colour=red", "colour")]
    {
        let json = context.get(&format!("/v1/workers?{query}")).await.json();
        let cause = json["error"]["causes"][0].as_str().unwrap().to_owned();
        assert!(cause.contains(name), "{query}: {cause}");
    }
}

#[tokio::test]
async fn a_method_that_is_not_allowed_is_told_those_that_are() {
    let context = Context::new();
    let answer = context.call(Method::PUT, "/v1/workers/a").await;
    let allow = answer.header(header::ALLOW);
    assert!(allow.contains("GET") && allow.contains("DELETE"), "{allow}");
}

#[tokio::test]
async fn a_body_that_is_not_understood_is_told_where() {
    let context = Context::new();
    for body in ["{", "{\n \"keep\": -1}", "{\n\"colour\": 1}", "[]"] {
        let answer = context.post("/v1/gc", body).await;
        assert_eq!((answer.status, &*answer.kind()), (StatusCode::BAD_REQUEST, "usage"), "{body}");
        let cause = answer.json()["error"]["causes"][0].as_str().unwrap().to_owned();
        assert!(cause.contains("line"), "{body}: {cause}");
    }
    let large = context.post("/v1/gc", " ".repeat(2 << 20)).await;
    assert_eq!(
        (large.status, &*large.kind()),
        (StatusCode::PAYLOAD_TOO_LARGE, "payload_too_large")
    );
}

#[tokio::test]
async fn a_browser_sees_the_same_refusal_as_a_page() {
    let context = Context::new();
    let request = Request::get("/v1/nothing").header(header::ACCEPT, "text/html");
    let answer = context.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert!(answer.header(header::CONTENT_TYPE).starts_with("text/html"));
}
