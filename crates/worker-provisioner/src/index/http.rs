//! An index behind HTTP.

use std::path::{Path, PathBuf};

use rbee_hive_artifact_catalog::job::redact;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use tokio_util::sync::CancellationToken;
use url::Url;

use super::{IndexError, files::is_key};
use crate::source;

/// No PKGBUILD, patch or list of recipes is near this.
const LARGEST: u64 = 16 << 20;

/// What `GET /workers` answers: the recipes, plain or under `workers`, each plain or with its id.
#[derive(Deserialize)]
#[serde(untagged)]
enum List {
    Plain(Vec<Entry>),
    Named { workers: Vec<Entry> },
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Entry {
    Name(String),
    Worker { id: String },
    Named { name: String },
}

pub(super) async fn names(
    index: &Url,
    offline: bool,
    cache: &Path,
    cancel: &CancellationToken,
) -> Result<Vec<String>, IndexError> {
    let url = below(index, &["workers"])?;
    let copy = folder_of(index, cache).join("workers.json");
    let bytes = match (get(&url, offline, cancel).await, fs_err::read(&copy)) {
        (Ok(Some(bytes)), _) => {
            put(&copy, &bytes)?;
            bytes
        }
        (Ok(None), _) => return Err(answer(&url, "a list of workers")),
        (Err(IndexError::Offline { .. }), Ok(bytes)) => bytes,
        (Err(error), _) => return Err(error),
    };
    let list: List =
        serde_json::from_slice(&bytes).map_err(|_| answer(&url, "a list of workers"))?;
    let (List::Plain(entries) | List::Named { workers: entries }) = list;
    let names = entries.into_iter().map(|e| match e {
        Entry::Name(name) | Entry::Worker { id: name } | Entry::Named { name } => name,
    });
    names.map(|name| plain(&name).map(|()| name.clone())).collect()
}

/// Fetches a recipe's PKGBUILD. `None` if the index has none of that name.
pub(super) async fn fetch(
    index: &Url,
    name: &str,
    offline: bool,
    cache: &Path,
    cancel: &CancellationToken,
) -> Result<Option<PathBuf>, IndexError> {
    let folder = folder_of(index, cache).join(name);
    let url = below(index, &["workers", name, "PKGBUILD"])?;
    match get(&url, offline, cancel).await {
        Ok(Some(bytes)) => {
            let file = folder.join("PKGBUILD");
            if fs_err::read(&file).ok().as_deref() != Some(&*bytes) {
                // Local files of another version of the recipe must not come along.
                let _ = fs_err::remove_dir_all(&folder);
                put(&file, &bytes)?;
            }
            Ok(Some(folder))
        }
        Ok(None) => Ok(None),
        Err(IndexError::Offline { .. }) if folder.join("PKGBUILD").is_file() => Ok(Some(folder)),
        Err(error) => Err(error),
    }
}

/// Fetches a file that lies beside a recipe's PKGBUILD.
pub(super) async fn fetch_file(
    index: &Url,
    name: &str,
    file: &str,
    folder: &Path,
    offline: bool,
    cancel: &CancellationToken,
) -> Result<(), IndexError> {
    let key = is_key(file);
    if !key {
        plain(file)?;
    }
    let path = folder.join(file);
    let parts: Vec<_> = ["workers", name].into_iter().chain(file.split('/')).collect();
    let url = below(index, &parts)?;
    match get(&url, offline, cancel).await {
        Ok(Some(bytes)) => put(&path, &bytes),
        // A key that was withdrawn is not to be used any longer.
        Ok(None) if key => match fs_err::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(IndexError::Read(error))
            }
            _ => Ok(()),
        },
        Ok(None) => Err(answer(&url, "the recipe's local file")),
        Err(IndexError::Offline { .. }) if key => Ok(()),
        Err(IndexError::Offline { .. }) if path.is_file() => Ok(()),
        Err(error) => Err(error),
    }
}

/// The body of an answer; `None` for 404.
async fn get(
    url: &Url,
    offline: bool,
    cancel: &CancellationToken,
) -> Result<Option<Vec<u8>>, IndexError> {
    if offline {
        return Err(IndexError::Offline { url: shown(url) });
    }
    let fetch = async {
        let failed = |source: reqwest::Error| IndexError::Fetch {
            url: shown(url),
            source: source.without_url(),
        };
        let client = source::http_client().map_err(|e| IndexError::Client(Box::new(e)))?;
        let answer = client.get(url.clone()).send().await.map_err(failed)?;
        if answer.status() == reqwest::StatusCode::NOT_FOUND {
            return Ok(None);
        }
        let mut answer = answer.error_for_status().map_err(failed)?;
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(failed)? {
            if (body.len() + chunk.len()) as u64 > LARGEST {
                return Err(IndexError::TooLarge { path: shown(url).into(), limit: LARGEST });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Some(body))
    };
    tokio::select! {
        () = cancel.cancelled() => Err(IndexError::Cancelled),
        body = fetch => body,
    }
}

fn put(path: &Path, bytes: &[u8]) -> Result<(), IndexError> {
    let part = path.with_added_extension(format!("{}.part", std::process::id()));
    if let Some(folder) = path.parent() {
        fs_err::create_dir_all(folder).map_err(IndexError::Read)?;
    }
    fs_err::write(&part, bytes).map_err(IndexError::Read)?;
    fs_err::rename(&part, path).map_err(IndexError::Read)
}

/// A folder for each index, so that two of them never mix.
fn folder_of(index: &Url, cache: &Path) -> PathBuf {
    cache.join(source::hex(&Sha256::digest(index.as_str())[..8]))
}

fn below(index: &Url, parts: &[&str]) -> Result<Url, IndexError> {
    let mut url = index.clone();
    url.path_segments_mut().map_err(|()| answer(index, "HTTP"))?.pop_if_empty().extend(parts);
    Ok(url)
}

/// A name that is one folder or file, here and in a URL.
fn plain(name: &str) -> Result<(), IndexError> {
    let fits = (1..=255).contains(&name.len())
        && !name.starts_with('.')
        && !name.contains(|c: char| c == '/' || c == '\\' || c.is_control());
    if fits { Ok(()) } else { Err(IndexError::Name(name.chars().take(80).collect())) }
}

fn answer(url: &Url, wanted: &'static str) -> IndexError {
    IndexError::Answer { url: shown(url), wanted }
}

fn shown(url: &Url) -> String {
    redact(url.as_str())
}
