use clap::Args;
use rbee_hive_worker_catalog::Offer;

use super::available::backends;
use crate::{
    error::Error,
    exit::Done,
    runtime::block_on,
    session::Session,
    state::State,
    terminal::{Fields, shell, stdout},
};

/// `rbee-hive worker info`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  rbee-hive worker info whisper-server
  rbee-hive worker info llama-server --json")]
pub(crate) struct Info {
    /// The worker
    id: String,
}

impl Info {
    pub(crate) fn run(self, session: &Session) -> Result<Done, Error> {
        let (offer, installed) = block_on(async {
            let hive = session.hive()?;
            Ok((hive.info(&self.id).await?, hive.list().await?))
        })?;
        if session.is_json() {
            stdout::document(&offer)?;
        } else {
            let state = State::of(&offer, &installed);
            stdout::print(&fields(&offer, &state, session).render(session.out))?;
        }
        Ok(Done::Well)
    }
}

fn fields(offer: &Offer, state: &State, session: &Session) -> Fields {
    let mut fields = Fields::default();
    fields
        .field("name", &offer.name)
        .field("version", &offer.version)
        .field("description", &offer.description)
        .field("url", &offer.url)
        .field("license", offer.license.join(", "))
        .field("backends", backends(&offer.backends))
        .field("architectures", offer.architectures.join(", "))
        .field("entrypoint", if offer.is_library() { "none: a library" } else { &offer.entrypoint })
        .field("args", arguments(&offer.args))
        .field("health", &offer.health)
        .field("formats", offer.supported_formats.join(", "))
        .lines("depends", offer.depends.iter().cloned())
        .field("state", state.describe());
    if !matches!(state, State::Refused { .. }) {
        fields.field("command", session.command(&state.verb(offer)));
    }
    fields
}

/// As a shell takes them, with the `${HOST}`, `${PORT}` and `${MODEL}` that stand for values bare.
fn arguments(args: &[String]) -> String {
    let word = |arg: &String| {
        if arg.starts_with("${") && arg.ends_with('}') { arg.clone() } else { shell::quote(arg) }
    };
    args.iter().map(word).collect::<Vec<_>>().join(" ")
}
