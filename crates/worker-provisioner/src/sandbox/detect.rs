use std::{path::Path, process::Command, sync::OnceLock};

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
                host::find_program("bwrap").map(Self::Bwrap).ok_or_else(|| SandboxError::NoBwrap {
                    install: Family::of_host().install(&["bubblewrap"]),
                })
            }
            SandboxMode::Landlock => Err(SandboxError::NoLandlock),
            SandboxMode::None => Ok(Self::None),
        }
    }
}

/// Whether this `bwrap` can forbid further user namespaces itself, as it can from 0.8 on. Before, the
/// seccomp filter alone does.
pub(super) fn has_disable_userns(bwrap: &Path) -> bool {
    static ANSWER: OnceLock<bool> = OnceLock::new();
    *ANSWER.get_or_init(|| {
        let output = Command::new(bwrap).arg("--version").env_clear().output();
        output.is_ok_and(|o| is_at_least_0_8(&String::from_utf8_lossy(&o.stdout)))
    })
}

fn is_at_least_0_8(told: &str) -> bool {
    let version = told.trim().rsplit(' ').next().unwrap_or_default();
    let mut numbers = version.split('.').map(|n| n.parse::<u32>().unwrap_or(0));
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)) >= (0, 8)
}

#[cfg(test)]
mod tests {
    #[test]
    fn versions_are_compared_as_numbers() {
        assert!(super::is_at_least_0_8("bubblewrap 0.8.0\n"));
        assert!(super::is_at_least_0_8("bubblewrap 0.11.0\n"));
        assert!(!super::is_at_least_0_8("bubblewrap 0.6.1\n"));
        assert!(!super::is_at_least_0_8(""));
    }
}
