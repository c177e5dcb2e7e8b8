use std::time::Duration;

use serde_json::Value;

use crate::{
    browser::Browser,
    hive::{Hive, recipe},
};

/// The numbers of the numbered lines that the page shows, in their order.
const NUMBERS: &str = r"
    return [...document.querySelectorAll('#lines .line')]
      .map((line) => /^number (\d+)\n?$/.exec(line.textContent))
      .filter((match) => match)
      .map((match) => Number(match[1]))";

async fn numbers(browser: &Browser) -> Vec<u64> {
    let Value::Array(numbers) = browser.js(NUMBERS).await else { panic!("no lines") };
    numbers.iter().map(|number| number.as_u64().unwrap()).collect()
}

#[tokio::test]
async fn a_page_that_is_loaded_again_in_mid_log_has_no_gap() {
    let build = "for ((i = 1; i <= 400; i++)); do echo \"number $i\"; sleep 0.02; done";
    let hive = Hive::start(&[("counts", &recipe("counts", "1.0", build))]);
    let browser = Browser::open(&hive.address).await;
    browser.goto("/").await;
    browser.click("Install counts for CPU").await;
    browser.sees("#lines", "number 20").await;
    for _ in 0..4 {
        browser.client.refresh().await.unwrap();
        let before = numbers(&browser).await.len();
        while numbers(&browser).await.len() < before + 30
            && !browser.text("#state").await.contains("is installed")
        {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let seen = numbers(&browser).await;
        let all: Vec<_> = (1..).take(seen.len()).collect();
        assert_eq!(seen, all, "without a gap or a repeat");
    }
    browser.sees("#state", "is installed").await;
    assert_eq!(numbers(&browser).await, (1..=400).collect::<Vec<_>>());

    // Searching shows the lines that have it.
    browser.client.find(fantoccini::Locator::Css("#find")).await.unwrap();
    browser.js("document.getElementById('find').focus()").await;
    browser.press("number 39").await;
    browser.sees("#found", "11 lines").await;
    assert_eq!(browser.complaints().await, Vec::<String>::new());
    browser.close().await;
}

#[tokio::test]
async fn a_page_goes_on_when_the_daemon_was_killed_and_started_again() {
    let build = "for ((i = 1; i <= 200; i++)); do echo \"number $i\"; sleep 0.03; done";
    let mut hive = Hive::start(&[("counts", &recipe("counts", "1.0", build))]);
    let browser = Browser::open(&hive.address).await;
    browser.goto("/").await;
    browser.click("Install counts for CPU").await;
    browser.sees("#lines", "number 40").await;
    hive.crash_and_start_again();
    // The same page, not loaded again: the job begins anew in it.
    browser.sees("#lines", "begins again").await;
    browser.sees("#state", "is installed").await;
    let seen = numbers(&browser).await;
    let again = seen.iter().skip(1).position(|number| *number == 1).unwrap() + 1;
    let (first, second) = seen.split_at(again);
    assert_eq!(first, (1..).take(first.len()).collect::<Vec<_>>());
    assert_eq!(second, (1..=200).collect::<Vec<_>>());
    browser.close().await;
}

#[tokio::test]
async fn a_very_long_log_is_shown_in_part() {
    let build = "for ((i = 1; i <= 100000; i++)); do echo \"number $i\"; done";
    let hive = Hive::start(&[("talks", &recipe("talks", "1.0", build))]);
    let browser = Browser::open(&hive.address).await;
    browser.goto("/").await;
    browser.click("Install talks for CPU").await;
    browser.sees_within("#state", "is installed", Duration::from_mins(3)).await;
    // Both as it went and as it is loaded.
    for _ in 0..2 {
        browser.sees("#lines", "number 100000").await;
        let seen = numbers(&browser).await;
        assert!(seen.len() <= 5_100, "{} lines", seen.len());
        assert_eq!(seen.last(), Some(&100_000));
        browser.sees("#lines .gap", "the whole log").await;
        browser.client.refresh().await.unwrap();
    }
    let whole = "const log = await fetch(location.pathname + '/log'); \
                 return (await log.text()).match(/^number /gm).length";
    assert_eq!(browser.js(whole).await, 100_000);
    browser.close().await;
}
