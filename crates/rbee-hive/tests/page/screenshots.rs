use std::path::PathBuf;

use crate::browser::Browser;

/// Where they go: into the documentation if they are asked for, or where nobody minds.
#[expect(clippy::disallowed_methods, reason = "whoever runs the tests says it")]
fn folder() -> PathBuf {
    match std::env::var_os("SCREENSHOTS") {
        Some(_) => PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/screenshots"),
        None => PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("screenshots"),
    }
}

/// Takes the page that is shown: light and dark, and on a narrow screen.
pub(crate) async fn take(browser: &Browser, name: &str) {
    let folder = folder();
    fs_err::create_dir_all(&folder).unwrap();
    for (kind, scheme, width, height) in
        [("light", "light", 1000, 680), ("dark", "dark", 1000, 680), ("narrow", "light", 360, 760)]
    {
        browser.scheme(scheme).await;
        browser.size(width, height).await;
        // Nothing that a screen may not have shown yet.
        browser
            .client
            .execute_async(
                "const done = arguments[0]; \
                 requestAnimationFrame(() => requestAnimationFrame(() => done(true)))",
                Vec::new(),
            )
            .await
            .unwrap();
        let picture = browser.client.screenshot().await.unwrap();
        fs_err::write(folder.join(format!("{name}-{kind}.png")), picture).unwrap();
    }
    browser.scheme("light").await;
    browser.size(1200, 900).await;
}
