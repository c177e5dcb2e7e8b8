#![expect(clippy::doc_markdown, reason = "it is the text of --help, which shows backticks")]

use clap::{Args, ValueEnum};
use rbee_hive_worker_catalog::{ProvisionOptions, SandboxMode, WorkerType};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{error::Error, jobs::InstallOptions, remote::RemoteError};

/// How a worker is made; the flags that `install` and `upgrade` share.
#[derive(Debug, Clone, Default, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(crate) struct BuildOptions {
    /// Install what is missing on this host before the build
    #[arg(long)]
    syncdeps: bool,
    /// Build even if the same inputs are in the store already
    #[arg(long)]
    force: bool,
    /// Use nothing that is not in the cache
    #[arg(long)]
    offline: bool,
    /// Leave the recipe's check() out
    #[arg(long)]
    no_check: bool,
    /// Accept sources without a sum; the provenance says which
    #[arg(long)]
    allow_unverified: bool,
    /// Fetch sources of a scheme with a program, as in makepkg.conf's DLAGENTS; may be repeated
    #[arg(long, value_name = "SCHEME::PROGRAM %u %o")]
    download_agent: Vec<String>,
    /// How recipe code is confined
    #[arg(long, value_name = "SANDBOX", default_value = "auto")]
    sandbox: SandboxName,
}

/// A sandbox by its name.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema, ValueEnum,
)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SandboxName {
    /// The strongest one that works here
    #[default]
    Auto,
    /// Namespaces and seccomp
    Bwrap,
    /// Landlock and seccomp
    Landlock,
    /// No sandbox: the recipe's code runs with your rights
    None,
}

impl BuildOptions {
    /// What the flags say, as a job has it.
    pub(crate) fn wanted(&self, backend: Option<WorkerType>) -> InstallOptions {
        InstallOptions {
            force: self.force,
            offline: self.offline,
            no_check: self.no_check,
            allow_unverified: self.allow_unverified,
            syncdeps: self.syncdeps,
            sandbox: self.sandbox,
            backend,
        }
    }

    /// What the flags say, over what the host and the environment do.
    pub(crate) fn over(self, base: ProvisionOptions) -> ProvisionOptions {
        ProvisionOptions {
            syncdeps: self.syncdeps,
            force: self.force,
            offline: self.offline,
            no_check: self.no_check,
            allow_unverified: self.allow_unverified,
            download_agents: self.download_agent,
            sandbox: self.sandbox.into(),
            ..base
        }
    }
}

impl BuildOptions {
    /// The flags, as a daemon takes them.
    ///
    /// # Errors
    /// If there are flags that mean programs of this machine.
    pub(crate) fn wire(&self, backend: Option<WorkerType>) -> Result<InstallOptions, Error> {
        if !self.download_agent.is_empty() {
            let what = "--download-agent".to_owned();
            let remedy = "the daemon takes its agents from its own makepkg.conf".to_owned();
            return Err(RemoteError::Here { what, remedy }.into());
        }
        Ok(self.wanted(backend))
    }
}

impl From<SandboxName> for SandboxMode {
    fn from(name: SandboxName) -> Self {
        match name {
            SandboxName::Auto => Self::Auto,
            SandboxName::Bwrap => Self::Bwrap,
            SandboxName::Landlock => Self::Landlock,
            SandboxName::None => Self::None,
        }
    }
}
