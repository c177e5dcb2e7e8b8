use std::{convert::Infallible, io, time::Duration};

use axum::{
    extract::State,
    http::HeaderMap,
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures_util::stream;
use maud::{Markup, html};
use rbee_hive_worker_catalog::{JobId, JobLogReader, JobState};
use serde::Deserialize;
use tokio::{sync::watch, time::sleep};

use super::{
    head::{actions, badge, state},
    lines::left_out,
    log::Log,
    page::{missing, read},
    timeline::timeline,
};
use crate::daemon::{
    ApiError, Daemon,
    api::{Path, Query},
};

/// Batches are so far apart: nobody reads faster.
const APART: Duration = Duration::from_millis(150);
/// What no event tells, such as a place in the queue, is looked at so often.
const LOOK: Duration = Duration::from_secs(1);

/// A batch is made of so many chunks at most. Whoever is behind gets the last lines of each.
const CHUNKS: usize = 8;

/// From where on events are wanted.
#[derive(Debug, Deserialize)]
pub(in crate::web) struct From {
    after: Option<u64>,
}

/// `GET /jobs/{id}/live`: how a job goes on, as parts of its page. The id of each message is the
/// number of the last event in it, and a browser that lost the connection asks for what follows.
pub(in crate::web) async fn live(
    State(daemon): State<Daemon>,
    Path(id): Path<JobId>,
    Query(from): Query<From>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let last = headers.get("last-event-id").and_then(|value| value.to_str().ok()?.parse().ok());
    let after = last.or(from.after).unwrap_or(0);
    // The steps began long before; the lines before are on the page already.
    let (_, mut log) = read(&daemon, id.clone(), after).await?;
    log.take_lines();
    let mut reader = daemon.jobs().reader(&id);
    reader.after(after).map_err(|_| missing(&id))?;
    let events = daemon.jobs().subscribe(&id);
    let watcher =
        Watcher { daemon, id, log, reader, events, sent: Sent::default(), is_over: false };
    let messages = stream::unfold(watcher, |mut watcher| async {
        let message = watcher.next().await?;
        Some((Ok::<_, Infallible>(message), watcher))
    });
    Ok(Sse::new(messages).keep_alive(KeepAlive::default()).into_response())
}

/// One browser that looks at a job.
struct Watcher {
    daemon: Daemon,
    id: JobId,
    log: Log,
    reader: JobLogReader,
    /// The number of the last event there is; closed after the last of all.
    events: Option<watch::Receiver<u64>>,
    sent: Sent,
    is_over: bool,
}

/// What the browser has, so that only what differs is sent.
#[derive(Default)]
struct Sent {
    state: String,
    timeline: String,
    actions: Option<String>,
    said: String,
    any: bool,
}

impl Watcher {
    /// The next message; `None` after the last.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if self.is_over {
                return None;
            }
            if self.sent.any {
                sleep(APART).await;
            }
            let had_ended = self.has_ended();
            let batch = self.batch().ok()?;
            let is_first = !std::mem::replace(&mut self.sent.any, true);
            if let Some(batch) = batch {
                let number = self.log.story.last.to_string();
                let event = Event::default().event("batch").id(number).data(batch.into_string());
                return Some(if is_first { event.retry(LOOK) } else { event });
            }
            if had_ended {
                self.is_over = true;
                return Some(Event::default().event("over").data("over"));
            }
            self.wait().await?;
        }
    }

    /// Whether there is nothing to wait for any more.
    fn has_ended(&self) -> bool {
        let is_closed = |events: &watch::Receiver<u64>| events.has_changed().is_err();
        self.log.story.outcome.is_some() || self.events.as_ref().is_none_or(is_closed)
    }

    /// Until there may be something new; `None` if the daemon stops.
    async fn wait(&mut self) -> Option<()> {
        let changed = async {
            match &mut self.events {
                Some(events) => events.changed().await.is_ok(),
                None => false,
            }
        };
        tokio::select! {
            () = self.daemon.shutdown().cancelled() => None,
            _ = changed => Some(()),
            () = sleep(LOOK) => Some(()),
        }
    }

    /// What is new since the last one, each part with the place where it belongs.
    fn batch(&mut self) -> io::Result<Option<Markup>> {
        self.log.read_chunks(&mut self.reader, CHUNKS)?;
        let (before, lines) = self.log.take_lines();
        let address = format!("/jobs/{}/log", self.id);
        let job = self.daemon.jobs().get(&self.id).map_err(io::Error::other)?;
        let Some(mut job) = job else { return Ok(None) };
        // The log is ahead of the table.
        if let Some(outcome) = &self.log.story.outcome {
            job.state = JobState::Ended(outcome.clone());
        }
        let parts = [
            ("state", differs(&mut self.sent.state, state(&job))),
            ("timeline", differs(&mut self.sent.timeline, timeline(&self.log.story))),
            ("deeds", self.sent.actions(&job.state, actions(&job))),
            ("said", differs(&mut self.sent.said, badge(&job.state))),
        ];
        if lines.is_empty() && parts.iter().all(|(_, part)| part.is_none()) {
            return Ok(None);
        }
        Ok(Some(html! {
            @if !lines.is_empty() {
                div hx-swap-oob="beforeend:#lines" {
                    @if before > 0 { (left_out(before, &address)) }
                    @for line in &lines { (line) }
                }
            }
            @for (place, part) in parts {
                @if let Some(part) = part { div hx-swap-oob={ "innerHTML:#" (place) } { (part) } }
            }
        }))
    }
}

/// The part, if it is not what was sent last.
fn differs(sent: &mut String, part: Markup) -> Option<Markup> {
    if *sent == part.0 {
        return None;
    }
    sent.clone_from(&part.0);
    Some(part)
}

impl Sent {
    /// The page has the actions of a job that goes on; a dialog of theirs may be open.
    fn actions(&mut self, state: &JobState, actions: Markup) -> Option<Markup> {
        let goes_on = matches!(state, JobState::Queued | JobState::Running { .. });
        if self.actions.is_none() && goes_on {
            self.actions = Some(actions.0);
            return None;
        }
        differs(self.actions.get_or_insert_default(), actions)
    }
}
