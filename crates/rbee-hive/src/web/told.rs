use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use rbee_hive_worker_catalog::WorkerId;
use serde::{Deserialize, Serialize};

/// What was just done, told on the page that one is sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Deed {
    Verified,
    Activated,
    Removed,
    Cleaned,
}

/// A deed in an address, with the worker that it was done to.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Told {
    told: Option<Deed>,
    of: Option<WorkerId>,
}

impl Deed {
    /// Sends the browser to a page that tells of it.
    pub(super) fn go(self, page: &str, of: Option<&str>) -> Response {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        let name = serde_json::to_value(self).ok();
        query.append_pair("told", name.as_ref().and_then(|n| n.as_str()).unwrap_or_default());
        if let Some(of) = of {
            query.append_pair("of", of);
        }
        Redirect::to(&format!("{page}?{}", query.finish())).into_response()
    }
}

impl Told {
    /// The message, if there is one. It has the focus, so that it is read out.
    pub(super) fn render(&self) -> Markup {
        let Some(deed) = self.told else { return html! {} };
        let of = self.of.as_ref().map_or_else(|| "The worker".to_owned(), ToString::to_string);
        let text = match deed {
            Deed::Verified => format!("{of} is as it was installed: every file was compared."),
            Deed::Activated => format!("{of} is in use now."),
            Deed::Removed => format!("{of} was removed."),
            Deed::Cleaned => "What nothing uses was deleted.".to_owned(),
        };
        message("ok", &html! { p { (text) } })
    }
}

/// A message at the top of a page: `kind` is `ok`, `warn` or `bad`.
pub(super) fn message(kind: &str, content: &Markup) -> Markup {
    html! { div class={ "message " (kind) } role="status" tabindex="-1" autofocus { (content) } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_comes_from_a_closed_list() {
        let told = |query: &str| serde_json::from_str::<Told>(query);
        let removed = told(r#"{"told":"removed","of":"a:cpu@1-1"}"#).unwrap().render();
        assert!(removed.into_string().contains("a:cpu@1-1 was removed."));
        assert!(told(r#"{"told":"<b>"}"#).is_err());
        assert!(told(r#"{"told":"removed","of":"<b>"}"#).is_err());
        assert!(told("{}").unwrap().render().into_string().is_empty());
    }
}
