//! Answers that a client may already have.

use std::hash::{DefaultHasher, Hasher as _};

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use serde::Serialize;

use super::error::{ApiError, ApiErrorKind};

/// A JSON document with what tells it from others.
#[derive(Debug, Clone)]
pub(super) struct Tagged {
    body: Bytes,
    gzip: Option<Bytes>,
    etag: HeaderValue,
}

impl Tagged {
    /// The document of a value.
    pub(super) fn new(value: &impl Serialize) -> Result<Self, ApiError> {
        let body = serde_json::to_vec(value)
            .map_err(|error| ApiError::of(ApiErrorKind::StoreFailed, &error))?;
        let mut hasher = DefaultHasher::new();
        hasher.write(&body);
        // Weak, for the same document may be compressed or not (RFC 9110, section 8.8.1).
        let etag = format!("W/\"{:016x}-{:x}\"", hasher.finish(), body.len());
        let etag = HeaderValue::try_from(etag)
            .map_err(|error| ApiError::of(ApiErrorKind::StoreFailed, &error))?;
        Ok(Self { body: body.into(), gzip: None, etag })
    }

    /// The same, compressed once for all who want it so.
    pub(super) fn compressed(mut self) -> Self {
        use std::io::Write as _;
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        self.gzip =
            encoder.write_all(&self.body).and_then(|()| encoder.finish()).ok().map(Into::into);
        self
    }

    /// The bytes that it keeps in memory.
    pub(super) fn size(&self) -> usize {
        self.body.len() + self.gzip.as_ref().map_or(0, Bytes::len)
    }

    /// The answer to a request with these headers: that nothing has changed, if the client has it.
    pub(super) fn answer(&self, request: &HeaderMap) -> Response {
        let mut headers = HeaderMap::new();
        headers.insert(header::ETAG, self.etag.clone());
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        if self.is_known(request) {
            return (StatusCode::NOT_MODIFIED, headers).into_response();
        }
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let body = match self.gzip.as_ref().filter(|_| takes_gzip(request)) {
            Some(gzip) => {
                headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
                gzip
            }
            None => &self.body,
        };
        (headers, Body::from(body.clone())).into_response()
    }

    /// RFC 9110, section 13.1.2: tags are compared weakly, and `*` is every one.
    fn is_known(&self, request: &HeaderMap) -> bool {
        let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
        let ours = opaque(self.etag.to_str().unwrap_or_default());
        let lists = request.get_all(header::IF_NONE_MATCH).iter();
        let mut tags = lists.filter_map(|list| list.to_str().ok()).flat_map(|list| list.split(','));
        tags.any(|tag| tag.trim() == "*" || opaque(tag) == ours)
    }
}

/// Whether the client says that it takes gzip.
fn takes_gzip(request: &HeaderMap) -> bool {
    let lists = request.get_all(header::ACCEPT_ENCODING).iter();
    let mut codings = lists.filter_map(|list| list.to_str().ok()).flat_map(|list| list.split(','));
    codings.any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        let weight = weight.trim().trim_start_matches("q=").trim();
        let refused = !weight.is_empty() && weight.parse::<f32>().is_ok_and(|w| w <= 0.0);
        matches!(name.trim(), "gzip" | "x-gzip" | "*") && !refused
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: header::HeaderName, value: &'static str) -> HeaderMap {
        [(name, HeaderValue::from_static(value))].into_iter().collect()
    }

    #[test]
    fn who_has_it_gets_no_body() {
        let tagged = Tagged::new(&["a"]).unwrap();
        let etag = tagged.etag.to_str().unwrap().to_owned();
        let status = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::IF_NONE_MATCH, HeaderValue::try_from(value).unwrap());
            tagged.answer(&headers).status()
        };
        let strong = etag.trim_start_matches("W/");
        for known in [&*etag, "*", strong, &format!("\"x\", {etag}")] {
            assert_eq!(status(known), StatusCode::NOT_MODIFIED, "{known}");
        }
        assert_eq!(status("\"x\""), StatusCode::OK);
        assert_ne!(Tagged::new(&["b"]).unwrap().etag, tagged.etag);
    }

    #[test]
    fn only_who_takes_it_gets_gzip() {
        let tagged = Tagged::new(&["a"]).unwrap().compressed();
        let compressed = |value| {
            let answer = tagged.answer(&headers(header::ACCEPT_ENCODING, value));
            answer.headers().contains_key(header::CONTENT_ENCODING)
        };
        assert!(compressed("gzip") && compressed("br, gzip;q=0.5") && compressed("*"));
        assert!(!compressed("br") && !compressed("gzip;q=0") && !compressed("identity"));
    }
}
