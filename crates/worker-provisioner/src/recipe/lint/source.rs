use super::Problem;
use crate::{
    recipe::{declared::Declared, sources as declared_sources},
    source::{Algorithm, Location, Source, SourceError, Sum},
};

/// Sources that cannot be read, and those that nothing fixes: what is built may change without the
/// recipe.
pub(crate) fn sources(declared: &Declared) -> Vec<Problem> {
    let mut problems = Vec::new();
    let suffixes = declared.array("arch").iter().filter(|a| *a != "any").map(|a| format!("_{a}"));
    for suffix in [String::new()].into_iter().chain(suffixes) {
        match declared_sources::of_suffix(declared, &suffix) {
            Ok(sources) => {
                for source in &sources {
                    problems.extend(unfixed(source, &sources, &suffix));
                }
            }
            Err(error) => problems.push(unreadable(&error, &suffix)),
        }
    }
    problems
}

fn unreadable(error: &SourceError, suffix: &str) -> Problem {
    let (field, element) = match error {
        SourceError::Counts { array, .. } => (format!("{array}{suffix}"), None),
        SourceError::Sum { array, sum, .. } => (format!("{array}{suffix}"), Some(sum.clone())),
        SourceError::Entry { entry, .. } | SourceError::Unsupported { entry, .. } => {
            (format!("source{suffix}"), Some(entry.clone()))
        }
        _ => (format!("source{suffix}"), None),
    };
    let remedy = "`rbee-hive recipe checksums` writes the sums that belong to the sources";
    let problem = Problem::error("bad-source", &field, format!("cannot be used: {error}"), remedy);
    Problem { element, ..problem }
}

fn unfixed(source: &Source, all: &[Source], suffix: &str) -> Option<Problem> {
    let field = format!("source{suffix}");
    let warning = |rule, message: String, remedy: &str| {
        Some(Problem::warning(rule, &field, message, remedy).about(&source.origin))
    };
    let name = source.name.as_str();
    if all.iter().any(|other| source.is_signature_of(other)) {
        return None;
    }
    let summed: Vec<_> =
        source.sums.iter().filter(|(_, sum)| matches!(sum, Sum::Hex(_))).map(|(a, _)| *a).collect();
    if matches!(source.location, Location::Git(_)) {
        if source.pinned() {
            return None;
        }
        let message = format!("has {name}, which follows what its repository has on that day");
        return warning("unpinned-source", message, "name the commit: #commit=<40 digits>");
    }
    if source.sums.is_empty() {
        let message = format!("has {name}, which no sum belongs to");
        return warning("no-sum", message, "`rbee-hive recipe checksums` writes them");
    }
    if summed.is_empty() {
        let message = format!(
            "has {name}, whose sum is SKIP: nothing tells whether it is what the recipe means"
        );
        return warning("skipped-sum", message, "give it a sha256 sum; SKIP is for VCS sources");
    }
    let moving = source.url().split(['/', '?', '#', '=']).any(|part| {
        matches!(
            part.to_ascii_lowercase().as_str(),
            "latest" | "master.zip" | "main.zip" | "master.tar.gz" | "main.tar.gz" | "head.tar.gz"
        )
    });
    if moving && source.location != Location::Local {
        let message = format!("has {name}, from an address whose content changes");
        return warning("moving-address", message, "take the address of one release");
    }
    if !summed.iter().any(|a| a.is_strong()) {
        let weak: Vec<_> = summed.iter().map(|a: &Algorithm| a.array()).collect();
        let message =
            format!("has {name}, which only {} vouches for: it can be forged", weak.join(" and "));
        return warning("weak-sum", message, "add sha256sums or b2sums");
    }
    None
}
