use std::path::PathBuf;

use crate::{FetchLimit, IndexLocation, SandboxMode};

/// How a worker is provisioned; the flags of `worker install`.
#[derive(Debug, Clone, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own on the command line")]
pub struct ProvisionOptions {
    /// Install what is missing on the host before the build.
    pub syncdeps: bool,
    /// Build even if the same inputs are in the store.
    pub force: bool,
    /// Use nothing that is not in the cache.
    pub offline: bool,
    /// Leave `check()` out.
    pub no_check: bool,
    /// Accept sources without a sum; the provenance says which.
    pub allow_unverified: bool,
    /// Refuse sources that lie elsewhere on this host. A recipe that somebody sent here could
    /// otherwise have read to them whatever the hive may read.
    pub no_host_files: bool,
    /// More download agents, each a line of makepkg.conf's `DLAGENTS`: `SCHEME::PROGRAM %u %o`.
    pub download_agents: Vec<String>,
    /// Where dependencies are looked for, if the index is one recipe; only on the host without it.
    pub dependency_index: Option<IndexLocation>,
    /// How recipe code is confined.
    pub sandbox: SandboxMode,
    /// Files of makepkg.conf's form, sourced in this order after the built-in settings. Each is
    /// there and can be read.
    pub makepkg_conf: Vec<PathBuf>,
    /// The time that everything in a package is from, whatever a file says.
    pub source_date_epoch: Option<i64>,
    /// Who makes the package, whatever a file says: `Name <address>`.
    pub packager: Option<String>,
    /// How many downloads there may be at once over everything that has this same limit. Each job
    /// has four at once without one.
    pub fetches: Option<FetchLimit>,
}

impl ProvisionOptions {
    /// The options that make another build of the same recipe.
    pub(crate) fn of_build(&self) -> Vec<String> {
        let mut options = Vec::new();
        if self.no_check {
            options.push("no_check".to_owned());
        }
        if self.sandbox == SandboxMode::None {
            options.push("sandbox_none".to_owned());
        }
        options
    }
}
