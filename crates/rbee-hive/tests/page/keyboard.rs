use serde_json::Value;

use crate::{
    browser::Browser,
    hive::{Hive, recipe},
};

const TAB: &str = "\u{e004}";
const ENTER: &str = "\u{e007}";
const ESCAPE: &str = "\u{e00c}";

/// What has the focus, in words.
async fn focused(browser: &Browser) -> String {
    let text = browser.js("return document.activeElement.innerText || ''").await;
    let Value::String(text) = text else { return String::new() };
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Goes on with the tab key until this has the focus, which can be seen.
async fn tab_to(browser: &Browser, name: &str) {
    for _ in 0..60 {
        browser.press(TAB).await;
        if focused(browser).await == name {
            let outline = "return getComputedStyle(document.activeElement).outlineStyle";
            assert_ne!(browser.js(outline).await, "none", "{name} shows that it has the focus");
            return;
        }
    }
    panic!("{name} cannot be reached with the tab key");
}

#[tokio::test]
async fn everything_can_be_done_by_keyboard() {
    let tiny = recipe("tiny", "1.0", ":");
    let hive = Hive::start(&[("tiny", &tiny)]);
    let browser = Browser::open(&hive.address).await;
    browser.goto("/").await;
    browser.press(TAB).await;
    assert_eq!(focused(&browser).await, "Skip to the content");
    browser.press(ENTER).await;
    tab_to(&browser, "Install tiny for CPU").await;
    browser.press(ENTER).await;
    browser.sees("#state", "is installed").await;
    tab_to(&browser, "Look at it").await;
    browser.press(ENTER).await;
    browser.sees("h1", "tiny").await;

    tab_to(&browser, "Remove tiny:cpu@1.0-1").await;
    browser.press(ENTER).await;
    browser.sees("dialog[open]", "Remove tiny:cpu@1.0-1?").await;
    // What changes nothing comes first, and Escape leaves.
    assert_eq!(focused(&browser).await, "Keep as it is");
    browser.press(ESCAPE).await;
    assert_eq!(browser.text("dialog[open]").await, "");
    assert_eq!(focused(&browser).await, "Remove tiny:cpu@1.0-1", "the focus is where it was");
    browser.press(ENTER).await;
    browser.sees("dialog[open]", "Remove it").await;
    browser.press(TAB).await;
    assert_eq!(focused(&browser).await, "Remove it");
    browser.press(ENTER).await;
    browser.sees(".message", "tiny:cpu@1.0-1 was removed").await;
    assert_eq!(focused(&browser).await, "tiny:cpu@1.0-1 was removed.", "it is read out");

    // The theme is remembered.
    tab_to_theme(&browser).await;
    browser.press(ENTER).await;
    browser.press(ENTER).await;
    assert_eq!(focused(&browser).await, "Theme: dark");
    browser.goto("/jobs").await;
    assert_eq!(browser.js("return document.documentElement.dataset.theme").await, "dark");
    assert_eq!(browser.complaints().await, Vec::<String>::new());
    browser.close().await;
}

async fn tab_to_theme(browser: &Browser) {
    browser.goto("/").await;
    tab_to(browser, "Theme: system").await;
}
