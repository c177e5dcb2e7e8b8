use std::time::Duration;

use crate::{
    browser::Browser,
    hive::{Hive, recipe},
};

#[tokio::test]
async fn the_page_works_without_scripts() {
    let hive = Hive::start(&[("tiny", &recipe("tiny", "1.0", "echo building"))]);
    let browser = Browser::without_scripts(&hive.address).await;
    browser.goto("/?q=nothing+has+this").await;
    browser.sees("main", "No recipe matches").await;
    browser.click("Show all of them").await;
    browser.click("Install tiny for CPU").await;
    browser.sees("h1", "tiny:cpu").await;
    for _ in 0..600 {
        if browser.text("#state").await.contains("is installed") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        browser.client.refresh().await.unwrap();
    }
    browser.sees("#lines", "building").await;
    browser.click("Look at it").await;
    browser.click("Verify tiny:cpu@1.0-1").await;
    browser.sees(".message", "is as it was installed").await;
    browser.close().await;
}
