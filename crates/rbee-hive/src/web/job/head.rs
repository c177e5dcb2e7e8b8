use maud::{Markup, html};
use rbee_hive_worker_catalog::{JobState, Outcome};

use crate::{
    jobs::JobView,
    terminal::{self, duration},
    web::{
        catalogue::install,
        errors::{advice_for, causes},
        layout::Confirmation,
        words,
    },
};

/// What a job is called.
pub(super) fn title(job: &JobView) -> String {
    job.worker_id.as_deref().map_or_else(|| "Package file".to_owned(), words::line)
}

/// What a job does, in a word.
pub(super) fn deed(job: &JobView) -> &'static str {
    match job.operation.as_str() {
        "worker_install" => "Install",
        "worker_import" => "Import",
        "worker_upgrade" => "Upgrade",
        _ => "Job",
    }
}

/// How a job is, as a label.
pub(super) fn badge(state: &JobState) -> Markup {
    let (kind, text) = match state {
        JobState::Queued => ("", "Waiting".to_owned()),
        JobState::Running { step } => ("info", format!("Running: {step}")),
        JobState::Cancelling => ("warn", "Stopping".to_owned()),
        JobState::Ended(Outcome::Succeeded { .. }) => ("ok", "Installed".to_owned()),
        JobState::Ended(Outcome::Failed { .. }) => ("bad", "Failed".to_owned()),
        JobState::Ended(Outcome::Cancelled) => ("", "Cancelled".to_owned()),
    };
    words::badge(kind, &text)
}

/// How a job is, in words that say what to do next.
pub(super) fn state(job: &JobView) -> Markup {
    html! {
            div.state-line {
                (badge(&job.state))
                span.note {
                    @if let (Some(from), Some(to)) = (job.started_at, job.ended_at) {
                        "took " (duration(to.duration_since(from).unsigned_abs())) ", "
                    }
                    "asked for " (words::moment(job.submitted_at))
                    @if job.attempt > 1 { ", attempt " (job.attempt) }
                }
            }
            @match &job.state {
                JobState::Queued => div.message { p {
                    @if let Some(position) = job.position {
                        strong { "Number " (position) " in the queue. " }
                    }
                    @match &job.reason {
                        Some(reason) => (words::line(reason)),
                        None => "It begins in a moment.",
                    }
                } },
                JobState::Cancelling => div.message.warn { p {
                    "It ends what it had started, and changes nothing."
                } },
                JobState::Ended(outcome) => (ended(outcome)),
                JobState::Running { .. } => {}
            }
    }
}

fn ended(outcome: &Outcome) -> Markup {
    match outcome {
        Outcome::Succeeded { worker } => html! {
            div.message.ok { p {
                strong { (worker.id) " is installed." } " "
                a href={ "/installed/" (worker.name) ":" (worker.worker_type) } { "Look at it" }
            } }
        },
        Outcome::Failed { kind, message, causes: why } => {
            let kind = serde_json::to_value(kind).ok();
            let kind = kind.as_ref().and_then(|kind| kind.as_str()).unwrap_or_default();
            html! {
                div.message.bad {
                    p.lines { strong { (terminal::plain_text(message)) } }
                    (causes(why))
                    p { (advice_for(kind)) }
                }
            }
        }
        Outcome::Cancelled => html! {
            div.message { p { "It was stopped. Nothing was changed." } }
        },
    }
}

/// What can be done with a job.
pub(super) fn actions(job: &JobView) -> Markup {
    let title = title(job);
    html! {
            @match &job.state {
                JobState::Ended(Outcome::Succeeded { .. }) => {}
                JobState::Ended(_) => {
                    @if job.operation == "worker_install" && let Some(worker) = &job.worker_id {
                        // Without its version: what the index has now.
                        @let worker = worker.split('@').next().unwrap_or(worker);
                        (install(worker, false, "primary", &html! { "Try again" }))
                    }
                }
                JobState::Cancelling => {
                    button.quiet type="button" disabled { "Stopping…" }
                }
                JobState::Queued | JobState::Running { .. } => (Confirmation {
                    id: "cancel",
                    opener: html! { "Cancel" },
                    question: &format!("Cancel {title}?"),
                    explanation: html! { p {
                        "What was fetched stays in the cache. Nothing that is installed changes."
                    } },
                    action: &format!("/jobs/{}/cancel", job.job_id),
                    fields: html! {},
                    keep: "Let it run",
                    verb: "Cancel it",
                    danger: true,
                }.render()),
            }
    }
}
