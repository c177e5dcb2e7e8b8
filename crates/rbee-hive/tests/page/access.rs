use serde_json::{Value, json};

use crate::{
    browser::Browser,
    hive::{Hive, recipe},
};

/// What one uses, or goes by, has a name.
const NAMED: [&str; 14] = [
    "button",
    "link",
    "textbox",
    "searchbox",
    "combobox",
    "checkbox",
    "spinbutton",
    "progressbar",
    "heading",
    "dialog",
    "navigation",
    "region",
    "table",
    "log",
];

/// Every text whose colour is too near to that of its ground (WCAG 2.2, 1.4.3), and every element
/// that is wider than the screen.
const CHECK: &str = r"
    const parse = (color) => {
      const [r, g, b, a = 1] = color.match(/[\d.]+/g).map(Number)
      return { r, g, b, a }
    }
    const luminance = ({ r, g, b }) => {
      const [x, y, z] = [r, g, b].map((c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
      return 0.2126 * x + 0.7152 * y + 0.0722 * z
    }
    const ground = (element) => {
      for (; element; element = element.parentElement) {
        const color = parse(getComputedStyle(element).backgroundColor)
        if (color.a === 1) return color
      }
      return parse('rgb(255, 255, 255)')
    }
    const wrong = []
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    for (let text = texts.nextNode(); text; text = texts.nextNode()) {
      const element = text.parentElement
      if (!text.data.trim() || !element.checkVisibility() || element.closest('noscript, script, .visually-hidden')) continue
      const style = getComputedStyle(element)
      const [a, b] = [luminance(parse(style.color)), luminance(ground(element))]
      const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)
      if (contrast < 4.5) wrong.push(`${text.data.trim()}: ${contrast.toFixed(2)} ${style.color}`)
    }
    const width = document.documentElement.clientWidth
    if (document.documentElement.scrollWidth > width) {
      wrong.push(`${document.documentElement.scrollWidth} wide on ${width}`)
    }
    if (document.querySelectorAll('h1').length !== 1) wrong.push('not one h1')
    const ids = [...document.querySelectorAll('[id]')].map((e) => e.id)
    if (new Set(ids).size !== ids.length) wrong.push('an id twice')
    return wrong";

async fn without_name(browser: &Browser) -> Vec<String> {
    browser.debug("Accessibility.enable", json!({})).await;
    let tree = browser.debug("Accessibility.getFullAXTree", json!({})).await;
    let nodes = tree["nodes"].as_array().unwrap();
    let visible = nodes.iter().filter(|node| node["ignored"] != true);
    let nameless = visible.filter(|node| {
        let role = node["role"]["value"].as_str().unwrap_or_default();
        let name = node["name"]["value"].as_str().unwrap_or_default();
        NAMED.contains(&role) && name.trim().is_empty()
    });
    nameless.map(ToString::to_string).collect()
}

#[tokio::test]
async fn every_page_can_be_read_and_used_by_everybody() {
    let slow =
        recipe("slow", "1.0", "for i in {1..2000}; do echo -e \"\\e[31m$i\"; sleep 0.1; done");
    let (tiny, foreign) = (recipe("tiny", "1.0", ":"), recipe("foreign", "1.0", ":"));
    let foreign = foreign.replace("arch=(any)", "arch=(riscv64)");
    let hive = Hive::start(&[("tiny", &tiny), ("slow", &slow), ("foreign", &foreign)]);
    let browser = Browser::open(&hive.address).await;
    browser.goto("/").await;
    browser.click("Install tiny for CPU").await;
    browser.sees("#state", "is installed").await;
    let done = browser.path().await;
    browser.goto("/").await;
    browser.click("Install slow for CPU").await;
    browser.sees("#lines", "10").await;
    let running = browser.path().await;
    for page in [
        "/",
        "/?q=nothing",
        "/jobs",
        &done,
        &running,
        "/installed",
        "/installed/tiny:cpu",
        "/disk",
        "/nothing",
    ] {
        browser.goto(page).await;
        for (scheme, width) in [("light", 1200), ("dark", 1200), ("light", 320)] {
            browser.scheme(scheme).await;
            browser.size(width, 900).await;
            assert_eq!(browser.js(CHECK).await, json!([]), "{page}, {scheme}, {width}");
        }
        assert_eq!(without_name(&browser).await, Vec::<String>::new(), "{page}");
        let complaints = browser.complaints().await;
        // That a page is missing, Chromium tells, too.
        let others = complaints.iter().filter(|c| page != "/nothing" || !c.contains("404"));
        assert_eq!(others.collect::<Vec<_>>(), Vec::<&String>::new(), "{page}");
    }
    browser.close().await;
}

#[tokio::test]
async fn the_catalogue_is_searched_while_one_types() {
    let hive = Hive::start(&[
        ("tiny", &recipe("tiny", "1.0", ":")),
        ("other", &recipe("other", "1.0", ":")),
    ]);
    let browser = Browser::open(&hive.address).await;
    browser.goto("/").await;
    browser.sees(".count", "2 of 2").await;
    browser.js("document.getElementById('q').focus()").await;
    browser.press("tin").await;
    browser.sees(".count", "1 of 2").await;
    assert_eq!(browser.js("return document.activeElement.id").await, Value::from("q"));
    assert_eq!(browser.complaints().await, Vec::<String>::new());
    browser.close().await;
}
