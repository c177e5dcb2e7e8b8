use std::time::{Duration, Instant};

use rbee_hive_worker_catalog::{Event, JobId};
use reqwest::{
    Method, Response,
    header::{ACCEPT, HeaderName, HeaderValue},
};

use super::{
    RemoteError,
    client::Client,
    frames::{Frame, Frames},
};
use crate::watch::Watch;

/// How long to wait before the first try to come back, and at most.
const WAITS: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(5));
/// After how long without an answer the daemon counts as lost.
const PATIENCE: Duration = Duration::from_mins(5);
/// A daemon that has nothing to tell says so each 15 seconds.
const SILENCE: Duration = Duration::from_secs(45);

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// The events of one job of a daemon, each once and in order, however often the connection breaks.
#[derive(Debug)]
pub(super) struct Events<'a> {
    client: &'a Client,
    job: &'a JobId,
    /// What watches the job, for when this gives up.
    command: &'a str,
    open: Option<(Response, Frames)>,
    ready: std::collections::VecDeque<Frame>,
    /// The number of the last event that was given out.
    last: u64,
    trouble: Option<Trouble>,
}

/// What there was since the connection broke.
#[derive(Debug)]
struct Trouble {
    since: Instant,
    wait: Duration,
    error: RemoteError,
    /// Whether the person knows; not of a moment in which nothing was to be seen anyway.
    told: bool,
}

impl<'a> Events<'a> {
    pub(super) fn of(client: &'a Client, job: &'a JobId, command: &'a str) -> Self {
        let ready = std::collections::VecDeque::new();
        Self { client, job, command, open: None, ready, last: 0, trouble: None }
    }

    /// The next event. Nothing is lost if this is dropped before it is done.
    pub(super) async fn next(&mut self, watch: &Watch) -> Result<Event, RemoteError> {
        loop {
            while let Some(frame) = self.ready.pop_front() {
                if let Some(event) = self.take(&frame) {
                    return Ok(event);
                }
            }
            if let Err(error) = self.read(watch).await {
                self.open = None;
                self.endure(error, watch).await?;
            }
        }
    }

    /// The event in a frame, if it is one that this program knows and has not given out.
    fn take(&mut self, frame: &Frame) -> Option<Event> {
        let event = serde_json::from_str(&frame.data).ok();
        let number = frame.id.parse().unwrap_or(0);
        let is_end = matches!(event, Some(Event::Ended(_)));
        // The end counts, whatever its number: a host that lost its power may have lost events too.
        if number <= self.last && !is_end {
            return None;
        }
        self.last = number;
        event
    }

    /// Reads on, and connects before that if need be.
    async fn read(&mut self, watch: &Watch) -> Result<(), RemoteError> {
        if self.open.is_none() {
            let url = self.client.url(&["v1", "jobs", self.job.as_str(), "stream"]);
            let mut request = self.client.request(Method::GET, url);
            request = request.header(ACCEPT, "text/event-stream");
            if self.last > 0 {
                request = request.header(LAST_EVENT_ID, HeaderValue::from(self.last));
            }
            let answer = self.client.send(request);
            let answer = tokio::time::timeout(SILENCE, answer).await.map_err(|_| self.silent())?;
            self.open = Some((answer?, Frames::default()));
        }
        let Some((answer, frames)) = &mut self.open else { return Ok(()) };
        let chunk = tokio::time::timeout(SILENCE, answer.chunk()).await;
        let chunk = chunk.map_err(|_| RemoteError::Strange {
            url: answer.url().to_string(),
            what: "nothing for too long".to_owned(),
        })?;
        let chunk = chunk.map_err(|error| self.client.unreachable(error))?;
        let Some(chunk) = chunk else {
            // A daemon that stops ends its streams.
            return Err(RemoteError::Strange {
                url: answer.url().to_string(),
                what: "half of a job's events".to_owned(),
            });
        };
        // Whatever comes, the daemon is back.
        if self.trouble.take().is_some_and(|trouble| trouble.told) {
            watch.say(&format!("connected to {} again", self.client.hive()));
        }
        let complete = frames.feed(&chunk).map_err(|_| RemoteError::Strange {
            url: answer.url().to_string(),
            what: "a line without an end".to_owned(),
        })?;
        self.ready.extend(complete);
        Ok(())
    }

    fn silent(&self) -> RemoteError {
        let url = self.client.url(&["v1", "jobs", self.job.as_str(), "stream"]).to_string();
        RemoteError::Strange { url, what: "nothing for too long".to_owned() }
    }

    /// Waits until it is time to try again, unless that has no use.
    async fn endure(&mut self, error: RemoteError, watch: &Watch) -> Result<(), RemoteError> {
        if !error.is_passing() {
            return Err(error);
        }
        let trouble = match self.trouble.take() {
            None => Trouble { since: Instant::now(), wait: WAITS.0, error, told: false },
            Some(earlier) => {
                if !earlier.told {
                    let hive = self.client.hive();
                    watch.say(&format!("lost the connection to {hive}; trying again"));
                }
                Trouble { wait: (earlier.wait * 2).min(WAITS.1), error, told: true, ..earlier }
            }
        };
        if trouble.since.elapsed() > PATIENCE {
            return Err(RemoteError::Lost {
                hive: self.client.hive(),
                command: self.command.to_owned(),
                source: Box::new(trouble.error),
            });
        }
        let wait = trouble.wait;
        // Before the wait, so that being interrupted in it does not begin the trouble anew.
        self.trouble = Some(trouble);
        tokio::time::sleep(wait).await;
        Ok(())
    }
}
