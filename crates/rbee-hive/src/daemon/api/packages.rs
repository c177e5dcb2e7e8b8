use std::{io, path::PathBuf};

use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, header},
    response::{IntoResponse as _, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use futures_util::stream;
use rbee_hive_worker_catalog::{CancellationToken, ExportRequest, Exported, WorkerId, WorkerName};
use serde::Deserialize;
use tokio::io::AsyncReadExt as _;
use utoipa::IntoParams;

use super::{
    blocking::blocking,
    error::{ApiError, ApiErrorKind, Failure},
    extract::{Path, Query},
    uploads::prune,
};
use crate::daemon::Daemon;

/// How much of a package is in memory at once.
const PIECE: usize = 256 * 1024;

/// Which package, and how it is packed.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// The package of a recipe that makes several; by default the one with the worker's executable.
    #[param(inline)]
    package: Option<WorkerName>,
    /// A name by whose end the file is compressed: `.pkg.tar`, `.pkg.tar.zst`, `.xz`, `.gz` or
    /// `.bz2`; by default `NAME-VERSION-ARCH.pkg.tar.zst`.
    #[param(pattern = r"^[A-Za-z0-9_+][A-Za-z0-9._+@:~-]{0,200}\.pkg\.tar(\.(zst|xz|gz|bz2))?$")]
    file_name: Option<String>,
}

/// A worker as a package file
///
/// What `worker export` writes and pacman installs. The same worker gives the same bytes, which
/// `content-digest` has the digest of; the headers that begin with `x-rbee-` describe the package.
#[utoipa::path(get, path = "/v1/workers/{id}/package", tag = "workers", params(
    ("id" = inline(WorkerId), Path, description = "The worker"), Wanted,
), responses(
    (status = 200, description = "The file", body = Vec<u8>, content_type = "application/octet-stream",
        headers(("content-disposition" = String), ("content-digest" = String),
                ("x-rbee-package" = String), ("x-rbee-version" = String),
                ("x-rbee-architecture" = String))),
    (status = 400, description = "The id is none or means several, or the name is none", body = Failure),
    (status = 404, description = "It is not installed, or has no such package", body = Failure),
    (status = 422, description = "It cannot be written as a package", body = Failure),
))]
pub(super) async fn package(
    State(daemon): State<Daemon>,
    Path(id): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, ApiError> {
    if wanted.file_name.as_deref().is_some_and(|name| !is_plain(name)) {
        let message = "file_name is the name of a file that ends with .pkg.tar or .pkg.tar.zst, \
                       .xz, .gz or .bz2";
        return Err(ApiError::new(ApiErrorKind::Usage, message));
    }
    let folder = blocking(&daemon, |catalog| {
        let exports = catalog.folders().cache().join("exports");
        prune(&exports);
        fs_err::create_dir_all(&exports)
            .and_then(|()| Folder::new(&exports))
            .map_err(|error| failed(&error))
    });
    let folder = folder.await?;
    let output = match &wanted.file_name {
        Some(name) => folder.0.join(name),
        None => folder.0.clone(),
    };
    let request = ExportRequest { package: wanted.package.map(String::from), output };
    // Whoever goes away stops it.
    let token = CancellationToken::new();
    let stop = token.clone().drop_guard();
    let job = folder.job();
    let exported = daemon.catalogs().installed().export(&id, &request, &job, token).await?;
    stop.disarm();
    let path = exported.path.clone();
    let file = blocking(&daemon, move |_| {
        let file = fs_err::File::open(path).map_err(|error| failed(&error))?;
        // Open, it is read to its end, though its name is gone.
        drop(folder);
        Ok::<_, ApiError>(file.into_parts().0)
    });
    let file = tokio::fs::File::from_std(file.await?);
    let pieces = stream::try_unfold(file, |mut file| async move {
        let mut piece = Vec::with_capacity(PIECE);
        file.read_buf(&mut piece).await?;
        Ok::<_, io::Error>((!piece.is_empty()).then(|| (Bytes::from(piece), file)))
    });
    Ok((headers(&exported), Body::from_stream(pieces)).into_response())
}

fn headers(exported: &Exported) -> HeaderMap {
    let name = exported.path.file_name().unwrap_or_default().to_string_lossy();
    let digest: Vec<u8> = (0..exported.sha256.len() / 2)
        .filter_map(|i| u8::from_str_radix(exported.sha256.get(2 * i..2 * i + 2)?, 16).ok())
        .collect();
    let fields = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (header::CONTENT_LENGTH, exported.size.to_string()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
        // RFC 9530.
        (
            HeaderName::from_static("content-digest"),
            format!("sha-256=:{}:", STANDARD.encode(digest)),
        ),
        (HeaderName::from_static("x-rbee-package"), exported.package.clone()),
        (HeaderName::from_static("x-rbee-version"), exported.version.clone()),
        (HeaderName::from_static("x-rbee-architecture"), exported.architecture.clone()),
    ];
    let valid = |(name, value)| Some((name, HeaderValue::try_from(value).ok()?));
    fields.into_iter().filter_map(valid).collect()
}

/// The name of a package file in its folder that needs no quoting in a header.
fn is_plain(name: &str) -> bool {
    const ENDS: [&str; 5] = ["", ".zst", ".xz", ".gz", ".bz2"];
    let mut stems = ENDS.iter().filter_map(|end| name.strip_suffix(end)?.strip_suffix(".pkg.tar"));
    stems
        .any(|stem| (1..=201).contains(&stem.len()) && !stem.starts_with(['.', '@', ':', '~', '-']))
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._+@:~-".contains(&b))
}

fn failed(error: &io::Error) -> ApiError {
    ApiError::new(ApiErrorKind::StoreFailed, "failed to export").because(error.to_string())
}

/// A folder for one export, deleted with it.
#[derive(Debug)]
struct Folder(PathBuf);

impl Folder {
    /// One that nobody has.
    fn new(exports: &std::path::Path) -> io::Result<Self> {
        let process = std::process::id();
        for number in 0_u32.. {
            let folder = exports.join(format!("export-{process}-{number}"));
            match fs_err::create_dir(&folder) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                made => return made.map(|()| Self(folder)),
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    /// The name of the export's job.
    fn job(&self) -> String {
        self.0.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left then is deleted with the old ones.
        let _ = fs_err::remove_dir_all(&self.0);
    }
}
