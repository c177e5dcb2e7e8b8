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
    let mut all = Vec::new();
    let named = declared.array("arch").iter().any(|a| a == architecture.as_str());
    let own = named.then(|| format!("_{architecture}"));
    for suffix in [String::new()].into_iter().chain(own) {
        let sums: Vec<_> = Algorithm::ALL
            .iter()
            .map(|a| (*a, declared.array(&format!("{}{suffix}", a.array())).to_vec()))
            .collect();
        let entries = declared.array(&format!("source{suffix}"));
        all.extend(source::pair(entries, declared.array("noextract"), &sums)?);
    }
    Ok(all)
}
