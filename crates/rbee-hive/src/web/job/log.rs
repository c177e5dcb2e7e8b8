use std::{collections::VecDeque, io};

use axum::{
    body::{Body, Bytes},
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use futures_util::stream;
use maud::Markup;
use rbee_hive_worker_catalog::{JobId, JobLogReader, parse_frames};
use serde::Deserialize;

use super::{
    lines::{line, plain},
    story::Story,
};
use crate::daemon::{
    ApiError, Daemon,
    api::{Path, Query},
};

/// So many lines are shown; the rest is in the file.
pub(super) const SHOWN: usize = 5_000;
/// So much of a log is read at a time.
pub(super) const CHUNK: usize = 256 * 1024;

/// A job's log, up to a moment: what it tells, its last lines, and how many were before those.
#[derive(Debug, Default)]
pub(super) struct Log {
    pub(super) story: Story,
    pub(super) lines: VecDeque<Markup>,
    pub(super) before: u64,
}

impl Log {
    /// Reads on, up to the event of this number. Of more than [`SHOWN`] lines, the last are kept.
    pub(super) fn read(&mut self, reader: &mut JobLogReader, until: u64) -> io::Result<()> {
        while self.story.last < until {
            let frames = reader.read(CHUNK)?;
            if frames.is_empty() {
                break;
            }
            self.take(&frames, until);
        }
        Ok(())
    }

    /// Reads on, at most `chunks` of what is there.
    pub(super) fn read_chunks(
        &mut self,
        reader: &mut JobLogReader,
        chunks: usize,
    ) -> io::Result<()> {
        for _ in 0..chunks {
            let frames = reader.read(CHUNK)?;
            if frames.is_empty() {
                break;
            }
            self.take(&frames, u64::MAX);
        }
        Ok(())
    }

    fn take(&mut self, frames: &[u8], until: u64) {
        for logged in parse_frames(frames).take_while(|logged| logged.number <= until) {
            self.story.take(&logged);
            self.lines.extend(line(&logged));
            if self.lines.len() > SHOWN {
                self.lines.pop_front();
                self.before += 1;
            }
        }
    }

    /// The lines so far, which are forgotten.
    pub(super) fn take_lines(&mut self) -> (u64, VecDeque<Markup>) {
        (std::mem::take(&mut self.before), std::mem::take(&mut self.lines))
    }
}

/// How a log is wanted.
#[derive(Debug, Deserialize)]
pub(in crate::web) struct As {
    /// As a file to keep.
    download: Option<String>,
}

/// `GET /jobs/{id}/log`: the whole of it, as plain text.
pub(in crate::web) async fn download(
    State(daemon): State<Daemon>,
    Path(id): Path<JobId>,
    Query(how): Query<As>,
) -> Result<Response, ApiError> {
    daemon.jobs().get(&id)?.ok_or_else(|| super::page::missing(&id))?;
    let reader = daemon.jobs().reader(&id);
    let chunks = stream::try_unfold(reader, |mut reader| async move {
        let frames = reader.read(CHUNK)?;
        if frames.is_empty() {
            return Ok::<_, io::Error>(None);
        }
        let lines = parse_frames(&frames).filter_map(|logged| plain(&logged));
        let text: String = lines.map(|line| line + "\n").collect();
        Ok(Some((Bytes::from(text), reader)))
    });
    let kind = (header::CONTENT_TYPE, "text/plain; charset=utf-8".to_owned());
    let place = if how.download.is_some() { "attachment" } else { "inline" };
    let place = (header::CONTENT_DISPOSITION, format!("{place}; filename=\"{id}.log\""));
    Ok(([kind, place], Body::from_stream(chunks)).into_response())
}
