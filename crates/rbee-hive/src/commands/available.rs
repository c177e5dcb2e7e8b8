use clap::Args;
use rbee_hive_worker_catalog::{Offer, WorkerType};
use serde::Serialize;

use super::BuildOptions;
use crate::{
    error::Error,
    exit::Done,
    runtime::block_on,
    session::Session,
    state::{State, StateName},
    terminal::{Table, stdout},
};

/// `rbee-hive worker available`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  rbee-hive worker available
  rbee-hive worker available whisper
  rbee-hive --index ./recipes worker available --json")]
pub(crate) struct Available {
    /// Only recipes with this text in their name or description
    query: Option<String>,
}

#[derive(Debug, Serialize)]
struct Entry {
    #[serde(flatten)]
    offer: Offer,
    state: StateName,
    /// The full command, ready to paste.
    command: String,
}

impl Available {
    pub(crate) fn run(self, session: &Session) -> Result<Done, Error> {
        let (mut offers, installed) = block_on(async {
            let hive = session.hive()?;
            Ok((hive.available(&BuildOptions::default()).await?, hive.list().await?))
        })?;
        if let Some(query) = &self.query {
            offers.retain(|offer| matches(offer, query));
        }
        let entries = offers.into_iter().map(|offer| {
            let state = State::of(&offer, &installed);
            let command = session.command(&state.verb(&offer));
            (state.describe(), Entry { state: state.name(), offer, command })
        });
        let entries: Vec<_> = entries.collect();
        if session.is_json() {
            let entries: Vec<_> = entries.iter().map(|(_, entry)| entry).collect();
            stdout::document(&entries)?;
        } else if entries.is_empty() {
            session.note("no recipe matches");
        } else {
            let mut table = Table::new(&["NAME", "VERSION", "BACKENDS", "STATE"]);
            for (state, entry) in &entries {
                let Entry { offer, command, .. } = entry;
                table.row([
                    offer.name.clone(),
                    offer.version.clone(),
                    backends(&offer.backends),
                    state.clone(),
                ]);
                table.below(&offer.description);
                table.below(&format!("$ {command}"));
            }
            stdout::print(&table.render(session.out))?;
        }
        Ok(Done::Well)
    }
}

fn matches(offer: &Offer, query: &str) -> bool {
    let query = query.to_lowercase();
    [&offer.name, &offer.description].iter().any(|text| text.to_lowercase().contains(&query))
}

/// Backends, as a list without spaces.
pub(super) fn backends(backends: &[WorkerType]) -> String {
    backends.iter().map(|b| b.as_str()).collect::<Vec<_>>().join(",")
}
