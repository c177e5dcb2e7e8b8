//! Where recipe code runs: evaluation, every function, the smoke test.
//!
//! This module knows nothing of recipes. It gets a program, what the program may see and write, and
//! gives back its output and its end.

mod bwrap;
mod descriptors;
mod detect;
mod lines;
mod mountinfo;
mod overlay;
mod process;
mod seccomp;
mod tier;
mod unconfined;

pub(crate) use descriptors::keep_to_ourselves;
pub(crate) use overlay::has_folder;
pub use overlay::over_usr;
pub(crate) use process::{Limits, run};
pub(crate) use tier::{Confined, Mount, Tier};

use std::path::PathBuf;

/// Which sandbox a person asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SandboxMode {
    /// The strongest one that works here; none that works is an error.
    #[default]
    Auto,
    /// Namespaces and seccomp, through the `bwrap` program.
    Bwrap,
    /// Landlock and seccomp.
    Landlock,
    /// No sandbox; recorded in the provenance.
    None,
}

/// Why a program could not be confined, or did not end by itself.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum SandboxError {
    /// No program for the wanted sandbox.
    #[error(
        "no sandbox: the program bwrap is not on this host; install it with `{install}`, or accept the risk with `--sandbox none`"
    )]
    NoBwrap {
        /// The command that installs it.
        install: String,
    },
    /// Landlock was asked for.
    #[error(
        "the landlock sandbox is not part of this release; use `--sandbox bwrap`, or accept the risk with `--sandbox none`"
    )]
    NoLandlock,
    /// bwrap could not set up the sandbox.
    #[error(
        "the sandbox could not be set up: {said}; `rbee-hive doctor` tells what this host needs"
    )]
    SetUp {
        /// What bwrap said.
        said: String,
    },
    /// No program that makes the namespace for an overlay.
    #[error(
        "the files of dependencies cannot be seen at /usr: the program unshare is not on this host; install it with `{install}`"
    )]
    NoUnshare {
        /// The command that installs it.
        install: String,
    },
    /// The files of dependencies could not be laid over `/usr`.
    #[error("the files of dependencies cannot be seen at /usr: {said}; {}", overlay::needs(.below))]
    Overlay {
        /// What the host's program said.
        said: String,
        /// What is mounted below `/usr`.
        below: Vec<String>,
    },
    /// The program that should be confined could not be started at all.
    #[error("failed to start {program}")]
    Start {
        /// The program.
        program: PathBuf,
        /// The operating system's answer.
        source: std::io::Error,
    },
    /// The seccomp filter could not be built for this architecture.
    #[error("failed to build the seccomp filter: {0}")]
    Filter(String),
    /// A pipe to the program failed.
    #[error("lost the connection to a confined program")]
    Pipe(#[source] std::io::Error),
    /// The caller asked to stop.
    #[error("cancelled")]
    Cancelled,
    /// It ran longer than it may.
    #[error("stopped after {seconds} s, the time limit of this step")]
    TimedOut {
        /// The limit.
        seconds: u64,
    },
}

impl SandboxError {
    /// Whether mounts below `/usr` are in the way.
    pub(crate) fn names_mounts(&self) -> bool {
        matches!(self, Self::Overlay { below, .. } if !below.is_empty())
    }
}

#[cfg(test)]
mod tests;
