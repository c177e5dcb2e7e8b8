use std::collections::BTreeMap;

use axum::{
    extract::State,
    response::{Html, IntoResponse as _, Response},
};
use maud::{Markup, html};
use rbee_hive_worker_catalog::{Artifact as _, DiskUse, GcOptions, GcReport, WorkerBinary};
use serde::Deserialize;

use super::{
    layout::{Section, layout},
    told::{Deed, Told},
    words,
};
use crate::daemon::{
    ApiError, ApiErrorKind, Daemon,
    api::{Form, Query},
};

/// What the files are for, in bytes.
struct Use {
    disk: DiskUse,
    /// By worker and backend: what is in use of it, and what is kept besides; the largest first.
    workers: Vec<(String, u64, u64)>,
}

impl Use {
    fn new(disk: DiskUse, workers: &[WorkerBinary]) -> Self {
        let mut slots: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
        for worker in workers {
            let (used, kept) = slots.entry(worker.slot()).or_default();
            *(if worker.active { used } else { kept }) += worker.size;
        }
        let slots = slots.into_iter().map(|(slot, (used, kept))| (slot.to_owned(), used, kept));
        let mut workers: Vec<_> = slots.collect();
        workers.sort_by_key(|(_, used, kept)| std::cmp::Reverse(used + kept));
        Self { disk, workers }
    }

    async fn read(daemon: &Daemon) -> Result<Self, ApiError> {
        let catalog = daemon.catalogs().installed().clone();
        let read = move || Ok(Self::new(catalog.disk_use()?, &catalog.list()?));
        let stopping = |_| ApiError::new(ApiErrorKind::Unavailable, "the hive is stopping");
        tokio::task::spawn_blocking(read).await.map_err(stopping)?
    }
}

/// What to delete, as the form sends it.
#[derive(Debug, Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    keep: u16,
    cache: Option<String>,
    /// Whether it was seen what that is.
    sure: Option<String>,
}

/// `GET /disk`
pub(super) async fn disk(
    State(daemon): State<Daemon>,
    Query(told): Query<Told>,
) -> Result<Html<String>, ApiError> {
    let found = Use::read(&daemon).await?;
    Ok(Html(page(&found, &told.render(), &html! {}).into_string()))
}

/// `POST /disk/gc`: shows what would be deleted, and deletes it once that was seen.
pub(super) async fn gc(
    State(daemon): State<Daemon>,
    Form(wanted): Form<Wanted>,
) -> Result<Response, ApiError> {
    let dry_run = wanted.sure.is_none();
    let options =
        GcOptions { keep: usize::from(wanted.keep), cache: wanted.cache.is_some(), dry_run };
    let report = daemon.catalogs().installed().gc(&options).await?;
    if !dry_run {
        return Ok(Deed::Cleaned.go("/disk", None));
    }
    let found = Use::read(&daemon).await?;
    let page = page(&found, &html! {}, &preview(&wanted, &report));
    Ok(Html(page.into_string()).into_response())
}

fn page(found: &Use, told: &Markup, preview: &Markup) -> Markup {
    let Use { disk, workers } = found;
    let content = html! {
        h1 { "Disk" }
        p.lead { "What the hive's files take, and what is free." }
        (told)
        section aria-labelledby="use" {
            h2.visually-hidden #use { "In all" }
            dl.tiles {
                div { dt { "Installed" } dd { (words::size(disk.store)) } }
                div { dt { "Cache" } dd { (words::size(disk.cache)) } }
                div { dt { "Logs" } dd { (words::size(disk.logs)) } }
                div { dt { "Free" } dd { (words::size(disk.free)) } }
            }
        }
        section aria-labelledby="workers" {
            h2 #workers { "By worker" }
            @if workers.is_empty() {
                p.note { "Nothing is installed." }
            } @else {
                p.legend aria-hidden="true" {
                    span.key.used {} "in use " span.key.kept {} "kept for going back"
                }
                (chart(workers))
            }
        }
        section #gc aria-labelledby="gc-title" {
            h2 #gc-title { "Make room" }
            (preview)
            form.filters method="post" action="/disk/gc#gc" {
                div.field {
                    label for="keep" { "Earlier versions to keep" }
                    input #keep name="keep" type="number" min="0" max="1000" value="0";
                }
                div.check {
                    input #cache name="cache" type="checkbox" value="true";
                    label for="cache" { "Delete the cache of sources, too" }
                }
                button.quiet type="submit" { "Show what would be deleted" }
            }
        }
    };
    layout("Disk", Section::Disk, &content)
}

/// Thousandths of the longest bar.
const WIDE: u64 = 1000;

/// A bar for each worker; in words beside it, so that nobody needs to see it.
fn chart(workers: &[(String, u64, u64)]) -> Markup {
    let largest = workers.iter().map(|(_, used, kept)| used + kept).max().unwrap_or(1).max(1);
    let wide = |bytes: u64| u128::from(bytes) * u128::from(WIDE) / u128::from(largest);
    html! {
        table.chart aria-labelledby="workers" {
            thead.visually-hidden { tr { th scope="col" { "Worker" } th scope="col" { "Bar" }
                th scope="col" { "Size" } } }
            tbody {
                @for (slot, used, kept) in workers {
                    tr {
                        th scope="row" { a href={ "/installed/" (slot) } { (slot) } }
                        td.bar {
                            svg viewBox={ "0 0 " (WIDE) " 20" } preserveAspectRatio="none"
                                aria-hidden="true" focusable="false" {
                                rect.used width=(wide(*used)) height="20" {}
                                rect.kept x=(wide(*used)) width=(wide(*kept)) height="20" {}
                            }
                        }
                        td.sizes {
                            (words::size(used + kept))
                            @if *kept > 0 { span.note { " (" (words::size(*kept)) " kept)" } }
                        }
                    }
                }
            }
        }
    }
}

/// What would be deleted, and the button that does it.
fn preview(wanted: &Wanted, report: &GcReport) -> Markup {
    if report.removed.is_empty() && report.freed == 0 {
        return html! { div.message role="status" tabindex="-1" autofocus {
            p { "There is nothing to delete: everything is in use or wanted." }
        } };
    }
    html! {
        div.message.warn role="status" tabindex="-1" autofocus {
            p { strong { (words::size(report.freed)) " would be freed." } }
            @if !report.removed.is_empty() {
                ul.causes { @for worker in &report.removed { li { (worker.id) } } }
            }
            @if wanted.cache.is_some() { p { "The cache of sources and recipes goes, too." } }
            form.actions method="post" action="/disk/gc" {
                input type="hidden" name="keep" value=(wanted.keep);
                @if wanted.cache.is_some() { input type="hidden" name="cache" value="true"; }
                input type="hidden" name="sure" value="true";
                a.button href="/disk" { "Keep it" }
                button.danger type="submit" data-busy="Deleting…" { "Delete it" }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_bar_is_as_wide_as_the_chart_and_no_size_overflows() {
        let workers =
            [("a:cpu".to_owned(), u64::MAX / 4, u64::MAX / 4), ("b:cpu".to_owned(), 1, 0)];
        let html = chart(&workers).into_string();
        assert!(html.contains(r#"<rect class="kept" x="500" width="500""#), "{html}");
        assert!(html.contains(r#"<rect class="used" width="0""#), "{html}");
    }

    #[test]
    fn nothing_is_deleted_before_it_was_seen() {
        let wanted = Wanted { keep: 1, cache: Some("true".into()), sure: None };
        let shown = preview(&wanted, &GcReport { removed: Vec::new(), freed: 5 }).into_string();
        assert!(shown.contains("5 B would be freed") && shown.contains(r#"name="sure""#));
        let none = preview(&wanted, &GcReport { removed: Vec::new(), freed: 0 }).into_string();
        assert!(!none.contains("<form"));
    }
}
