use std::collections::BTreeMap;

use axum::{extract::State, response::Html};
use maud::{Markup, html};
use rbee_hive_worker_catalog::{Artifact as _, ArtifactStatus, WorkerBinary};

use super::{
    layout::{Section, layout},
    told::Told,
    words,
};
use crate::daemon::{ApiError, Daemon, api::Query};

/// `GET /installed`
pub(super) async fn inventory(
    State(daemon): State<Daemon>,
    Query(told): Query<Told>,
) -> Result<Html<String>, ApiError> {
    let workers = daemon.catalogs().installed().list()?;
    Ok(Html(page(&workers, &told).into_string()))
}

fn page(workers: &[WorkerBinary], told: &Told) -> Markup {
    let mut slots: BTreeMap<&str, Vec<&WorkerBinary>> = BTreeMap::new();
    for worker in workers {
        slots.entry(worker.slot()).or_default().push(worker);
    }
    let bytes: u64 = workers.iter().map(|worker| worker.size).sum();
    let content = html! {
        h1 { "Installed" }
        (told.render())
        @if slots.is_empty() {
            div.empty {
                p { "Nothing is installed yet." }
                p { a.button.primary href="/" { "Choose from the catalogue" } }
            }
        } @else {
            p.lead {
                (slots.len()) @if slots.len() == 1 { " worker, " } @else { " workers, " }
                (words::size(bytes)) " on disk."
            }
            ul.cards {
                @for (slot, versions) in &slots { li { (card(slot, versions)) } }
            }
        }
    };
    layout("Installed", Section::Installed, &content)
}

fn card(slot: &str, versions: &[&WorkerBinary]) -> Markup {
    let Some(current) = versions.iter().find(|w| w.active).or(versions.first()) else {
        return html! {};
    };
    let others: Vec<_> = versions.iter().filter(|w| w.path != current.path).collect();
    html! {
        article.card {
            div.card-head {
                h2 { a href={ "/installed/" (slot) } { (current.name) } }
                span.version { (current.version) }
                span.chip { (words::backend(current.worker_type)) }
                (status_badge(current))
            }
            p.facts {
                span { (words::size(current.size)) }
                span { "Added " (words::moment(current.added_at)) }
                @if !current.supported_formats.is_empty() {
                    span { "Models: " (words::line(&current.supported_formats.join(", "))) }
                }
                @if !current.provenance.unverified.is_empty() {
                    (words::badge("warn", "Unverified sources"))
                }
            }
            @if !others.is_empty() {
                p.note {
                    "Earlier, for going back: "
                    @for (n, worker) in others.iter().enumerate() {
                        @if n > 0 { ", " } (worker.version)
                    }
                }
            }
        }
    }
}

/// Whether a worker is in use and whole.
pub(super) fn status_badge(worker: &WorkerBinary) -> Markup {
    match worker.status {
        ArtifactStatus::Damaged => words::badge("bad", "Damaged"),
        ArtifactStatus::Available if worker.is_library() => words::badge("", "Library"),
        ArtifactStatus::Available if worker.active => words::badge("ok", "In use"),
        ArtifactStatus::Available => words::badge("", "Kept"),
    }
}
