use std::path::PathBuf;

use super::{SandboxError, SandboxMode, Tier};
use crate::host::{self, Family};

impl Tier {
    /// The tier for what a person asked for. Whether the kernel lets it work shows when it is used.
    ///
    /// # Errors
    /// If the program for it is not on this host: there is no falling back to less.
    pub(crate) fn choose(mode: SandboxMode) -> Result<Self, SandboxError> {
        match mode {
            SandboxMode::Auto | SandboxMode::Bwrap => {
                find_bwrap().map(Self::Bwrap).ok_or_else(|| SandboxError::NoBwrap {
                    install: Family::of_host().install(&["bubblewrap"]),
                })
            }
            SandboxMode::Landlock => Err(SandboxError::NoLandlock),
            SandboxMode::None => Ok(Self::None),
        }
    }
}

/// The `bwrap` program of this host, in the folders of system programs only.
pub(crate) fn find_bwrap() -> Option<PathBuf> {
    host::find_program("bwrap")
}
