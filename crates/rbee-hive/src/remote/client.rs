use std::{path::PathBuf, time::Duration};

use reqwest::{
    Body, Certificate, Method, RequestBuilder, Response,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue},
};
use serde::{Serialize, de::DeserializeOwned};
use url::Url;

use crate::config::Token;

use super::{RemoteError, address::Address, answer};

const CONNECT: Duration = Duration::from_secs(10);
/// How soon a peer that is gone is noticed while it has nothing to say.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Speaks to one daemon.
#[derive(Debug, Clone)]
pub(super) struct Client {
    http: reqwest::Client,
    address: Address,
    token: Option<HeaderValue>,
}

impl Client {
    pub(super) fn new(
        address: &str,
        token: Option<&Token>,
        certificates: Option<PathBuf>,
    ) -> Result<Self, RemoteError> {
        // reqwest takes the process's provider. Installed twice is installed.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let address = Address::parse(address)?;
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("rbee-hive/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT)
            .tcp_keepalive(KEEP_ALIVE)
            .referer(false)
            .redirect(reqwest::redirect::Policy::none());
        if address.is_here() {
            builder = builder.no_proxy();
        }
        if let Address::Unix { path, .. } = &address {
            builder = builder.unix_socket(path.as_path());
        }
        if let Some(path) = certificates {
            builder = builder.tls_certs_merge(authorities(path)?);
        }
        let hive = address.to_string();
        let http = builder.build().map_err(|source| RemoteError::Prepare { hive, source })?;
        let token = token.map(bearer).transpose()?;
        Ok(Self { http, address, token })
    }

    /// The daemon, as a person names it.
    pub(super) fn hive(&self) -> String {
        self.address.to_string()
    }

    /// A path of the daemon, of these segments.
    pub(super) fn url(&self, segments: &[&str]) -> Url {
        let mut url = self.address.base().clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        url
    }

    pub(super) fn request(&self, method: Method, url: Url) -> RequestBuilder {
        let request = self.http.request(method, url);
        match &self.token {
            Some(token) => request.header(AUTHORIZATION, token.clone()),
            None => request,
        }
    }

    /// Sends a request; an answer that tells of a failure is that failure.
    pub(super) async fn send(&self, request: RequestBuilder) -> Result<Response, RemoteError> {
        let sent = request.send().await.map_err(|error| self.unreachable(error))?;
        answer::success(sent, &self.hive(), self.token.is_some()).await
    }

    pub(super) async fn get<T: DeserializeOwned>(&self, url: Url) -> Result<T, RemoteError> {
        match self.ask(self.request(Method::GET, url.clone())).await {
            // A connection that was kept may have broken meanwhile.
            Err(RemoteError::Unreachable { source, .. }) if !source.is_connect() => {
                self.ask(self.request(Method::GET, url)).await
            }
            answer => answer,
        }
    }

    pub(super) async fn delete<T: DeserializeOwned>(&self, url: Url) -> Result<T, RemoteError> {
        self.ask(self.request(Method::DELETE, url)).await
    }

    pub(super) async fn post<T: DeserializeOwned>(
        &self,
        url: Url,
        body: &(impl Serialize + Sync),
    ) -> Result<T, RemoteError> {
        let url_text = url.to_string();
        let json = serde_json::to_vec(body)
            .map_err(|error| RemoteError::Strange { url: url_text, what: error.to_string() })?;
        let request = self.request(Method::POST, url).header(CONTENT_TYPE, "application/json");
        self.ask(request.body(Body::from(json))).await
    }

    /// Sends a request whose answer is a document.
    pub(super) async fn ask<T: DeserializeOwned>(
        &self,
        request: RequestBuilder,
    ) -> Result<T, RemoteError> {
        let answer = self.send(request.header(ACCEPT, "application/json")).await?;
        let url = answer.url().to_string();
        let bytes = answer.bytes().await.map_err(|error| self.unreachable(error))?;
        serde_json::from_slice(&bytes).map_err(|error| RemoteError::Strange {
            url,
            what: format!("something else ({error})"),
        })
    }

    pub(super) fn unreachable(&self, error: reqwest::Error) -> RemoteError {
        RemoteError::Unreachable { hive: self.hive(), source: error.without_url() }
    }
}

fn bearer(token: &Token) -> Result<HeaderValue, RemoteError> {
    let mut value = HeaderValue::from_str(&format!("Bearer {}", token.expose()))
        .map_err(|_| RemoteError::UnusableToken)?;
    // So that it is in no debug output.
    value.set_sensitive(true);
    Ok(value)
}

fn authorities(path: PathBuf) -> Result<Vec<Certificate>, RemoteError> {
    let read = || -> Result<Vec<Certificate>, Box<dyn std::error::Error + Send + Sync>> {
        let certificates = Certificate::from_pem_bundle(&fs_err::read(&path)?)?;
        if certificates.is_empty() { Err("the file has none".into()) } else { Ok(certificates) }
    };
    read().map_err(|source| RemoteError::Certificates { path, source })
}
