use maud::{DOCTYPE, Markup, html};

use super::assets::address;

/// Where in the page one is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Section {
    /// What can be installed.
    Catalogue,
    /// What is being done, and was.
    Jobs,
    /// What is installed.
    Installed,
    /// What it takes.
    Disk,
    /// In none of them: the login, an error.
    None,
}

/// The places that every page leads to.
const PLACES: [(Section, &str, &str); 4] = [
    (Section::Catalogue, "/", "Catalogue"),
    (Section::Jobs, "/jobs", "Jobs"),
    (Section::Installed, "/installed", "Installed"),
    (Section::Disk, "/disk", "Disk"),
];

/// What htmx may do: nothing that a policy without inline scripts and styles refuses, and nothing
/// kept of a page but what the browser itself keeps.
const HTMX: &str = r#"{"allowEval":false,"includeIndicatorStyles":false,"historyCacheSize":0,"refreshOnHistoryMiss":true,"allowScriptTags":false,"scrollBehavior":"auto"}"#;

/// A whole page with this title and content.
pub(crate) fn layout(title: &str, section: Section, content: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="htmx-config" content=(HTMX);
                title { (title) " · rbee-hive" }
                link rel="icon" type="image/svg+xml" href=(address("icon.svg"));
                link rel="stylesheet" href=(address("page.css"));
                // Not deferred: the colours are set before anything is painted.
                script src=(address("theme.js")) {}
                script src=(address("htmx.js")) defer {}
                script src=(address("sse.js")) defer {}
                script src=(address("page.js")) defer {}
            }
            body {
                a.skip href="#main" { "Skip to the content" }
                header.top {
                    div.top-inner {
                        a.brand href="/" {
                            img src=(address("icon.svg")) alt="" width="26" height="26";
                            span { "rbee-hive" }
                        }
                        nav aria-label="Main" {
                            @for (place, href, name) in PLACES {
                                a href=(href) aria-current=[(place == section).then_some("page")] {
                                    (name)
                                }
                            }
                        }
                        button.theme type="button" hidden { "Theme: system" }
                    }
                }
                main #main tabindex="-1" { (content) }
                // What happens is said here; it stays when parts of the page are replaced.
                div #said .visually-hidden role="status" aria-live="polite" {}
                footer.bottom {
                    "rbee-hive " (env!("CARGO_PKG_VERSION")) " · "
                    a href="/openapi.json" { "API" } " · "
                    a href="/metrics" { "Metrics" }
                }
            }
        }
    }
}

/// What asks before something is done that cannot be taken back: a button that opens a dialog with
/// the form. `id` is unique in the page.
pub(super) struct Confirmation<'a> {
    pub(super) id: &'a str,
    /// What the button says, with what it is about for who hears it alone.
    pub(super) opener: Markup,
    pub(super) question: &'a str,
    pub(super) explanation: Markup,
    /// Where the form is sent.
    pub(super) action: &'a str,
    /// The fields of the form.
    pub(super) fields: Markup,
    /// What the button says that leaves everything as it is.
    pub(super) keep: &'a str,
    /// What the button says that does it.
    pub(super) verb: &'a str,
    pub(super) danger: bool,
}

impl Confirmation<'_> {
    pub(super) fn render(&self) -> Markup {
        let Self { id, question, action, verb, danger, .. } = self;
        let title = format!("{id}-title");
        html! {
            button.quiet[!danger].danger-quiet[*danger] type="button" commandfor=(id)
                command="show-modal" aria-haspopup="dialog" { (self.opener) }
            dialog id=(id) aria-labelledby=(title) closedby="any" {
                form method="post" action=(action) {
                    h2 id=(title) { (question) }
                    (self.explanation)
                    (self.fields)
                    div.actions {
                        button.quiet type="button" commandfor=(id) command="close" autofocus {
                            (self.keep)
                        }
                        button.primary[!danger].danger[*danger] type="submit" { (verb) }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_says_where_one_is_and_escapes_its_title() {
        let page = layout("<b>", Section::Jobs, &html! { h1 { "x" } }).into_string();
        assert!(page.contains("&lt;b&gt; · rbee-hive</title>"));
        assert!(page.contains(r#"<a href="/jobs" aria-current="page">"#));
        assert_eq!(page.matches("aria-current").count(), 1);
    }

    #[test]
    fn nothing_of_a_page_breaks_the_policy() {
        let page = layout("x", Section::None, &html! {}).into_string();
        for forbidden in [" style=", "<style", " onclick=", "javascript:", "hx-on", "http://"] {
            assert!(!page.contains(forbidden), "{forbidden}");
        }
        assert!(page.split("<script").skip(1).all(|tag| tag.starts_with(" src=\"/assets/")));
    }
}
