use std::path::Path;

use rbee_hive_artifact_catalog::Architecture;

use super::WorkerNote;
use crate::{package::Ownership, recipe::Declared, settings::SOURCE_DATE_EPOCH};

/// A package that its function has filled, and what is known about it.
#[derive(Debug)]
pub(crate) struct Package<'a> {
    /// Its `pkgname`.
    pub(crate) name: &'a str,
    /// The recipe's `pkgbase`.
    pub(crate) base: &'a str,
    /// `[epoch:]pkgver-pkgrel`.
    pub(crate) version: &'a str,
    /// The variables of the shell as the function left them, its overrides among them.
    pub(crate) declared: &'a Declared,
    /// The folder that is its root.
    pub(crate) part: &'a Path,
    /// The folder that its install script and changelog lie in.
    pub(crate) start: &'a Path,
    pub(crate) architecture: Architecture,
    /// The digest of the PKGBUILD, as `pkgver()` left it.
    pub(crate) pkgbuild_sha256: &'a str,
    pub(crate) ownership: &'a Ownership,
    /// What was there for the build besides the host's own: `name-version-architecture`.
    pub(crate) installed: &'a [String],
    /// What makes a worker of it, if its entrypoint is in this package.
    pub(crate) worker: Option<&'a WorkerNote>,
}

/// A value that the package's metadata cannot hold.
#[derive(Debug, thiserror::Error)]
#[error("the package's {key} is {value:?}, which pacman could not read; write it on one line")]
pub(crate) struct Invalid {
    pub(crate) key: &'static str,
    pub(crate) value: String,
}

impl Package<'_> {
    /// When everything in it is from, in seconds since 1970.
    pub(super) fn date(&self) -> Result<i64, Invalid> {
        let value = match self.declared.string("SOURCE_DATE_EPOCH") {
            "" => SOURCE_DATE_EPOCH,
            value => value,
        };
        let date = value.parse().ok().filter(|date| *date >= 0);
        date.ok_or_else(|| Invalid { key: "SOURCE_DATE_EPOCH", value: value.to_owned() })
    }

    pub(super) fn packager(&self) -> &str {
        match self.declared.string("PACKAGER") {
            "" => "Unknown Packager",
            packager => packager,
        }
    }

    /// `any`, or the one that it was built for.
    pub(super) fn architecture(&self) -> &str {
        if self.declared.string("arch") == "any" { "any" } else { self.architecture.as_str() }
    }
}
