use std::{
    borrow::Cow,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::LazyLock,
};

use axum::{
    extract::{Path, RawQuery},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};

use super::ansi;

/// A file that pages load. Its address names its content, so that a browser may keep it for ever.
struct Asset {
    name: &'static str,
    media_type: &'static str,
    content: Cow<'static, [u8]>,
    version: String,
}

impl Asset {
    fn new(
        name: &'static str,
        media_type: &'static str,
        content: impl Into<Cow<'static, [u8]>>,
    ) -> Self {
        let content = content.into();
        let mut hasher = DefaultHasher::new();
        content.hash(&mut hasher);
        Self { name, media_type, content, version: format!("{:016x}", hasher.finish()) }
    }
}

const SCRIPT: &str = "text/javascript; charset=utf-8";

static ASSETS: LazyLock<[Asset; 6]> = LazyLock::new(|| {
    [
        Asset::new("page.css", "text/css; charset=utf-8", stylesheet()),
        Asset::new("theme.js", SCRIPT, include_bytes!("assets/theme.js").as_slice()),
        Asset::new("page.js", SCRIPT, include_bytes!("assets/page.js").as_slice()),
        Asset::new("htmx.js", SCRIPT, include_bytes!("assets/vendor/htmx.min.js").as_slice()),
        Asset::new("sse.js", SCRIPT, include_bytes!("assets/vendor/sse.min.js").as_slice()),
        Asset::new("icon.svg", "image/svg+xml", include_bytes!("assets/icon.svg").as_slice()),
    ]
});

fn stylesheet() -> Vec<u8> {
    [include_str!("assets/page.css"), &ansi::stylesheet()].concat().into_bytes()
}

/// Where a page loads an asset from.
pub(super) fn address(name: &str) -> String {
    let version = ASSETS.iter().find(|a| a.name == name).map_or("", |a| a.version.as_str());
    format!("/assets/{name}?v={version}")
}

/// `GET /assets/{name}`
pub(super) async fn asset(
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let Some(asset) = ASSETS.iter().find(|asset| asset.name == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let tag = format!("\"{}\"", asset.version);
    // Asked for without its version, it may be another one tomorrow.
    let kept = if query.is_some_and(|q| q.strip_prefix("v=") == Some(&asset.version)) {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let known = known.is_some_and(|tags| tags.split(',').any(|t| t.trim().ends_with(&tag)));
    let common = [(header::ETAG, tag), (header::CACHE_CONTROL, kept.to_owned())];
    if known {
        return (StatusCode::NOT_MODIFIED, common).into_response();
    }
    (common, [(header::CONTENT_TYPE, asset.media_type)], asset.content.clone()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_the_content() {
        let css = address("page.css");
        assert!(css.starts_with("/assets/page.css?v="), "{css}");
        assert_ne!(css.rsplit('=').next(), address("page.js").rsplit('=').next());
        for asset in ASSETS.iter() {
            assert!(!asset.content.is_empty(), "{}", asset.name);
        }
    }

    #[test]
    fn nothing_is_loaded_from_elsewhere() {
        for asset in ASSETS.iter().filter(|asset| asset.name.starts_with("page")) {
            let text = String::from_utf8_lossy(&asset.content);
            assert!(!text.contains("://"), "{}", asset.name);
        }
    }

    #[tokio::test]
    async fn a_browser_that_has_it_is_not_sent_it_again() {
        let version = ASSETS[0].version.clone();
        let get = |query: Option<String>, tag: Option<String>| {
            let mut headers = HeaderMap::new();
            if let Some(tag) = tag {
                headers.insert(header::IF_NONE_MATCH, tag.parse().unwrap());
            }
            asset(Path("page.css".to_owned()), RawQuery(query), headers)
        };
        let first = get(Some(format!("v={version}")), None).await;
        assert_eq!(first.status(), StatusCode::OK);
        assert!(first.headers()[header::CACHE_CONTROL].to_str().unwrap().contains("immutable"));
        let again = get(None, Some(format!("W/\"{version}\""))).await;
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
        assert_eq!(again.headers()[header::CACHE_CONTROL], "no-cache");
    }
}
