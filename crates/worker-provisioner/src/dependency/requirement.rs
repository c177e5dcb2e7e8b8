use std::{cmp::Ordering, fmt};

use rbee_hive_artifact_catalog::compare_versions;

/// An entry of `depends`, `conflicts` or `provides`: a name, perhaps with a version after `=`, `<`,
/// `<=`, `>` or `>=` (PKGBUILD(5)).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Requirement {
    pub(crate) name: String,
    bound: Option<Bound>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Bound {
    comparison: Comparison,
    version: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Comparison {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparison {
    /// The longer ones first, as they are looked for at the start of a text.
    const ALL: [(&'static str, Self); 5] = [
        ("<=", Self::LessOrEqual),
        (">=", Self::GreaterOrEqual),
        ("<", Self::Less),
        (">", Self::Greater),
        ("=", Self::Equal),
    ];

    fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(_, c)| *c == self).map_or("=", |(text, _)| text)
    }
}

impl Requirement {
    /// Reads an entry. A description, which optional dependencies have after a colon, is left out.
    pub(crate) fn parse(entry: &str) -> Self {
        let entry = entry.split_once(": ").map_or(entry, |(entry, _)| entry).trim();
        let end = entry.find(['<', '>', '=']).unwrap_or(entry.len());
        let (name, rest) = entry.split_at(end);
        let bound = Comparison::ALL.iter().find_map(|(text, comparison)| {
            let version = rest.strip_prefix(text)?.trim().to_owned();
            Some(Bound { comparison: *comparison, version })
        });
        Self { name: name.trim().trim_end_matches(':').to_owned(), bound }
    }

    /// Whether it is the name of a shared library, `libfoo.so`.
    pub(crate) fn is_library(&self) -> bool {
        self.name.contains(".so")
    }

    /// Whether any version will do.
    pub(crate) fn is_any(&self) -> bool {
        self.bound.is_none()
    }

    /// Whether a version is one of those wanted.
    pub(crate) fn allows(&self, version: &str) -> bool {
        let Some(bound) = &self.bound else { return true };
        let order = compare_versions(version, &bound.version);
        match bound.comparison {
            Comparison::Equal => order == Ordering::Equal,
            Comparison::Less => order == Ordering::Less,
            Comparison::LessOrEqual => order != Ordering::Greater,
            Comparison::Greater => order == Ordering::Greater,
            Comparison::GreaterOrEqual => order != Ordering::Less,
        }
    }

    /// Whether something that is provided under a name, of which the version may not be known, is
    /// what is wanted. The version of a library (`libfoo.so`) is only found when it is packaged.
    pub(crate) fn is_met_by(&self, provided: &Provided) -> bool {
        self.name == provided.name
            && match &provided.version {
                Some(version) => self.allows(version),
                None => self.is_any() || self.is_library(),
            }
    }
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        match &self.bound {
            Some(bound) => write!(f, "{}{}", bound.comparison.as_str(), bound.version),
            None => Ok(()),
        }
    }
}

/// Something that a recipe has for others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Provided {
    name: String,
    version: Option<String>,
}

impl Provided {
    /// A package under its own name.
    pub(crate) fn package(name: &str, version: &str) -> Self {
        Self { name: name.to_owned(), version: Some(version.to_owned()) }
    }

    /// An entry of `provides`.
    pub(crate) fn parse(entry: &str) -> Self {
        let entry = Requirement::parse(entry);
        Self { name: entry.name, version: entry.bound.map(|bound| bound.version) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_read_as_makepkg_reads_them() {
        for (entry, name, shown) in [
            ("cmake", "cmake", "cmake"),
            ("cmake>=3.20", "cmake", "cmake>=3.20"),
            ("cmake=1:2-3", "cmake", "cmake=1:2-3"),
            ("cmake: builds it", "cmake", "cmake"),
            ("libfoo.so=1-64", "libfoo.so", "libfoo.so=1-64"),
            ("a<=1", "a", "a<=1"),
        ] {
            let requirement = Requirement::parse(entry);
            assert_eq!(
                (requirement.name.as_str(), requirement.to_string().as_str()),
                (name, shown)
            );
        }
    }

    #[test]
    fn versions_are_compared_and_a_pkgrel_may_be_left_out() {
        let allows = |entry: &str, version: &str| Requirement::parse(entry).allows(version);
        assert!(allows("a>=1.2", "1.2-1") && allows("a=1.2", "1.2-3") && allows("a<2", "1.10-1"));
        assert!(
            !allows("a>1.2", "1.2-1") && !allows("a=1.2-2", "1.2-1") && !allows("a<9", "1:1-1")
        );
        assert!(allows("a", "anything"));
    }

    #[test]
    fn what_is_provided_without_a_version_meets_only_who_wants_none() {
        let met = |entry: &str, provides: &str| {
            Requirement::parse(entry).is_met_by(&Provided::parse(provides))
        };
        assert!(met("blas", "blas") && met("blas>=3", "blas=3.9"));
        assert!(!met("blas>=3", "blas") && !met("blas", "cblas") && !met("blas>4", "blas=3.9"));
        assert!(met("libfoo.so=1-64", "libfoo.so"));
    }
}
