use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use bytes::Bytes;
use futures_util::stream;
use rbee_hive_worker_catalog::{CancellationToken, JobId};
use serde::Deserialize;
use tokio::sync::watch;
use utoipa::{IntoParams, ToSchema};

use super::{
    error::{ApiError, ApiErrorKind, Failure},
    extract::{Path, Query},
    jobs::{apart, parse},
    logs::Log,
};
use crate::{daemon::Daemon, jobs::JobError};

/// How long a stream says nothing before it says that it is still there.
const SILENCE: Duration = Duration::from_secs(15);

/// After how many milliseconds a browser comes again if the stream breaks off.
const BEGIN: &[u8] = b"retry: 1000\n\n";

/// A comment, which whoever reads the stream passes over.
const STILL_THERE: &[u8] = b":\n\n";

/// From where a job is watched.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct From {
    /// Only events after this one; the header `Last-Event-ID` goes before.
    #[param(minimum = 0)]
    after: Option<i64>,
}

/// From where a browser goes on by itself. It is taken from the headers by hand: a browser that has
/// seen nothing sends it empty.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "it describes a header")]
struct Resume {
    /// The number of the last event that was seen.
    #[param(rename = "last-event-id", minimum = 0)]
    last_event_id: Option<i64>,
}

/// One event of a stream, as a client of server-sent events has it.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "it describes the bytes of a log, which nobody takes apart here")]
struct Frame {
    /// Its number: 1, 2, 3 and so on, without a gap.
    #[schema(pattern = "^[1-9][0-9]*$")]
    id: String,
    /// Its type.
    event: String,
    /// The JSON of an `Event`, with the time that it happened as `at`.
    #[schema(content_media_type = "application/json")]
    data: String,
}

/// Watch a job
///
/// Server-sent events, each with its number as `id` and its JSON as `data`, from the first one or
/// from the one after `Last-Event-ID`. The last one is `ended`; then the stream is closed. Whoever
/// has that one already is answered 204, which ends a browser's attempts to come again.
#[utoipa::path(get, path = "/v1/jobs/{id}/stream", tag = "jobs", params(
    ("id" = inline(JobId), Path, description = "The job"),
    Resume, From,
), responses(
    (status = 200, description = "The events", body = Frame, content_type = "text/event-stream"),
    (status = 204, description = "The job has ended, and there is nothing after that event"),
    (status = 400, description = "The id is none, or a number is wrong", body = Failure),
    (status = 404, description = "There is no such job", body = Failure),
))]
pub(super) async fn stream(
    State(daemon): State<Daemon>,
    Path(id): Path<String>,
    Query(from): Query<From>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let id = parse(&id)?;
    let seen = match headers.get("last-event-id") {
        Some(value) if !value.is_empty() => value.to_str().ok().and_then(|n| n.trim().parse().ok()),
        _ => Some(from.after.unwrap_or(0)),
    };
    let numbers = (from.after.map_or(Ok(0), u64::try_from), seen.map(u64::try_from));
    let (Ok(_), Some(Ok(after))) = numbers else {
        let message = "Last-Event-ID, or after, is no number of an event";
        return Err(ApiError::new(ApiErrorKind::Usage, message));
    };
    let jobs = daemon.jobs().clone();
    let wanted = id.clone();
    let found = apart(move || {
        let subscription = jobs.subscribe(&wanted);
        let events = subscription.ok_or_else(|| JobError::NotFound { id: wanted.to_string() })?;
        let mut reader = jobs.reader(&wanted);
        reader.after(after).map_err(JobError::file("read a job's log"))?;
        Ok::<_, JobError>((events, reader.offset(), jobs.events(&wanted)))
    });
    let (events, offset, path) = found.await?;
    let log = daemon.logs().open(&id, &path);
    let watcher = Watcher { log, offset, events, shutdown: daemon.shutdown().clone() };
    if watcher.has_all().await {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        // A proxy must not keep it back until it has more.
        (header::HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no")),
    ];
    let counted = (watcher, daemon.metrics().stream_opened());
    let events = stream::unfold(counted, |(mut watcher, open)| async move {
        let bytes = watcher.next().await?;
        Some((Ok::<_, Infallible>(bytes), (watcher, open)))
    });
    let begin = stream::iter([Ok(Bytes::from_static(BEGIN))]);
    let body = Body::from_stream(futures_util::StreamExt::chain(begin, events));
    Ok((headers, body).into_response())
}

/// Somebody who watches a job: all that is kept of them is where they are.
struct Watcher {
    log: Arc<Log>,
    offset: u64,
    events: watch::Receiver<u64>,
    shutdown: CancellationToken,
}

impl Watcher {
    /// Whether the job has ended, and there is nothing behind where the watcher is.
    async fn has_all(&self) -> bool {
        self.events.has_changed().is_err()
            && self.log.read(self.offset).await.is_ok_and(|bytes| bytes.is_empty())
    }

    /// The next bytes; `None` at the end. If the log cannot be read, that is the end too: who comes
    /// again is told why.
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if self.shutdown.is_cancelled() {
                return None;
            }
            // Looked at first: what is written from here on is told again.
            let open = match self.events.has_changed() {
                Ok(_) => {
                    self.events.mark_unchanged();
                    true
                }
                Err(_) => false,
            };
            let bytes = self.log.read(self.offset).await.ok()?;
            if !bytes.is_empty() {
                self.offset += bytes.len() as u64;
                return Some(bytes);
            }
            if !open {
                return None;
            }
            tokio::select! {
                _ = self.events.changed() => {}
                () = self.shutdown.cancelled() => return None,
                () = tokio::time::sleep(SILENCE) => return Some(Bytes::from_static(STILL_THERE)),
            }
        }
    }
}
