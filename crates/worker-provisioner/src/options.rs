use crate::{IndexLocation, SandboxMode};

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
    /// More download agents, each a line of makepkg.conf's `DLAGENTS`: `SCHEME::PROGRAM %u %o`.
    pub download_agents: Vec<String>,
    /// Where dependencies are looked for, if the index is one recipe; only on the host without it.
    pub dependency_index: Option<IndexLocation>,
    /// How recipe code is confined.
    pub sandbox: SandboxMode,
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
