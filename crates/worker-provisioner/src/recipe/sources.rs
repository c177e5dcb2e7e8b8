use rbee_hive_artifact_catalog::Architecture;

use super::Declared;
use crate::source::{self, Algorithm, Source, SourceError};

/// The sources of a recipe for an architecture: those of all, then its own, each with its sums.
///
/// # Errors
/// If an entry cannot be read, or the sums do not match the sources in number.
pub(crate) fn sources(
    declared: &Declared,
    architecture: Architecture,
) -> Result<Vec<Source>, SourceError> {
    let named = declared.array("arch").iter().any(|a| a == architecture.as_str());
    let own = named.then(|| format!("_{architecture}"));
    let mut all = of_suffix(declared, "")?;
    if let Some(suffix) = own {
        all.extend(of_suffix(declared, &suffix)?);
    }
    Ok(all)
}

/// The sources of one array: `source` followed by the suffix.
///
/// # Errors
/// As [`sources`].
pub(super) fn of_suffix(declared: &Declared, suffix: &str) -> Result<Vec<Source>, SourceError> {
    let sums: Vec<_> = Algorithm::ALL
        .iter()
        .map(|a| (*a, declared.array(&format!("{}{suffix}", a.array())).to_vec()))
        .collect();
    let entries = declared.array(&format!("source{suffix}"));
    source::pair(entries, declared.array("noextract"), &sums)
}
