use axum::{extract::State, response::Html};
use maud::{Markup, html};
use rbee_hive_worker_catalog::JobId;

use super::{
    head::{actions, deed, state, title},
    lines::left_out,
    log::Log,
    timeline::timeline,
};
use crate::{
    daemon::{ApiError, ApiErrorKind, Daemon, api::Path},
    jobs::{JobError, JobView},
    web::layout::{Section, layout},
};

/// `GET /jobs/{id}`
pub(in crate::web) async fn job(
    State(daemon): State<Daemon>,
    Path(id): Path<JobId>,
) -> Result<Html<String>, ApiError> {
    let (job, log) = read(&daemon, id, u64::MAX).await?;
    Ok(Html(page(&job, &log).into_string()))
}

/// A job, and its log up to an event.
pub(super) async fn read(
    daemon: &Daemon,
    id: JobId,
    until: u64,
) -> Result<(JobView, Log), ApiError> {
    let jobs = daemon.jobs().clone();
    // A long log takes a moment.
    let read = move || {
        let job = jobs.get(&id)?.ok_or_else(|| missing(&id))?;
        let mut log = Log::default();
        let mut read = || {
            let mut reader = jobs.reader(&id);
            let last = reader.last()?.map_or(0, |last| last.number);
            log.read(&mut reader, last.min(until))
        };
        match read() {
            Ok(()) => Ok((job, log)),
            Err(error) => {
                let error = JobError::file("read the job's log")(error);
                Err(error.into())
            }
        }
    };
    let stopping = |_| ApiError::new(ApiErrorKind::Unavailable, "the hive is stopping");
    tokio::task::spawn_blocking(read).await.map_err(stopping)?
}

pub(super) fn missing(id: &JobId) -> ApiError {
    ApiError::new(ApiErrorKind::NotFound, format!("no job {id}"))
}

fn page(job: &JobView, log: &Log) -> Markup {
    let address = format!("/jobs/{}", job.job_id);
    let is_live = log.story.outcome.is_none() && !job.state.is_ended();
    let live = is_live.then(|| format!("{address}/live?after={}", log.story.last));
    let content = html! {
        p.crumbs { a href="/jobs" { "Jobs" } " / " (job.job_id) }
        div.title {
            h1 { span.visually-hidden { (deed(job)) " " } (title(job)) }
            div #deeds .actions { (actions(job)) }
        }
        div #state { (state(job)) }
        // A whole batch of events is one message, so that none is lost or shown twice when the
        // connection breaks; its parts go where their ids say.
        @if let Some(live) = live {
            div hx-ext="sse" sse-connect=(live) sse-close="over" {
                div sse-swap="batch" hx-swap="none" {}
            }
            noscript { p.note { a href=(address) { "Reload" } " to see how it goes on." } }
        }
        div.job {
            section aria-labelledby="steps" {
                h2 #steps { "Steps" }
                ol #timeline .timeline aria-label="Steps" { (timeline(&log.story)) }
            }
            section.log aria-labelledby="log" {
                (bar(&address, is_live))
                // One that can be scrolled by keyboard.
                div #lines role="log" aria-live="off" aria-label="Log" tabindex="0" {
                    @if log.before > 0 { (left_out(log.before, &format!("{address}/log"))) }
                    @for line in &log.lines { (line) }
                }
            }
        }
    };
    layout(&format!("{} {}", deed(job), title(job)), Section::Jobs, &content)
}

/// What one can do with the log.
fn bar(address: &str, is_live: bool) -> Markup {
    html! {
        div.log-bar {
            h2 #log { "Log" }
            div.log-tools {
                label.visually-hidden for="find" { "Search the log" }
                input #find type="search" placeholder="Search the log" autocomplete="off" hidden;
                span #found .note role="status" {}
                @if is_live {
                    button #follow type="button" aria-pressed="true" hidden { "Follow" }
                    button #pause type="button" aria-pressed="false" hidden { "Pause" }
                }
                button #copy type="button" hidden { "Copy" }
                a.button href={ (address) "/log?download=1" } download { "Download" }
            }
        }
    }
}
