use axum::http::{StatusCode, header};

use super::Context;

#[tokio::test]
async fn the_catalog_tells_each_recipes_state_and_why() {
    let context = Context::new();
    context.install("alpha", "1-1");
    let catalog = context.get("/v1/catalog").await.json();
    let told: Vec<_> = catalog["catalog"].as_array().unwrap().iter().collect();
    assert_eq!(
        (told[0]["name"].as_str(), told[0]["state"].as_str()),
        (Some("alpha"), Some("upgrade"))
    );
    assert_eq!(told[0]["command"], "rbee-hive worker upgrade alpha");
    assert_eq!(told[0]["installed"], "1-1");
    assert_eq!(
        (told[1]["name"].as_str(), told[1]["reason"].as_str()),
        (Some("beta"), Some("no GPU"))
    );
}

#[tokio::test]
async fn the_catalog_is_filtered_and_comes_in_pages() {
    let context = Context::new();
    let names = async |query: &str| {
        let json = context.get(&format!("/v1/catalog?{query}")).await.json();
        let entries = json["catalog"].as_array().unwrap().iter();
        let names: Vec<_> = entries.map(|e| e["name"].as_str().unwrap().to_owned()).collect();
        (names.join(" "), json["next"].as_str().map(str::to_owned))
    };
    assert_eq!(names("query=ENGINE%20b").await, ("beta".to_owned(), None));
    assert_eq!(names("state=refused").await, ("beta".to_owned(), None));
    assert_eq!(names("backend=cuda").await, (String::new(), None));
    let (first, next) = names("limit=1").await;
    let (second, end) = names(&format!("limit=1&cursor={}", next.unwrap())).await;
    assert_eq!((&*first, &*second, end), ("alpha", "beta", None));
    assert_eq!(context.get("/v1/catalog/gamma").await.kind(), "not_found");
    assert_eq!(context.get("/v1/catalog/beta").await.json()["state"], "refused");
}

#[tokio::test]
async fn other_hives_find_an_index() {
    let context = Context::new();
    let list = context.get("/workers").await.json();
    assert_eq!(list["workers"][0]["id"], "alpha");
    assert_eq!(context.get("/workers/alpha").await.json()["version"], "2-1");
    for (path, content) in [
        ("/workers/alpha/PKGBUILD", "alpha/PKGBUILD"),
        ("/workers/alpha/keys/pgp/0F.asc", "alpha/keys/pgp/0F.asc"),
    ] {
        let file = context.get(path).await;
        assert_eq!((file.status, &file.body[..]), (StatusCode::OK, content.as_bytes()), "{path}");
        assert_eq!(file.header(header::CONTENT_TYPE), "application/octet-stream");
    }
    for path in ["/workers/alpha/notes", "/workers/beta/PKGBUILD", "/workers/gamma"] {
        assert_eq!(context.get(path).await.kind(), "not_found", "{path}");
    }
    let outside = context.get("/workers/alpha/..%2F..%2Fsecret").await;
    assert_eq!(outside.kind(), "not_found");
}
