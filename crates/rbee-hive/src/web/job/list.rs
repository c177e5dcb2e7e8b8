use axum::{extract::State, response::Html};
use maud::{Markup, html};
use rbee_hive_worker_catalog::{JobFilter, JobId, JobState};
use serde::Deserialize;

use super::head::{badge, deed, title};
use crate::{
    daemon::{
        ApiError, Daemon,
        api::{Query, apart},
    },
    jobs::JobView,
    terminal::duration,
    web::{
        layout::{Section, layout},
        words,
    },
};

/// So many are on a page.
const LIMIT: usize = 50;
/// So many that go on are shown above the catalogue.
const FEW: usize = 5;

/// The states that can be asked for, and in words.
const STATES: [(&str, &str); 4] =
    [("queued", "Waiting"), ("running", "Running"), ("cancelling", "Stopping"), ("ended", "Ended")];

/// Which jobs are looked at.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::web) struct Wanted {
    state: String,
    before: Option<JobId>,
}

/// `GET /jobs`
pub(in crate::web) async fn jobs(
    State(daemon): State<Daemon>,
    Query(wanted): Query<Wanted>,
) -> Result<Html<String>, ApiError> {
    let states = STATES.iter().filter(|(name, _)| *name == wanted.state);
    let states = states.map(|(name, _)| (*name).to_owned()).collect();
    let filter = JobFilter { states, ..JobFilter::default() };
    let (service, before) = (daemon.jobs().clone(), wanted.before.clone());
    let listed = apart(move || service.list(&filter, before.as_ref(), LIMIT));
    let (jobs, more) = listed.await?;
    Ok(Html(page(&jobs, more, &wanted).into_string()))
}

fn page(jobs: &[JobView], more: bool, wanted: &Wanted) -> Markup {
    let goes_on = jobs.iter().any(|job| !job.state.is_ended());
    // As long as something goes on, the list looks for itself.
    let again = goes_on.then_some("every 2s");
    let here = match &wanted.before {
        Some(before) => format!("/jobs?state={}&before={before}", wanted.state),
        None => format!("/jobs?state={}", wanted.state),
    };
    let content = html! {
        h1 { "Jobs" }
        p.lead { "What this hive is doing, and what it has done." }
        nav.tabs aria-label="State" {
            a href="/jobs" aria-current=[wanted.state.is_empty().then_some("page")] { "All" }
            @for (name, label) in STATES {
                a href={ "/jobs?state=" (name) }
                    aria-current=[(wanted.state == name).then_some("page")] { (label) }
            }
        }
        div #jobs hx-get=[goes_on.then_some(&here)] hx-trigger=[again] hx-select="#jobs"
            hx-swap="outerHTML" {
            @if jobs.is_empty() {
                div.empty {
                    p { "No job here." }
                    p { a.button.primary href="/" { "Install something" } }
                }
            } @else {
                ul.rows { @for job in jobs { li { (row(job)) } } }
            }
            @if more && let Some(last) = jobs.last() {
                p {
                    a.button href={ "/jobs?state=" (wanted.state) "&before=" (last.job_id) } {
                        "Earlier ones"
                    }
                }
            }
        }
    };
    layout("Jobs", Section::Jobs, &content)
}

/// A job in a line.
fn row(job: &JobView) -> Markup {
    html! {
        span.row-name {
            a href={ "/jobs/" (job.job_id) } {
                span.visually-hidden { (deed(job)) " " } (title(job))
            }
            @if let (JobState::Queued, Some(reason)) = (&job.state, &job.reason) {
                span.note { (words::line(reason)) }
            }
            @if let Some(progress) = &job.progress {
                @if let Some(total) = progress.total.filter(|total| *total > 0) {
                    progress max=(total) value=(progress.done.min(total))
                        aria-label={ "Progress of " (title(job)) } {}
                }
            }
        }
        span.row-time {
            @match (job.started_at, job.ended_at) {
                (Some(from), Some(to)) => (duration(to.duration_since(from).unsigned_abs())),
                (Some(from), None) => span data-since=(from) {},
                (None, _) => {
                    @if let Some(position) = job.position { "number " (position) }
                },
            }
        }
        span.row-time { (words::moment(job.submitted_at)) }
        (badge(&job.state))
    }
}

/// The jobs that go on, above the catalogue; it looks for itself as long as there are any.
pub(in crate::web) fn active(daemon: &Daemon) -> Result<Markup, ApiError> {
    let states = ["queued", "running", "cancelling"].map(str::to_owned).to_vec();
    let filter = JobFilter { states, ..JobFilter::default() };
    let (jobs, more) = daemon.jobs().list(&filter, None, FEW)?;
    let look = (!jobs.is_empty()).then_some("every 2s");
    Ok(html! {
        section #active aria-label="Jobs that go on" hx-get=[look.map(|_| "/")] hx-trigger=[look]
            hx-select="#active" hx-swap="outerHTML" {
            @if !jobs.is_empty() {
                ul.rows { @for job in &jobs { li { (row(job)) } } }
                @if more { p { a href="/jobs" { "Every job" } } }
            }
        }
    })
}
