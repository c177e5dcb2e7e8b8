//! Each refusal, and each way in, through the router.

use std::net::SocketAddr;

use axum::{
    Router,
    body::Body,
    http::{Request, Response, StatusCode, header},
};
use http_body_util::BodyExt as _;
use rbee_hive_worker_catalog::{Folders, MemoryCatalog, ProvisionOptions, WorkerCatalog};
use tower::ServiceExt as _;

use crate::{
    config::Token,
    daemon::{Catalogs, Daemon, Settings, listen::Peer, router},
    jobs::Jobs,
};

const TOKEN: &str = "0123456789abcdef0123456789abcdef";

/// A daemon that nobody listens for.
struct Context {
    _folder: tempfile::TempDir,
    router: Router,
}

impl Context {
    fn new(settings: Settings) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let folders = Folders::new(folder.path().join("data"), folder.path().join("cache"));
        let places = folders.clone();
        let catalogs = Catalogs::new(ProvisionOptions::default(), move |_, reporter| {
            let builder = WorkerCatalog::builder().folders(places.clone()).reporter(reporter);
            Ok(builder.catalog(std::sync::Arc::new(MemoryCatalog::new())))
        });
        let catalogs = catalogs.unwrap();
        let jobs = Jobs::start(&folders, catalogs.clone(), settings.limits()).unwrap();
        let router = router(Daemon::new(catalogs, settings, jobs));
        Self { _folder: folder, router }
    }

    fn open() -> Self {
        Self::new(Settings::default())
    }

    fn with_token() -> Self {
        let token = Some(Token::new(TOKEN, "HIVE_TOKEN").unwrap());
        Self::new(Settings { token, ..Settings::default() })
    }

    async fn send(&self, request: Request<Body>) -> Response<Body> {
        self.router.clone().oneshot(request).await.unwrap()
    }

    /// The status of a request with these headers.
    async fn status(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> StatusCode {
        self.send(request(method, path, headers)).await.status()
    }
}

fn request(method: &str, path: &str, headers: &[(&str, &str)]) -> Request<Body> {
    let builder = Request::builder().method(method).uri(path);
    let builder = headers.iter().fold(builder, |b, (name, value)| b.header(*name, *value));
    builder.body(Body::empty()).unwrap()
}

async fn text(response: Response<Body>) -> String {
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn tcp(tls: bool) -> Peer {
    let address: SocketAddr = "127.0.0.1:7835".parse().unwrap();
    Peer::Tcp { remote: address, local: address, tls }
}

#[tokio::test]
async fn a_foreign_host_is_refused() {
    let context = Context::open();
    for path in ["/v1/workers", "/health", "/", "/no/such/path"] {
        let refused = context.status("GET", path, &[("host", "evil.example")]).await;
        assert_eq!(refused, StatusCode::FORBIDDEN, "{path}");
    }
    let answer = context.send(request("GET", "/v1/workers", &[("host", "evil.example:80")])).await;
    assert_eq!(
        text(answer).await,
        r#"{"error":{"kind":"forbidden","message":"the hive is not known as evil.example; if it is reached by that name, start it with --allowed-hosts evil.example","causes":[]}}"#
    );
    for own in ["localhost:7835", "127.0.0.1:7835", "[::1]:7835"] {
        assert_eq!(context.status("GET", "/v1/workers", &[("host", own)]).await, StatusCode::OK);
    }
    let absolute = context.status("GET", "http://evil.example/v1/workers", &[]).await;
    assert_eq!(absolute, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_browser_changes_something_only_for_the_hives_own_page() {
    let context = Context::open();
    let host = ("host", "127.0.0.1:7835");
    for headers in [
        [host, ("origin", "https://evil.example")],
        [host, ("origin", "http://127.0.0.1:8080")],
        [host, ("origin", "http://localhost:7835")],
        [host, ("origin", "null")],
        [host, ("sec-fetch-site", "cross-site")],
        [host, ("sec-fetch-site", "same-site")],
    ] {
        for (method, path) in [("POST", "/v1/gc"), ("DELETE", "/v1/workers/x"), ("OPTIONS", "/")] {
            let status = context.status(method, path, &headers).await;
            assert_eq!(status, StatusCode::FORBIDDEN, "{method} {headers:?}");
        }
        assert_eq!(context.status("GET", "/v1/workers", &headers).await, StatusCode::OK);
        for (mode, expected) in [
            ("navigate", StatusCode::OK),
            ("no-cors", StatusCode::FORBIDDEN),
            ("cors", StatusCode::FORBIDDEN),
        ] {
            let headers = [headers[0], headers[1], ("sec-fetch-mode", mode)];
            assert_eq!(
                context.status("GET", "/v1/workers", &headers).await,
                expected,
                "{headers:?}"
            );
        }
    }
    for headers in [
        [host, ("origin", "http://127.0.0.1:7835")],
        [host, ("sec-fetch-site", "same-origin")],
        [host, ("x-from", "no browser")],
    ] {
        let status = context.status("DELETE", "/v1/workers/x", &headers).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{headers:?}");
    }
}

#[tokio::test]
async fn over_tls_a_page_without_it_is_foreign() {
    let context = Context::open();
    let status = async |origin: &str, tls| {
        let headers = [("host", "127.0.0.1:7835"), ("origin", origin)];
        let mut request = request("DELETE", "/v1/workers/x", &headers);
        request.extensions_mut().insert(tcp(tls));
        context.send(request).await.status()
    };
    assert_eq!(status("http://127.0.0.1:7835", true).await, StatusCode::FORBIDDEN);
    assert_eq!(status("https://127.0.0.1:7835", true).await, StatusCode::NOT_FOUND);
    // As a proxy that ends TLS sends it on.
    assert_eq!(status("https://127.0.0.1:7835", false).await, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn without_the_token_nobody_is_answered() {
    let context = Context::with_token();
    for path in ["/v1/workers", "/openapi.json", "/workers", "/", "/no/such/path"] {
        let answer = context.send(request("GET", path, &[])).await;
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{path}");
        assert_eq!(answer.headers()[header::WWW_AUTHENTICATE], "Bearer realm=\"rbee-hive\"");
        assert!(text(answer).await.starts_with(r#"{"error":{"kind":"unauthorized""#), "{path}");
    }
    assert_eq!(context.status("POST", "/v1/gc", &[]).await, StatusCode::UNAUTHORIZED);
    assert_eq!(context.status("GET", "/health", &[]).await, StatusCode::OK);
}

#[tokio::test]
async fn only_the_token_itself_is_the_token() {
    let context = Context::with_token();
    let status =
        async |value: &str| context.status("GET", "/v1/workers", &[("authorization", value)]).await;
    assert_eq!(status(&format!("Bearer {TOKEN}")).await, StatusCode::OK);
    assert_eq!(status(&format!("bearer {TOKEN}")).await, StatusCode::OK);
    let short = &TOKEN[1..];
    for wrong in [
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        format!("Bearer {short}"),
        format!("Bearer {TOKEN}0"),
        format!("Basic {TOKEN}"),
        TOKEN.to_owned(),
    ] {
        assert_eq!(status(&wrong).await, StatusCode::UNAUTHORIZED, "{wrong}");
    }
}

#[tokio::test]
async fn who_may_open_the_socket_needs_no_token_and_no_name() {
    let context = Context::with_token();
    let mut request = request("GET", "/v1/workers", &[("host", "hive")]);
    request.extensions_mut().insert(Peer::Unix);
    assert_eq!(context.send(request).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_browser_signs_in_with_the_token_and_out_again() {
    let context = Context::with_token();
    let answer =
        context.send(request("GET", "/installed?q=a%20b", &[("accept", "text/html")])).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    assert_eq!(answer.headers()[header::LOCATION], "/login?next=%2Finstalled%3Fq%3Da%2520b");

    let page = text(context.send(request("GET", "/login?next=/installed", &[])).await).await;
    assert!(page.contains(r#"name="next" value="/installed""#), "{page}");

    let login = |token: &str| {
        let form =
            Request::post("/login").header("content-type", "application/x-www-form-urlencoded");
        form.body(Body::from(format!("token={token}&next=%2Finstalled"))).unwrap()
    };
    let wrong = context.send(login("wrong")).await;
    assert_eq!(wrong.status(), StatusCode::UNAUTHORIZED);
    assert!(!wrong.headers().contains_key(header::SET_COOKIE));

    let mut over_tls = login(TOKEN);
    over_tls.extensions_mut().insert(tcp(true));
    let secure = context.send(over_tls).await;
    assert!(secure.headers()[header::SET_COOKIE].to_str().unwrap().ends_with("; Secure"));

    let right = context.send(login(TOKEN)).await;
    assert_eq!(right.status(), StatusCode::SEE_OTHER);
    assert_eq!(right.headers()[header::LOCATION], "/installed");
    let cookie = right.headers()[header::SET_COOKIE].to_str().unwrap();
    assert!(cookie.ends_with("; Path=/; HttpOnly; SameSite=Strict; Max-Age=604800"), "{cookie}");
    assert!(!cookie.contains(TOKEN));

    let session = ("cookie", cookie.split(';').next().unwrap());
    let status = context.status("GET", "/v1/workers", &[("cookie", "a=b"), session]).await;
    assert_eq!(status, StatusCode::OK);
    let foreign = [session, ("origin", "https://evil.example")];
    assert_eq!(context.status("POST", "/v1/gc", &foreign).await, StatusCode::FORBIDDEN);

    let out = context.send(request("POST", "/logout", &[session])).await;
    assert!(out.headers()[header::SET_COOKIE].to_str().unwrap().contains("Max-Age=0"));
    let status = context.status("GET", "/v1/workers", &[session]).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_part_of_a_page_sends_the_whole_page_to_the_login() {
    let context = Context::with_token();
    let answer = context.send(request("GET", "/", &[("hx-request", "true")])).await;
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(answer.headers()["hx-redirect"], "/login");
}

#[tokio::test]
async fn every_answer_is_protected() {
    let context = Context::with_token();
    for (path, host) in
        [("/health", "localhost"), ("/v1/workers", "localhost"), ("/x", "evil.example")]
    {
        let answer = context.send(request("GET", path, &[("host", host)])).await;
        for (name, value) in [
            (
                "content-security-policy",
                "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                 connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
            ),
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("cross-origin-embedder-policy", "require-corp"),
            ("cache-control", "no-store"),
        ] {
            assert_eq!(answer.headers()[name], value, "{path}");
        }
        let unwanted = ["access-control-allow-origin", "strict-transport-security"];
        assert!(unwanted.iter().all(|name| !answer.headers().contains_key(*name)), "{path}");
    }
    let mut request = request("GET", "/health", &[]);
    request.extensions_mut().insert(tcp(true));
    let answer = context.send(request).await;
    assert_eq!(answer.headers()[header::STRICT_TRANSPORT_SECURITY], "max-age=15552000");
}
