use axum::{extract::State, response::Html};
use maud::{Markup, html};
use rbee_hive_worker_catalog::{Offer, WorkerBinary, WorkerType};
use serde::Deserialize;

use super::{
    job,
    layout::{Section, layout},
    words,
};
use crate::{
    daemon::{ApiError, Daemon, api::Query},
    state::{State as Standing, StateName},
};

/// What of the catalogue is looked at. An empty field is one that a form left empty.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Filter {
    q: String,
    backend: String,
    state: String,
}

/// A recipe, and what it is on this machine: in all, and for each backend.
struct Recipe {
    offer: Offer,
    standing: Standing,
    backends: Vec<(WorkerType, Standing)>,
}

impl Recipe {
    fn new(offer: Offer, installed: &[WorkerBinary]) -> Self {
        let standing = Standing::of(&offer, installed);
        let of = |backend: WorkerType| {
            let built: Vec<_> =
                installed.iter().filter(|w| w.worker_type == backend).cloned().collect();
            (backend, Standing::of(&offer, &built))
        };
        let backends = offer.backends.iter().copied().map(of).collect();
        Self { offer, standing, backends }
    }
}

impl Filter {
    fn shows(&self, recipe: &Recipe) -> bool {
        let query = self.q.trim().to_lowercase();
        let texts = [&recipe.offer.name, &recipe.offer.description];
        texts.iter().any(|text| text.to_lowercase().contains(&query))
            && (self.backend.is_empty()
                || recipe.offer.backends.iter().any(|b| b.as_str() == self.backend))
            && (self.state.is_empty() || self.names_state_of(recipe))
    }

    fn names_state_of(&self, recipe: &Recipe) -> bool {
        let wanted = words::STATES.iter().find(|(name, ..)| *name == self.state);
        wanted.is_some_and(|(_, wanted, _)| {
            recipe.standing.name() == *wanted
                || recipe.backends.iter().any(|(_, standing)| standing.name() == *wanted)
        })
    }
}

/// `GET /`
pub(super) async fn catalogue(
    State(daemon): State<Daemon>,
    Query(filter): Query<Filter>,
) -> Result<Html<String>, ApiError> {
    let offered = daemon.offers().all(daemon.catalogs()).await?;
    let installed = daemon.catalogs().installed().list()?;
    let recipes = offered.iter().map(|offer| Recipe::new(offer.clone(), &installed));
    let active = job::active(&daemon)?;
    Ok(Html(page(&recipes.collect::<Vec<_>>(), &filter, &active).into_string()))
}

fn page(recipes: &[Recipe], filter: &Filter, active: &Markup) -> Markup {
    let shown: Vec<_> = recipes.iter().filter(|recipe| filter.shows(recipe)).collect();
    let content = html! {
        h1 { "Catalogue" }
        p.lead { "Inference engines that this hive can put on this machine." }
        (active)
        (search(filter))
        section #results aria-label="Recipes" {
            p.count role="status" {
                (shown.len()) " of " (recipes.len()) " recipes"
            }
            @if shown.is_empty() {
                div.empty {
                    p { "No recipe matches." }
                    p { a href="/" { "Show all of them" } }
                }
            } @else {
                ul.cards { @for recipe in shown { li { (card(recipe)) } } }
            }
        }
    };
    layout("Catalogue", Section::Catalogue, &content)
}

/// The form that filters. Without a script it is sent by its button.
fn search(filter: &Filter) -> Markup {
    html! {
        form.filters role="search" action="/" method="get" hx-get="/" hx-target="#results"
            hx-select="#results" hx-swap="outerHTML" hx-replace-url="true" hx-sync="this:replace"
            hx-trigger="input changed delay:150ms from:#q, change, submit" {
            div.field.grow {
                label for="q" { "Search" }
                input #q name="q" type="search" value=(filter.q) autocomplete="off"
                    placeholder="Name or description";
            }
            div.field {
                label for="backend" { "Backend" }
                select #backend name="backend" {
                    option value="" { "Any" }
                    @for backend in WorkerType::ALL {
                        option value=(backend) selected[filter.backend == backend.as_str()] {
                            (words::backend(*backend))
                        }
                    }
                }
            }
            div.field {
                label for="state" { "State" }
                select #state name="state" {
                    option value="" { "Any" }
                    @for (name, _, label) in words::STATES {
                        option value=(name) selected[filter.state == name] { (label) }
                    }
                }
            }
            noscript { button.quiet type="submit" { "Show" } }
        }
    }
}

fn card(recipe: &Recipe) -> Markup {
    let offer = &recipe.offer;
    html! {
        article.card aria-labelledby={ "recipe-" (offer.name) } {
            div.card-head {
                h2 id={ "recipe-" (offer.name) } { (offer.name) }
                @if !offer.version.is_empty() { span.version { (words::line(&offer.version)) } }
                (words::state_badge(&recipe.standing))
            }
            @if !offer.description.is_empty() { p { (words::line(&offer.description)) } }
            @if let Standing::Refused { reason } = &recipe.standing {
                p.reason { strong { "Cannot be installed here: " } (words::line(reason)) }
            }
            p.facts {
                @if !offer.license.is_empty() {
                    span { (words::line(&offer.license.join(", "))) }
                }
                @if !offer.supported_formats.is_empty() {
                    span { "Models: " (words::line(&offer.supported_formats.join(", "))) }
                }
                @if offer.url.starts_with("https://") {
                    a href=(offer.url) rel="noreferrer" { "Project page" }
                }
            }
            @if offer.is_library() {
                p.note { "A library: it is installed with whatever is built on it." }
            } @else if recipe.standing.name() != StateName::Refused {
                ul.backends aria-label={ "Backends of " (offer.name) } {
                    @for (backend, standing) in &recipe.backends {
                        li { (row(offer, *backend, standing)) }
                    }
                }
            }
        }
    }
}

/// One backend of a recipe, and what can be done about it.
fn row(offer: &Offer, backend: WorkerType, standing: &Standing) -> Markup {
    let slot = format!("{}:{backend}", offer.name);
    let label = words::backend(backend);
    html! {
        span.backend { (label) }
        @match standing {
            Standing::Available => {
                span.note { "Not installed" }
                (install(&slot, false, "primary", &html! {
                    "Install" span.visually-hidden { " " (offer.name) " for " (label) }
                }))
            }
            Standing::Installed { version, .. } => {
                a href={ "/installed/" (slot) } { "Installed " (version) }
            }
            Standing::Upgrade { from, to } => {
                a href={ "/installed/" (slot) } { "Installed " (from) }
                (install(&slot, false, "primary", &html! {
                    "Upgrade"
                    span.visually-hidden { " " (offer.name) " for " (label) }
                    " to " (words::line(to))
                }))
            }
            Standing::Damaged { version, .. } => {
                a href={ "/installed/" (slot) } { "Damaged " (version) }
                (install(&slot, true, "primary", &html! {
                    "Repair" span.visually-hidden { " " (offer.name) " for " (label) }
                }))
            }
            Standing::Refused { reason } => { span.note { (words::line(reason)) } }
            Standing::Library { .. } => {}
        }
    }
}

/// The form that starts the job.
pub(super) fn install(worker: &str, force: bool, class: &str, label: &Markup) -> Markup {
    html! {
        form method="post" action="/jobs" {
            input type="hidden" name="worker_id" value=(worker);
            @if force { input type="hidden" name="force" value="true"; }
            button class=(class) type="submit" { (label) }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn recipe(name: &str, backends: &[&str], refused: Option<&str>) -> Recipe {
        let offer = json!({
            "name": name, "version": "1-1", "description": "<b>Hears\u{202e}</b>", "url": "",
            "license": [], "backends": backends, "architectures": ["any"], "entrypoint": "bin/x",
            "args": [], "health": "", "supportedFormats": [], "depends": [], "refused": refused,
        });
        Recipe::new(serde_json::from_value(offer).unwrap(), &[])
    }

    #[test]
    fn a_filter_narrows_and_an_empty_field_does_not() {
        let recipes = [recipe("whisper", &["cpu", "cuda"], None), recipe("llama", &["cpu"], None)];
        let shown = |q: &str, backend: &str, state: &str| {
            let filter = Filter { q: q.into(), backend: backend.into(), state: state.into() };
            recipes.iter().filter(|r| filter.shows(r)).count()
        };
        assert_eq!(shown("", "", ""), 2);
        assert_eq!(shown(" WHISP ", "", ""), 1);
        assert_eq!(shown("hears", "cuda", ""), 1);
        assert_eq!(shown("", "metal", ""), 0);
        assert_eq!((shown("", "", "available"), shown("", "", "installed")), (2, 0));
        assert_eq!(shown("", "", "nonsense"), 0);
    }

    #[test]
    fn a_strangers_text_is_text() {
        let page =
            page(&[recipe("a", &["cpu"], None)], &Filter::default(), &html! {}).into_string();
        assert!(page.contains("&lt;b&gt;Hears&lt;/b&gt;"));
    }

    #[test]
    fn what_cannot_be_installed_says_why_and_has_no_button() {
        let shown = card(&recipe("a", &["cpu"], Some("needs aarch64"))).into_string();
        assert!(shown.contains("needs aarch64") && !shown.contains("<button"), "{shown}");
        let shown = card(&recipe("a", &["cpu", "cuda"], None)).into_string();
        assert_eq!(shown.matches("<button").count(), 2);
        assert!(shown.contains(r#"name="worker_id" value="a:cuda""#), "{shown}");
    }
}
