use std::time::Duration;

use crate::{browser::Browser, hive::Hive, screenshots};

/// Two wheels come from the registry.
const DOWNLOAD: Duration = Duration::from_mins(8);
const NAME: &str = "sherpa-onnx-bin";

/// What this machine cannot have.
const FOR_ANOTHER: &str = "
pkgname=edge-server
pkgver=0.3
pkgrel=1
pkgdesc='Speech synthesis for single-board computers'
arch=(riscv64)
license=(MIT)
_worker_entrypoint=usr/bin/edge-server
package() { install -D /dev/null \"$pkgdir/usr/bin/edge-server\"; }
";

#[tokio::test]
async fn an_engine_is_installed_upgraded_rolled_back_and_removed() {
    let hive = Hive::with_project_recipes(&[("edge-server", FOR_ANOTHER)]);
    let browser = Browser::open(&hive.address).await;
    browser.goto("/").await;
    browser.sees("h1", "Catalogue").await;
    browser.sees("main", "edge-server is for riscv64").await;
    screenshots::take(&browser, "catalogue").await;

    browser.click(&format!("Install {NAME} for CPU")).await;
    browser.sees("h1", &format!("{NAME}:cpu")).await;
    browser.sees("#timeline", "resolve").await;
    browser.sees_within("#state", "is installed", DOWNLOAD).await;
    browser.sees("#lines", &format!("installed {NAME}:cpu@2.0.1-1")).await;
    screenshots::take(&browser, "job").await;

    // A later one, from the same wheels.
    hive.change(NAME, "pkgrel=1", "pkgrel=2");
    reload_until(&browser, "/", "to 2.0.1-2").await;
    browser.click(&format!("Upgrade {NAME} for CPU to 2.0.1-2")).await;
    browser.sees_within("#state", "is installed", DOWNLOAD).await;

    browser.click("Look at it").await;
    browser.sees("h1", NAME).await;
    browser.sees(".in-use", "2.0.1-2").await;
    screenshots::take(&browser, "worker").await;
    browser.click(&format!("Verify {NAME}:cpu@2.0.1-2")).await;
    browser.sees(".message", "is as it was installed").await;

    browser.click(&format!("Use this version {NAME}:cpu@2.0.1-1")).await;
    browser.sees("dialog[open]", "Use 2.0.1-1 from now on?").await;
    browser.click("Use it").await;
    browser.sees(".message", "2.0.1-1 is in use now").await;
    browser.sees(".in-use", "2.0.1-1").await;

    browser.goto("/installed").await;
    browser.sees(".card", "2.0.1-2").await;
    screenshots::take(&browser, "installed").await;
    browser.goto("/disk").await;
    browser.sees(".chart", &format!("{NAME}:cpu")).await;
    screenshots::take(&browser, "disk").await;
    browser.goto("/jobs").await;
    browser.sees("#jobs", NAME).await;
    screenshots::take(&browser, "jobs").await;

    for version in ["2.0.1-1", "2.0.1-2"] {
        browser.goto(&format!("/installed/{NAME}:cpu")).await;
        browser.click(&format!("Remove {NAME}:cpu@{version}")).await;
        browser.sees("dialog[open]", "are deleted").await;
        browser.click("Remove it").await;
        browser.sees(".message", &format!("{NAME}:cpu@{version} was removed")).await;
    }
    browser.sees("main", "Nothing is installed yet").await;
    assert_eq!(browser.complaints().await, Vec::<String>::new());
    browser.close().await;
}

/// The index is asked again after a while.
async fn reload_until(browser: &Browser, path: &str, text: &str) {
    for _ in 0..120 {
        browser.goto(path).await;
        if browser.text("main").await.contains(text) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    panic!("no {text} on {path}");
}
