//! Where recipes come from.

use std::{
    io::{Read, Write},
    net::TcpListener,
    path::{Path, PathBuf},
};

use rbee_hive_worker_catalog::{CancellationToken, ErrorKind, IndexLocation, ProvisionOptions};

use crate::context::{TestContext, names, prints, run};

/// An HTTP catalog of a folder of recipes.
pub(crate) fn serve(index: PathBuf) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/catalog/", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = [0; 4096];
            let length = stream.read(&mut request).unwrap();
            let request = String::from_utf8_lossy(&request[..length]).into_owned();
            let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
            let answer = match answer(&index, &path) {
                Some(body) => {
                    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n", body.len());
                    [head.as_bytes(), b"Connection: close\r\n\r\n", &body].concat()
                }
                None => b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                    .to_vec(),
            };
            stream.write_all(&answer).unwrap();
        }
    });
    url
}

fn answer(index: &Path, path: &str) -> Option<Vec<u8>> {
    let path = path.strip_prefix("/catalog/workers")?;
    if path.is_empty() {
        let ids = names(index).into_iter().map(|id| format!(r#"{{"id":"{id}"}}"#));
        let list = ids.collect::<Vec<_>>().join(",");
        return Some(format!(r#"{{"workers":[{list}]}}"#).into_bytes());
    }
    fs_err::read(index.join(path.trim_start_matches('/'))).ok()
}

#[tokio::test]
async fn an_http_catalog_gives_the_recipe_and_its_local_files() {
    let context = TestContext::new();
    let source = context.source("w", "text", b"#!/bin/sh\necho over http\n");
    let package = "package() { install -Dm755 text \"$pkgdir/usr/bin/w\"; }";
    context.recipe("w", &format!("{source}{package}"));
    let url: IndexLocation = serve(context.path("index")).parse().unwrap();
    let catalog = context.catalog_with(url.clone(), ProvisionOptions::default());
    assert_eq!(catalog.available().await.unwrap()[0].name, "w");
    let worker = context.provision(&catalog, "w", CancellationToken::new()).await.unwrap();
    assert_eq!(run(&worker), "over http");
    let error = context.provision(&catalog, "x", CancellationToken::new()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);

    let offline = ProvisionOptions { offline: true, ..Default::default() };
    let catalog = context.catalog_with(url, offline);
    let again = context.provision(&catalog, "w", CancellationToken::new()).await.unwrap();
    assert_eq!(again, worker);
}

#[tokio::test]
async fn what_a_recipe_of_an_http_catalog_needs_comes_from_there_too() {
    let context = TestContext::new();
    let library =
        "pkgname=PACKAGE\npkgbase=lib\npkgver=1\npkgrel=1\narch=(any)\npackage() { :; }\n";
    for (package, need) in [("lib", "lib>=1"), ("no-such-alias", "no-such-alias")] {
        context.file("lib", "PKGBUILD", library.replace("PACKAGE", package).as_bytes());
        context.recipe("w", &format!("depends=('{need}' bash)\n{}", prints("w", "x")));
        let url: IndexLocation = serve(context.path("index")).parse().unwrap();
        let catalog = context.catalog_with(url.clone(), ProvisionOptions::default());
        let worker = context.provision(&catalog, "w", CancellationToken::new()).await.unwrap();
        assert_eq!(worker.provenance.dependencies[0].id, "lib:cpu@1-1", "{need}");

        let offline = ProvisionOptions { offline: true, ..Default::default() };
        let catalog = context.catalog_with(url, offline);
        let again = context.provision(&catalog, "w", CancellationToken::new()).await.unwrap();
        assert_eq!(again, worker, "{need}");
    }
}

#[tokio::test]
async fn one_recipe_can_be_an_index() {
    let context = TestContext::new();
    let pkgbuild = context.recipe("w", &prints("w", "x"));
    for path in [pkgbuild.clone(), pkgbuild.parent().unwrap().to_owned()] {
        let catalog =
            context.catalog_with(IndexLocation::Recipe(path), ProvisionOptions::default());
        let offers = catalog.available().await.unwrap();
        assert_eq!(offers[0].name, "w");
        context.provision(&catalog, "w", CancellationToken::new()).await.unwrap();
    }
}

#[tokio::test]
async fn the_built_in_index_offers_the_projects_recipes() {
    let context = TestContext::new();
    let catalog = context.catalog_with(IndexLocation::Embedded, ProvisionOptions::default());
    let offers = catalog.available().await.unwrap();
    let names: Vec<_> = offers.iter().map(|o| o.name.as_str()).collect();
    assert_eq!(names, ["llama-server", "sherpa-onnx-bin", "whisper-server"]);
    assert!(offers.iter().all(|o| o.refused.is_none()), "{offers:#?}");
}

#[tokio::test]
async fn a_broken_recipe_does_not_hide_the_others() {
    let context = TestContext::new();
    context.recipe("good", &prints("good", "x"));
    context.recipe("bad", "false");
    let offers = context.catalog().available().await.unwrap();
    let states: Vec<_> = offers.iter().map(|o| (o.name.as_str(), o.refused.is_some())).collect();
    assert_eq!(states, [("bad", true), ("good", false)]);
}
