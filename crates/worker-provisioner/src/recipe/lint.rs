//! What makepkg's lint refuses, and what makes a recipe no worker recipe.

use std::{fmt, str::FromStr};

use rbee_hive_artifact_catalog::WorkerType;

use super::declared::{Declared, Value};

/// One thing that is wrong with a recipe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    /// The variable or function.
    pub(crate) field: String,
    /// What is wrong and what to do.
    pub(crate) message: String,
}

impl Problem {
    fn new(field: &str, message: impl Into<String>) -> Self {
        Self { field: field.to_owned(), message: message.into() }
    }

    pub(super) fn list(problems: &[Self]) -> String {
        problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.field, self.message)
    }
}

const STRINGS: &[&str] = &[
    "pkgbase",
    "pkgver",
    "pkgrel",
    "epoch",
    "pkgdesc",
    "url",
    "install",
    "changelog",
    "_worker_entrypoint",
    "_worker_health",
];

/// Everything that makepkg would refuse before it fetches anything (exit 12 there).
pub(super) fn package(declared: &Declared) -> Vec<Problem> {
    let mut problems = Vec::new();
    kinds(declared, &mut problems);
    for name in declared.package_names() {
        if !is_name(name) {
            let rule = "may only have A-Z a-z 0-9 @ . _ + - and may not start with a hyphen or dot";
            problems.push(Problem::new("pkgname", format!("{name:?} {rule}")));
        }
    }
    if declared.package_names().is_empty() {
        problems.push(Problem::new("pkgname", "is missing"));
    }
    let pkgver = declared.string("pkgver");
    if pkgver.is_empty() {
        problems.push(Problem::new("pkgver", "is missing"));
    } else if let Some(problem) = pkgver_problem(pkgver) {
        problems.push(problem);
    }
    let pkgrel = declared.string("pkgrel");
    if !is_release(pkgrel) {
        problems.push(Problem::new("pkgrel", format!("is {pkgrel:?}; it is a number, or N.N")));
    }
    let epoch = declared.string("epoch");
    if !epoch.bytes().all(|b| b.is_ascii_digit()) {
        problems.push(Problem::new("epoch", format!("is {epoch:?}; it is a whole number")));
    }
    architectures(declared, &mut problems);
    dependencies(declared, &mut problems);
    functions(declared, &mut problems);
    problems
}

/// What a worker needs beyond a package.
pub(super) fn worker(declared: &Declared) -> Vec<Problem> {
    let mut problems = Vec::new();
    let entrypoint = declared.string("_worker_entrypoint");
    let inside = !entrypoint.split('/').any(|part| matches!(part, "" | "." | ".."));
    if !entrypoint.is_empty() && (!inside || entrypoint.contains(['\n', '\0'])) {
        let what =
            format!("is {entrypoint:?}; it is a path in the package, such as usr/bin/server");
        problems.push(Problem::new("_worker_entrypoint", what));
    }
    for backend in declared.array("_worker_backends") {
        if let Err(unknown) = WorkerType::from_str(backend) {
            problems.push(Problem::new("_worker_backends", format!("has an {unknown}")));
        }
    }
    for phase in declared.array("_worker_network") {
        if phase != "prepare" {
            let what = format!("names {phase:?}; only prepare may have the network");
            problems.push(Problem::new("_worker_network", what));
        }
    }
    problems
}

/// What is wrong with a `pkgver`, whether declared or made by the function `pkgver()`.
pub(crate) fn pkgver_problem(pkgver: &str) -> Option<Problem> {
    let bad = pkgver.is_empty()
        || !pkgver.is_ascii()
        || pkgver.contains([':', '/', '-'])
        || pkgver.contains(|c: char| c.is_whitespace() || c.is_control());
    let rule = "may not be empty or have a colon, slash, hyphen or white space";
    bad.then(|| Problem::new("pkgver", format!("is {pkgver:?}; it {rule}")))
}

fn kinds(declared: &Declared, problems: &mut Vec<Problem>) {
    for (name, value) in &declared.globals {
        let is_string = STRINGS.contains(&name.as_str());
        match value {
            Value::Array(_) if is_string => {
                problems.push(Problem::new(name, "is an array; it is one string"));
            }
            // makepkg takes a plain pkgname.
            Value::String(_) if !is_string && name != "pkgname" => {
                problems.push(Problem::new(name, format!("is one string; write {name}=(...)")));
            }
            Value::Array(values)
                if values.iter().any(String::is_empty) && !name.starts_with("_worker_") =>
            {
                problems.push(Problem::new(name, "has an empty element"));
            }
            _ => {}
        }
    }
}

fn architectures(declared: &Declared, problems: &mut Vec<Problem>) {
    let names = declared.array("arch");
    if names.is_empty() {
        problems.push(Problem::new("arch", "is missing: arch=(x86_64), or arch=(any)"));
    } else if names.len() > 1 && names.iter().any(|a| a == "any") {
        problems.push(Problem::new("arch", "has any beside others"));
    }
}

/// Names of packages become arguments of the host's package manager.
fn dependencies(declared: &Declared, problems: &mut Vec<Problem>) {
    const FIELDS: &[&str] = &["depends", "makedepends", "checkdepends"];
    let packages = declared.packages.values().flatten();
    for (field, value) in declared.globals.iter().chain(packages) {
        if !FIELDS.iter().any(|f| field == f || field.starts_with(&format!("{f}_"))) {
            continue;
        }
        for dependency in value.as_slice().iter().filter(|d| !d.is_empty()) {
            let end = dependency.find(['<', '>', '=', ':']).unwrap_or(dependency.len());
            if !is_name(dependency[..end].trim()) {
                let what = format!("has {dependency:?}, which is no name of a package");
                problems.push(Problem::new(field, what));
            }
        }
    }
}

fn functions(declared: &Declared, problems: &mut Vec<Problem>) {
    let names = declared.package_names();
    let split = names.len() > 1;
    if split && declared.has_function("package") {
        problems.push(Problem::new("package()", "is ambiguous: write a package_NAME() for each"));
    }
    for name in names.iter().filter(|_| split) {
        if !declared.has_function(&format!("package_{name}")) {
            problems.push(Problem::new(&format!("package_{name}()"), "is missing"));
        }
    }
    let packages = declared.functions.iter().any(|f| f == "package" || f.starts_with("package_"));
    if !packages && declared.has_function("build") {
        problems.push(Problem::new("package()", "is missing, though there is a build()"));
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(['-', '.'])
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"@._+-".contains(&b))
}

fn is_release(pkgrel: &str) -> bool {
    let number = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    match pkgrel.split_once('.') {
        None => number(pkgrel),
        Some((major, minor)) => number(major) && number(minor),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declared(pairs: &[(&str, &str)]) -> Declared {
        let mut declared = Declared::default();
        for (name, value) in pairs {
            declared.globals.insert((*name).to_owned(), Value::String((*value).to_owned()));
        }
        for name in ["pkgname", "arch"] {
            let value = declared.string(name).split_whitespace().map(str::to_owned).collect();
            declared.globals.insert(name.to_owned(), Value::Array(value));
        }
        declared
    }

    fn fields(problems: &[Problem]) -> Vec<&str> {
        problems.iter().map(|p| p.field.as_str()).collect()
    }

    #[test]
    fn a_plain_recipe_has_no_problem() {
        let good = [("pkgname", "a"), ("pkgver", "1.0"), ("pkgrel", "1"), ("arch", "any")];
        assert_eq!(package(&declared(&good)), []);
        assert_eq!(worker(&declared(&[("_worker_entrypoint", "usr/bin/a")])), []);
    }

    #[test]
    fn every_problem_is_named() {
        let bad = [
            ("pkgname", "-a"),
            ("pkgver", "1:0"),
            ("pkgrel", "x"),
            ("epoch", "-1"),
            ("arch", "any x86_64"),
            ("depends", "glibc"),
        ];
        let found = package(&declared(&bad));
        assert_eq!(fields(&found), ["depends", "pkgname", "pkgver", "pkgrel", "epoch", "arch"]);
        for entrypoint in ["/usr/bin/a", "../a", "usr//a"] {
            let found = worker(&declared(&[("_worker_entrypoint", entrypoint)]));
            assert_eq!(fields(&found), ["_worker_entrypoint"], "{entrypoint:?}");
        }
    }
}
