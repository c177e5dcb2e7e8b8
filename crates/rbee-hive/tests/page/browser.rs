use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use fantoccini::{
    Client, ClientBuilder, Locator,
    wd::{Capabilities, WebDriverCompatibleCommand},
};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;

/// A loaded machine is slow.
const PATIENCE: Duration = Duration::from_mins(1);

/// Chromium with a profile of its own, looking at one daemon. It dies with this.
pub(crate) struct Browser {
    pub(crate) client: Client,
    driver: Child,
    _profile: TempDir,
    address: String,
}

/// A command of chromedriver's own.
#[derive(Debug)]
struct Own(&'static str, Value);

impl WebDriverCompatibleCommand for Own {
    fn endpoint(
        &self,
        base: &url::Url,
        session: Option<&str>,
    ) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.0))
    }

    fn method_and_body(&self, _url: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(self.1.to_string()))
    }
}

impl Browser {
    pub(crate) async fn open(address: &str) -> Self {
        Self::with_preferences(address, json!({})).await
    }

    /// One that runs no script of any page.
    pub(crate) async fn without_scripts(address: &str) -> Self {
        let never = json!({ "profile.managed_default_content_settings.javascript": 2 });
        Self::with_preferences(address, never).await
    }

    async fn with_preferences(address: &str, preferences: Value) -> Self {
        let profile = tempfile::tempdir().unwrap();
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver (chromium-driver) is installed; scripts/setup.sh test does it");
        let mut said = BufReader::new(driver.stdout.take().unwrap()).lines();
        let port = said
            .by_ref()
            .map(Result::unwrap)
            .find_map(|line| line.split_once(" successfully on port ").map(|(_, p)| p.to_owned()));
        std::thread::spawn(move || said.for_each(drop));
        let port = port.expect("chromedriver says its port");
        let arguments = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--no-proxy-server",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--hide-scrollbars",
            &format!("--user-data-dir={}", profile.path().display()),
        ];
        let wanted = json!({
            "goog:chromeOptions": { "args": arguments, "prefs": preferences },
            "goog:loggingPrefs": { "browser": "ALL" },
        });
        let wanted: Capabilities = serde_json::from_value(wanted).unwrap();
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let driver_address = format!("http://127.0.0.1:{}", port.trim().trim_end_matches('.'));
        let client = builder.capabilities(wanted).connect(&driver_address).await.unwrap();
        let browser = Self { client, driver, _profile: profile, address: address.to_owned() };
        browser.size(1200, 900).await;
        browser
    }

    /// Ends it well.
    pub(crate) async fn close(self) {
        let _ = self.client.clone().close().await;
    }

    pub(crate) async fn goto(&self, path: &str) {
        self.client.goto(&format!("{}{path}", self.address)).await.unwrap();
    }

    /// The path of the page that is shown.
    pub(crate) async fn path(&self) -> String {
        self.client.current_url().await.unwrap().path().to_owned()
    }

    pub(crate) async fn js(&self, script: &str) -> Value {
        self.client.execute(script, Vec::new()).await.unwrap()
    }

    /// Runs a command of the browser's debugging protocol.
    pub(crate) async fn debug(&self, command: &str, parameters: Value) -> Value {
        let body = json!({ "cmd": command, "params": parameters });
        self.client.issue_cmd(Own("goog/cdp/execute", body)).await.unwrap()
    }

    pub(crate) async fn size(&self, width: u32, height: u32) {
        let size =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.debug("Emulation.setDeviceMetricsOverride", size).await;
    }

    /// Shows pages in this colour scheme, and with nothing that moves: a colour half-way is none.
    pub(crate) async fn scheme(&self, scheme: &str) {
        let scheme = json!({ "name": "prefers-color-scheme", "value": scheme });
        let motion = json!({ "name": "prefers-reduced-motion", "value": "reduce" });
        let media = json!({ "features": [scheme, motion] });
        self.debug("Emulation.setEmulatedMedia", media).await;
    }

    /// What the page complains about since this was last asked.
    pub(crate) async fn complaints(&self) -> Vec<String> {
        let log = self.client.issue_cmd(Own("se/log", json!({ "type": "browser" }))).await.unwrap();
        let log = log.as_array().unwrap();
        log.iter().map(|entry| entry["message"].as_str().unwrap().to_owned()).collect()
    }

    /// The text that a person sees at the first element of this selector.
    pub(crate) async fn text(&self, selector: &str) -> String {
        match self.client.find(Locator::Css(selector)).await {
            Ok(element) => element.text().await.unwrap_or_default(),
            Err(_) => String::new(),
        }
    }

    /// Waits until an element says this.
    pub(crate) async fn sees(&self, selector: &str, text: &str) {
        self.sees_within(selector, text, PATIENCE).await;
    }

    pub(crate) async fn sees_within(&self, selector: &str, text: &str, patience: Duration) {
        let since = Instant::now();
        loop {
            let seen = self.text(selector).await;
            if seen.contains(text) {
                return;
            }
            if since.elapsed() > patience {
                let page = self.text("body").await;
                panic!("{selector} says {seen:?} and not {text:?} on\n{page}");
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Clicks the button or link of this name, as soon as there is one. Only what can be seen counts.
    pub(crate) async fn click(&self, name: &str) {
        let since = Instant::now();
        let path =
            format!("//*[self::button or self::a or self::summary][normalize-space(.)='{name}']");
        loop {
            for element in self.client.find_all(Locator::XPath(&path)).await.unwrap() {
                if element.is_displayed().await.unwrap_or(false) && element.click().await.is_ok() {
                    return;
                }
            }
            assert!(since.elapsed() < PATIENCE, "no {name} on\n{}", self.text("body").await);
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Presses keys where the focus is.
    pub(crate) async fn press(&self, keys: &str) {
        self.client.active_element().await.unwrap().send_keys(keys).await.unwrap();
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
