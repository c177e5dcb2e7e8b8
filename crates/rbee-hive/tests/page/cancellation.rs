use crate::{
    browser::Browser,
    hive::{Hive, recipe},
    screenshots,
};

/// A build that takes as long as somebody lets it, and writes in colours.
const ENDLESS: &str = r"
for ((i = 1; ; i++)); do
  printf '\e[32m[%4d/9000]\e[0m Building \e[1mCXX\e[0m object src/part%d.cpp.o\n' $i $i
  ((i % 9)) || printf '\e[1msrc/part%d.cpp:3:7:\e[0m \e[1;35mwarning:\e[0m unused \e[1mx\e[0m\n' $i >&2
  sleep 0.05
done";

#[tokio::test]
async fn a_running_build_is_cancelled_and_one_that_waits_says_why() {
    let (slow, tiny) = (recipe("slow", "1.0", ENDLESS), recipe("tiny", "1.0", ":"));
    let hive = Hive::start(&[("slow", &slow), ("tiny", &tiny)]);
    let browser = Browser::open(&hive.address).await;
    browser.goto("/").await;
    browser.click("Install slow for CPU").await;
    browser.sees("#state", "Running: build").await;
    browser.sees("#lines", "Building CXX object src/part30.cpp.o").await;
    let running = browser.path().await;
    screenshots::take(&browser, "build").await;

    browser.goto("/").await;
    browser.click("Install tiny for CPU").await;
    browser.sees("#state", "Number 1 in the queue").await;
    browser.sees("#state", "slow:cpu").await;
    let waiting = browser.path().await;
    browser.goto("/").await;
    browser.sees("#active", "slow:cpu").await;

    browser.goto(&running).await;
    browser.click("Cancel").await;
    browser.sees("dialog[open]", "Cancel slow:cpu?").await;
    browser.click("Let it run").await;
    browser.sees("#state", "Running: build").await;
    browser.click("Cancel").await;
    browser.click("Cancel it").await;
    browser.sees("#state", "It was stopped. Nothing was changed.").await;
    browser.sees("#deeds", "Try again").await;

    browser.goto(&waiting).await;
    browser.sees("#state", "is installed").await;
    browser.goto("/installed").await;
    let installed = browser.text("main").await;
    assert!(installed.contains("tiny") && !installed.contains("slow"), "{installed}");
    assert_eq!(browser.complaints().await, Vec::<String>::new());
    browser.close().await;
}

#[tokio::test]
async fn a_failed_build_says_why_and_what_to_do() {
    let broken = recipe("broken", "1.0", "echo 'no rule to make target' >&2; return 1");
    let hive = Hive::start(&[("broken", &broken)]);
    let browser = Browser::open(&hive.address).await;
    browser.goto("/").await;
    browser.click("Install broken for CPU").await;
    browser.sees("#state", "Failed").await;
    browser.sees("#lines", "no rule to make target").await;
    browser.sees("#state", "The last lines of the log tell what the build said").await;
    screenshots::take(&browser, "failed").await;
    let first = browser.path().await;
    browser.click("Try again").await;
    browser.sees("#state", "Failed").await;
    assert_ne!(browser.path().await, first);
    browser.close().await;
}
