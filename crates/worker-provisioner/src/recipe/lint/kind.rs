use super::Problem;
use crate::recipe::{
    declared::{Declared, Value},
    schema::{self, BASE_ARRAYS, OVERRIDES, SUFFIXED},
};

/// Strings of a worker; its other variables are arrays.
const WORKER_STRINGS: &[&str] = &["_worker_entrypoint", "_worker_health"];

/// Strings where arrays belong and the reverse, suffixes that do not exist, and what the function
/// of a package may not set.
pub(super) fn check(declared: &Declared, problems: &mut Vec<Problem>) {
    for (name, value) in &declared.globals {
        global(declared, name, value, problems);
    }
    if let Some((_, last)) = declared.holes.get("source") {
        let count = declared.array("source").len();
        let message = format!("has holes: {count} entries, the last of them with the index {last}");
        let remedy = "give no indices, or every one from 0";
        problems.push(Problem::error("sparse-array", "source", message, remedy));
    }
    for (package, variables) in &declared.packages {
        for name in variables.keys() {
            own(declared, package, name, false, problems);
        }
    }
    for (package, name) in &declared.misfits {
        own(declared, package, name, true, problems);
    }
}

fn global(declared: &Declared, name: &str, value: &Value, problems: &mut Vec<Problem>) {
    let (plain, suffix) = split(declared, name);
    if let Some(suffix) = suffix {
        problems.extend(suffixed(plain, suffix, name));
        if suffix == "any" || !SUFFIXED.contains(&plain) {
            return;
        }
    } else if plain != name {
        return; // of an architecture that the recipe has not, or another word altogether
    }
    let is_string = schema::is_string(plain) || WORKER_STRINGS.contains(&plain);
    let is_array = schema::is_array(plain) || (plain.starts_with("_worker_") && !is_string);
    match value {
        Value::Array(_) if is_string => problems.push(array(name)),
        Value::String(_) if is_array => problems.push(string(name)),
        _ => {}
    }
}

fn own(declared: &Declared, package: &str, name: &str, misfit: bool, problems: &mut Vec<Problem>) {
    let (plain, suffix) = split(declared, name);
    if plain != name && suffix.is_none() {
        return; // an architecture that only the package has: makepkg does not look at it
    }
    let mut found = Vec::new();
    if let Some(suffix) = suffix {
        found.extend(suffixed(plain, suffix, name));
    }
    if found.is_empty() && !OVERRIDES.contains(&plain) {
        let message = "is set in the function of a package, which cannot change it";
        let remedy = format!("set it at the top level, or take another name, such as _{name}");
        found.push(Problem::error("not-an-override", name, message, remedy));
    }
    if misfit && found.is_empty() {
        found.push(if schema::is_string(plain) { array(name) } else { string(name) });
    }
    problems.extend(found.into_iter().map(|problem| problem.of(Some(package))));
}

/// A variable's plain name and the architecture of the recipe, or `any`, that is its suffix.
fn split<'a>(declared: &Declared, name: &'a str) -> (&'a str, Option<&'a str>) {
    match name.split_once('_') {
        Some((plain, suffix)) if !plain.is_empty() => {
            let named = declared.array("arch").iter().any(|a| a == suffix);
            (plain, named.then_some(suffix))
        }
        _ => (name, None),
    }
}

fn suffixed(plain: &str, suffix: &str, name: &str) -> Option<Problem> {
    if !SUFFIXED.contains(&plain) {
        let message = "is of one architecture, which this variable cannot be";
        let remedy = format!(
            "rename it to {plain}; only {} have suffixes",
            BASE_ARRAYS
                .iter()
                .filter(|a| SUFFIXED.contains(a))
                .copied()
                .collect::<Vec<_>>()
                .join(" ")
        );
        Some(Problem::error("no-such-suffix", name, message, remedy))
    } else if suffix == "any" {
        let message = "is of the architecture any, which has no variables of its own";
        Some(Problem::error("no-such-suffix", name, message, format!("rename it to {plain}")))
    } else {
        None
    }
}

fn array(name: &str) -> Problem {
    Problem::error(
        "not-a-string",
        name,
        "is an array",
        format!("it is one string: write {name}=..."),
    )
}

fn string(name: &str) -> Problem {
    Problem::error(
        "not-an-array",
        name,
        "is one string",
        format!("it is an array: write {name}=(...)"),
    )
}
