use axum::{
    extract::State,
    response::{Html, IntoResponse as _, Response},
};
use maud::{Markup, html};
use rbee_hive_worker_catalog::{
    Artifact as _, ArtifactStatus, HistoryAction, HistoryEntry, Verification, WorkerBinary,
};

use super::{
    catalogue::install,
    inventory::status_badge,
    layout::{Confirmation, Section, layout},
    told::{Deed, Told, message},
    words,
};
use crate::daemon::{
    ApiError, Daemon,
    api::{Path, Query},
};

/// Everything about one worker and backend.
struct Slot {
    /// `name:backend`.
    id: String,
    /// The versions, the one installed last first.
    versions: Vec<WorkerBinary>,
    history: Vec<HistoryEntry>,
}

impl Slot {
    fn read(daemon: &Daemon, id: &str) -> Result<Self, ApiError> {
        let catalog = daemon.catalogs().installed();
        let id = catalog.get(id)?.slot().to_owned();
        let mut versions = catalog.list()?;
        versions.retain(|worker| worker.slot() == id);
        let history = catalog.history(&id)?;
        Ok(Self { id, versions, history })
    }

    /// The one in use, or else the latest.
    fn current(&self) -> Option<&WorkerBinary> {
        self.versions.iter().find(|worker| worker.active).or(self.versions.first())
    }
}

/// `GET /installed/{id}`
pub(super) async fn worker(
    State(daemon): State<Daemon>,
    Path(id): Path<String>,
    Query(told): Query<Told>,
) -> Result<Html<String>, ApiError> {
    Ok(Html(page(&Slot::read(&daemon, &id)?, &told.render()).into_string()))
}

/// `POST /installed/{id}/verify`
pub(super) async fn verify(
    State(daemon): State<Daemon>,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let found = daemon.catalogs().installed().verify(Some(&id)).await?;
    let slot = Slot::read(&daemon, &id)?;
    let mut damaged = found.iter().filter(|f| !f.damage.is_empty()).peekable();
    if damaged.peek().is_none() {
        return Ok(Deed::Verified.go(&format!("/installed/{}", slot.id), Some(&id)));
    }
    let told = message("bad", &html! { @for found in damaged { (damage(found)) } });
    Ok(Html(page(&slot, &told).into_string()).into_response())
}

fn damage(found: &Verification) -> Markup {
    html! {
        p { strong { (found.worker.id) " is damaged." } " Repair it, or remove it:" }
        ul.causes { @for line in &found.damage { li { (words::line(line)) } } }
    }
}

/// `POST /installed/{id}/activate`
pub(super) async fn activate(
    State(daemon): State<Daemon>,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let worker = daemon.catalogs().installed().rollback(&id)?;
    Ok(Deed::Activated.go(&format!("/installed/{}", worker.slot()), Some(&worker.id)))
}

/// `POST /installed/{id}/remove`
pub(super) async fn remove(
    State(daemon): State<Daemon>,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let catalog = daemon.catalogs().installed();
    let slot = catalog.get(&id)?.slot().to_owned();
    catalog.remove(&id).await?;
    let others = catalog.list()?.iter().any(|worker| worker.slot() == slot);
    let page = if others { format!("/installed/{slot}") } else { "/installed".to_owned() };
    Ok(Deed::Removed.go(&page, Some(&id)))
}

fn page(slot: &Slot, told: &Markup) -> Markup {
    let Some(current) = slot.current() else { return html! {} };
    let content = html! {
        p.crumbs { a href="/installed" { "Installed" } }
        div.title {
            h1 { (current.name) }
            span.chip { (words::backend(current.worker_type)) }
            (status_badge(current))
        }
        (told)
        @if current.status == ArtifactStatus::Damaged {
            div.message.warn {
                p { "Files of this worker are missing or altered." }
                (install(&slot.id, true, "primary", &html! { "Repair it" }))
            }
        }
        (unverified(current))
        section aria-labelledby="versions" {
            h2 #versions { "Versions" }
            ul.cards {
                @for (n, worker) in slot.versions.iter().enumerate() {
                    li { (version(n, worker)) }
                }
            }
        }
        (provenance(current))
        (history(&slot.history))
    };
    layout(current.name.as_str(), Section::Installed, &content)
}

/// What nobody vouches for, said where it cannot be missed.
fn unverified(worker: &WorkerBinary) -> Markup {
    let sources = &worker.provenance.unverified;
    html! {
        @if !sources.is_empty() {
            div.message.warn {
                p { strong { "Installed with sources that nothing vouches for." } }
                ul.causes { @for source in sources { li { (words::line(source)) } } }
            }
        }
        @if worker.provenance.sandbox == "none" {
            div.message.warn { p { strong { "Built without a sandbox." } } }
        }
    }
}

fn version(n: usize, worker: &WorkerBinary) -> Markup {
    let id = &worker.id;
    let of = html! { span.visually-hidden { " " (id) } };
    let said = |verb: &str| html! { (verb) (of) };
    let verify = format!("/installed/{id}/verify");
    let activate = Confirmation {
        id: &format!("activate-{n}"),
        opener: said("Use this version"),
        question: &format!("Use {} from now on?", worker.version),
        explanation: html! { p { "What runs now goes on; what is started next is this version." } },
        action: &format!("/installed/{id}/activate"),
        fields: html! {},
        keep: "Keep as it is",
        verb: "Use it",
        danger: false,
    };
    let remove = Confirmation {
        id: &format!("remove-{n}"),
        opener: said("Remove"),
        question: &format!("Remove {id}?"),
        explanation: html! {
            p { "Its " (words::size(worker.size)) " of files are deleted. To have it again, it is "
                "installed anew." }
        },
        action: &format!("/installed/{id}/remove"),
        fields: html! {},
        keep: "Keep as it is",
        verb: "Remove it",
        danger: true,
    };
    html! {
        article.card.in-use[worker.active] {
            div.card-head {
                h3 { (worker.version) }
                (status_badge(worker))
            }
            p.facts {
                span { (words::size(worker.size)) }
                span { "Added " (words::moment(worker.added_at)) }
            }
            div.actions {
                form method="post" action=(verify) {
                    button.quiet type="submit" data-busy="Comparing every file…" {
                        (said("Verify"))
                    }
                }
                @if !worker.active { (activate.render()) }
                (remove.render())
            }
        }
    }
}

/// Where a worker came from and how it was made.
fn provenance(worker: &WorkerBinary) -> Markup {
    let from = &worker.provenance;
    html! {
        section aria-labelledby="provenance" {
            h2 #provenance { "Where " (worker.version) " comes from" }
            dl.facts-list {
                dt { "Recipe" }
                dd { (words::line(&from.index)) " " (words::digest(&from.recipe_digest)) }
                @if !worker.supported_formats.is_empty() {
                    dt { "Models" } dd { (words::line(&worker.supported_formats.join(", "))) }
                }
                @if !worker.is_library() {
                    dt { "Runs" } dd { code { (worker.entrypoint.display()) } }
                }
                dt { "Files" } dd { code { (worker.path.display()) } }
                dt { "Tree" } dd { (words::digest(&from.tree_digest)) }
                dt { "Inputs" } dd { (words::digest(&from.action_key)) }
                dt { "Sandbox" }
                dd { @if from.sandbox.is_empty() { "no code of it ran" } @else { (from.sandbox) } }
                @if !from.options.is_empty() {
                    dt { "Options" } dd { (words::line(&from.options.join(", "))) }
                }
                dt { "Job" } dd { a href={ "/jobs/" (from.job_id) } { (from.job_id) } }
                dt { "Made by" } dd { "rbee-hive " (from.hive_version) }
            }
            @if !from.sources.is_empty() {
                details open[from.sources.len() < 8] {
                    summary { "Sources (" (from.sources.len()) ")" }
                    div.scroll tabindex="0" role="region" aria-label="Sources" {
                        table aria-label="Sources" {
                            thead { tr { th scope="col" { "File" } th scope="col" { "From" }
                                th scope="col" { "Sum" } } }
                            tbody { @for source in &from.sources { tr {
                                td { (words::line(&source.name)) }
                                td.break { (words::line(&source.origin)) }
                                td {
                                    (words::digest(&source.digest))
                                    @if source.signed_by.is_some() {
                                        " " (words::badge("ok", "Signed"))
                                    }
                                }
                            } } }
                        }
                    }
                }
            }
            @if !from.dependencies.is_empty() {
                details {
                    summary { "Built with (" (from.dependencies.len()) ")" }
                    ul.plain { @for other in &from.dependencies { li {
                        (other.id)
                        @if other.runtime { " " span.note { "also to run" } }
                    } } }
                }
            }
            @if !from.toolchain.is_empty() {
                details {
                    summary { "Tools (" (from.toolchain.len()) ")" }
                    dl.facts-list { @for (tool, version) in &from.toolchain {
                        dt { (words::line(tool)) } dd { (words::line(version)) }
                    } }
                }
            }
        }
    }
}

fn history(entries: &[HistoryEntry]) -> Markup {
    html! {
        section aria-labelledby="history" {
            h2 #history { "History" }
            ol.history reversed {
                @for entry in entries {
                    li {
                        (words::moment(entry.at)) " "
                        strong { (deed(entry.action)) } " "
                        (entry.id.rsplit('@').next().unwrap_or_default())
                    }
                }
            }
        }
    }
}

fn deed(action: HistoryAction) -> &'static str {
    match action {
        HistoryAction::Installed => "Installed",
        HistoryAction::Activated => "Taken into use again",
        HistoryAction::RolledBack => "Gone back to",
        HistoryAction::Removed => "Removed",
    }
}
