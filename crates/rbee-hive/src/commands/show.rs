use clap::Args;
use rbee_hive_worker_catalog::WorkerBinary;

use super::list::status;
use crate::{
    error::Error,
    exit::Done,
    runtime::block_on,
    session::Session,
    terminal::{Fields, moment, size, stdout},
};

/// `rbee-hive worker show`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  rbee-hive worker show whisper-server
  rbee-hive worker show llama-server:cpu --json")]
pub(crate) struct Show {
    /// The worker
    id: String,
}

impl Show {
    pub(crate) fn run(self, session: &Session) -> Result<Done, Error> {
        let worker = block_on(async { session.hive()?.get(&self.id).await })?;
        if session.is_json() {
            stdout::document(&worker)?;
        } else {
            stdout::print(&fields(&worker).render(session.out))?;
        }
        Ok(Done::Well)
    }
}

fn fields(worker: &WorkerBinary) -> Fields {
    let provenance = &worker.provenance;
    let mut fields = Fields::default();
    fields
        .field("id", &worker.id)
        .field("active", if worker.active { "yes" } else { "no" })
        .field("status", status(worker.status))
        .field("platform", format!("{} {}", worker.platform, worker.architecture))
        .field("executable", executable(worker))
        .field("formats", worker.supported_formats.join(", "))
        .field("size", size(worker.size))
        .field("added", format!("{} UTC", moment(&worker.added_at)))
        .field("index", &provenance.index)
        .field("recipe", format!("sha256:{}", bare(&provenance.recipe_digest)))
        .lines(
            "sources",
            provenance.sources.iter().flat_map(|source| {
                [format!("{} from {}", source.name, source.origin), source.digest.clone()]
            }),
        )
        .lines(
            "dependencies",
            provenance.dependencies.iter().map(|dependency| {
                let when = if dependency.runtime { "" } else { ", to build only" };
                format!("{}{when}", dependency.id)
            }),
        )
        .lines("unverified", provenance.unverified.iter().cloned())
        .field("sandbox", &provenance.sandbox)
        .field("options", provenance.options.join(", "))
        .lines("toolchain", provenance.toolchain.iter().map(|(tool, id)| format!("{tool} {id}")))
        .field("tree", &provenance.tree_digest)
        .field("action key", &provenance.action_key)
        .field("job", provenance.job_id.as_str())
        .field("made by", format!("rbee-hive {}", provenance.hive_version));
    fields
}

fn executable(worker: &WorkerBinary) -> String {
    if worker.is_library() {
        return format!("none: it is a library, in {}", worker.path.display());
    }
    worker.executable().display().to_string()
}

/// A digest without the name of its algorithm.
fn bare(digest: &str) -> &str {
    digest.strip_prefix("sha256:").unwrap_or(digest)
}
