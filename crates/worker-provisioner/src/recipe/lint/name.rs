use super::Problem;
use crate::recipe::declared::Declared;

/// The names of the packages and of their base.
pub(super) fn check(declared: &Declared, problems: &mut Vec<Problem>) {
    let names = declared.package_names();
    if names.iter().all(String::is_empty) {
        let remedy = "name the package: pkgname=my-engine";
        problems.push(Problem::error("missing", "pkgname", "is missing", remedy));
        return;
    }
    problems.extend(names.iter().filter_map(|name| problem("pkgname", name)));
    let base = declared.string("pkgbase");
    if !base.is_empty() {
        problems.extend(problem("pkgbase", base));
    }
}

/// What is wrong with the name of a package.
pub(in crate::recipe) fn problem(field: &str, name: &str) -> Option<Problem> {
    let bad = |message: String, remedy: &str| {
        Some(Problem::error("bad-name", field, message, remedy).about(name))
    };
    let allowed = |c: char| c.is_ascii_alphanumeric() || "@._+-".contains(c);
    if name.is_empty() {
        bad("has an empty name".to_owned(), "remove it, or write the name of a package")
    } else if name.starts_with(['-', '.']) {
        bad(
            format!(
                "has {name:?}, which begins with a {}",
                if name.starts_with('-') { "hyphen" } else { "dot" }
            ),
            "begin it with a letter or digit",
        )
    } else if name.contains(|c| !allowed(c)) {
        let found: String = name.chars().filter(|c| !allowed(*c)).collect();
        let message = format!("has {name:?}, with {found:?} in the name");
        bad(message, "a name is made of A-Z a-z 0-9 @ . _ + -")
    } else {
        None
    }
}
