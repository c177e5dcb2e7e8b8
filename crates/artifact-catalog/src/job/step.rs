use std::fmt;

use serde::{Deserialize, Serialize};

/// The steps of a provision, in the order they happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is described by its name and in DESIGN.md")]
pub enum Step {
    Resolve,
    Evaluate,
    Preflight,
    Fetch,
    Verify,
    Extract,
    Prepare,
    Pkgver,
    Build,
    Check,
    Package,
    Smoke,
    Commit,
    Activate,
}

impl Step {
    /// The name, as events and the terminal write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Resolve => "resolve",
            Self::Evaluate => "evaluate",
            Self::Preflight => "preflight",
            Self::Fetch => "fetch",
            Self::Verify => "verify",
            Self::Extract => "extract",
            Self::Prepare => "prepare",
            Self::Pkgver => "pkgver",
            Self::Build => "build",
            Self::Check => "check",
            Self::Package => "package",
            Self::Smoke => "smoke",
            Self::Commit => "commit",
            Self::Activate => "activate",
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
