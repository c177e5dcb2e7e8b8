use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use bytes::Bytes;
use futures_util::stream;

use super::{Answer, Context};

async fn send(context: &Context, kind: &str, body: impl Into<Body>) -> Answer {
    let request = Request::post("/v1/uploads").header(header::CONTENT_TYPE, kind);
    context.send(request.body(body.into()).unwrap()).await
}

fn recipe(name: &str) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(4);
    header.set_mode(0o644);
    archive.append_data(&mut header, name, &b"text"[..]).unwrap();
    archive.into_inner().unwrap()
}

#[tokio::test]
async fn a_package_is_kept_as_it_was_sent() {
    let context = Context::new();
    let pieces = (0..100_u8).map(|n| Ok::<_, std::io::Error>(Bytes::from(vec![n; 10_000])));
    let pieces = Body::from_stream(stream::iter(pieces));
    let answer = send(&context, "application/octet-stream", pieces).await;
    assert_eq!(
        (answer.status, answer.json()["size"].as_u64()),
        (StatusCode::CREATED, Some(1_000_000))
    );
    let file = context.upload(&answer.json()).join("package");
    assert_eq!(fs_err::metadata(file).unwrap().len(), 1_000_000);
}

#[tokio::test]
async fn a_recipe_is_kept_as_a_folder() {
    let context = Context::new();
    let answer = send(&context, "application/x-tar", recipe("mine/PKGBUILD")).await;
    assert_eq!(answer.status, StatusCode::CREATED);
    let file = context.upload(&answer.json()).join("recipe/PKGBUILD");
    assert_eq!(fs_err::read(file).unwrap(), b"text");
}

#[tokio::test]
async fn what_cannot_be_used_leaves_nothing() {
    let context = Context::new();
    let broken = stream::iter([
        Ok(Bytes::from_static(b"half")),
        Err(std::io::Error::other("the cable was pulled")),
    ]);
    for (kind, body) in [
        ("application/octet-stream", Body::empty()),
        ("application/octet-stream", Body::from_stream(broken)),
        ("application/x-tar", Body::from("no archive")),
        ("application/x-tar", Body::from(recipe("README"))),
    ] {
        let answer = send(&context, kind, body).await;
        assert_eq!((answer.status, &*answer.kind()), (StatusCode::BAD_REQUEST, "usage"), "{kind}");
    }
    assert_eq!(context.uploads().len(), 0);
}

#[tokio::test]
async fn what_is_too_large_is_refused_before_it_comes() {
    let context = Context::new();
    let request =
        Request::post("/v1/uploads").header(header::CONTENT_LENGTH, (9_u64 << 30).to_string());
    let answer = context.send(request.body(Body::from("x")).unwrap()).await;
    let refused = (StatusCode::PAYLOAD_TOO_LARGE, "payload_too_large");
    assert_eq!((answer.status, &*answer.kind()), refused);
}
