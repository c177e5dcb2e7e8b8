use std::{
    io::{self, Write as _},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use axum::{
    body::{Body, BodyDataStream},
    extract::State,
    http::{HeaderMap, StatusCode, header},
};
use futures_util::StreamExt as _;
use rbee_hive_worker_catalog::WorkerCatalog;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    blocking::blocking,
    error::{ApiError, ApiErrorKind, Failure},
    extract::Json,
    recipe_archive,
};
use crate::daemon::Daemon;

/// The largest package.
const LARGEST: u64 = 8 << 30;

/// The largest recipe: a PKGBUILD and patches.
const LARGEST_RECIPE: u64 = 64 << 20;

/// What the disk keeps for others: enough that jobs still run, however much is sent.
const RESERVE: u64 = 512 << 20;

/// How many bytes come before the disk is asked again.
const STRIDE: u64 = 64 << 20;

/// How long an upload is kept.
const KEPT: Duration = Duration::from_hours(24);

/// What was sent.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Uploaded {
    /// What a job names it by.
    upload: String,
    /// Its bytes.
    size: u64,
}

/// Send a package or a recipe
///
/// A package file, or as `application/x-tar` the folder of a recipe, plain or compressed with gzip.
/// It is kept for a day, for jobs that name it.
#[utoipa::path(post, path = "/v1/uploads", tag = "jobs", request_body(content(
    (Vec<u8> = "application/octet-stream"),
    (Vec<u8> = "application/x-tar"),
)), responses(
    (status = 201, description = "It is here", body = Uploaded),
    (status = 400, description = "It is empty, broke off, or is no recipe", body = Failure),
))]
pub(super) async fn upload(
    State(daemon): State<Daemon>,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<Uploaded>), ApiError> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let is_recipe = kind.is_some_and(|kind| kind.trim().starts_with("application/x-tar"));
    let limit = if is_recipe { LARGEST_RECIPE } else { LARGEST };
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|l| l.to_str().ok()?.parse().ok());
    let place = blocking(&daemon, move |catalog| {
        let uploads = catalog.folders().uploads();
        prune(&uploads);
        check(catalog, announced.unwrap_or(0), limit)?;
        Place::new(&uploads).map_err(failed("begin an upload"))
    });
    let place = place.await?;
    let size = receive(&daemon, body.into_data_stream(), place.body(), limit).await?;
    if size == 0 {
        return Err(ApiError::new(ApiErrorKind::Usage, "the body is empty; send a file as it is"));
    }
    let upload = blocking(&daemon, move |_| {
        if is_recipe {
            recipe_archive::unpack(&place.body(), &place.part.join("recipe"))?;
            fs_err::remove_file(place.body()).map_err(failed("keep an upload"))?;
        } else {
            fs_err::rename(place.body(), place.part.join("package"))
                .map_err(failed("keep an upload"))?;
        }
        place.keep().map_err(failed("keep an upload"))
    });
    Ok((StatusCode::CREATED, Json(Uploaded { upload: upload.await?, size })))
}

/// Writes a body to a file as it comes. Returns its bytes.
async fn receive(
    daemon: &Daemon,
    mut body: BodyDataStream,
    path: PathBuf,
    limit: u64,
) -> Result<u64, ApiError> {
    let mut file =
        blocking(daemon, move |_| fs_err::File::create(path).map_err(failed("begin an upload")))
            .await?;
    let (mut size, mut asked) = (0, 0);
    while let Some(piece) = body.next().await {
        let piece = piece.map_err(|error| {
            ApiError::new(ApiErrorKind::Usage, "the body broke off").because(error.to_string())
        })?;
        size += piece.len() as u64;
        let ask = size - asked >= STRIDE;
        if ask {
            asked = size;
        }
        file = blocking(daemon, move |catalog| {
            if ask || size > limit {
                check(catalog, if size > limit { size } else { 0 }, limit)?;
            }
            file.write_all(&piece).map_err(failed("keep an upload"))?;
            Ok::<_, ApiError>(file)
        })
        .await?;
    }
    Ok(size)
}

/// Whether so many bytes more may come.
fn check(catalog: &WorkerCatalog, size: u64, limit: u64) -> Result<(), ApiError> {
    if size > limit {
        let message = format!("an upload of this kind has at most {limit} bytes");
        return Err(ApiError::new(ApiErrorKind::PayloadTooLarge, message));
    }
    let free = catalog.free_for_cache()?;
    if size.saturating_add(RESERVE) > free {
        let message = format!("the hive's disk has {free} bytes left, too few for this upload");
        return Err(ApiError::new(ApiErrorKind::StoreFailed, message));
    }
    Ok(())
}

/// Where an upload is while it comes; deleted, if it does not come whole.
#[derive(Debug)]
struct Place {
    part: PathBuf,
    /// Where it is kept, in a folder of the name that jobs have for it.
    whole: PathBuf,
    id: String,
}

impl Place {
    fn new(uploads: &Path) -> io::Result<Self> {
        use io::Read as _;
        // Nobody can guess the name of what somebody else has sent.
        let mut random = [0; 16];
        fs_err::File::open("/dev/urandom")?.read_exact(&mut random)?;
        let id = format!("{:032x}", u128::from_ne_bytes(random));
        let (part, whole) = (uploads.join(format!(".{id}")), uploads.join(&id));
        fs_err::create_dir_all(&part)?;
        Ok(Self { part, whole, id })
    }

    fn body(&self) -> PathBuf {
        self.part.join("body")
    }

    fn keep(self) -> io::Result<String> {
        fs_err::rename(&self.part, &self.whole)?;
        Ok(self.id.clone())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // Not there any more, if it was kept.
        let _ = fs_err::remove_dir_all(&self.part);
    }
}

/// Deletes what is too old in a folder of files that are kept for a day, whole ones and those that a
/// crash left.
pub(super) fn prune(folder: &Path) {
    for entry in fs_err::read_dir(folder).into_iter().flatten().flatten() {
        let changed = entry.metadata().and_then(|metadata| metadata.modified());
        let age = changed.ok().and_then(|changed| SystemTime::now().duration_since(changed).ok());
        if age.is_some_and(|age| age > KEPT) {
            // Another time, if not now.
            let _ = fs_err::remove_dir_all(entry.path());
        }
    }
}

fn failed(action: &'static str) -> impl Fn(io::Error) -> ApiError {
    move |error| {
        let message = format!("failed to {action}");
        ApiError::new(ApiErrorKind::StoreFailed, message).because(error.to_string())
    }
}
