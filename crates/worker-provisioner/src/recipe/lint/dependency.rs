use super::{Problem, name, package::everywhere, version};
use crate::recipe::declared::Declared;

/// The arrays of packages that makepkg looks at; it takes any `replaces`.
const FIELDS: &[&str] =
    &["depends", "makedepends", "checkdepends", "optdepends", "conflicts", "provides"];

/// The names and versions of other packages.
pub(super) fn check(declared: &Declared, problems: &mut Vec<Problem>) {
    let suffixes = declared.array("arch").iter().map(|a| format!("_{a}"));
    for suffix in [String::new()].into_iter().chain(suffixes) {
        for field in FIELDS {
            let variable = format!("{field}{suffix}");
            for (package, values) in everywhere(declared, &variable) {
                let found = values.iter().filter_map(|value| {
                    let problem = problem(field, &variable, value)?;
                    Some(problem.of(package).about(value))
                });
                problems.extend(found);
            }
        }
    }
}

fn problem(field: &str, variable: &str, value: &str) -> Option<Problem> {
    let what = match field {
        "optdepends" => before_description(value),
        _ => value,
    };
    if field == "provides" && what.contains(['<', '>']) {
        let message = format!("has {what:?}, but what is provided has one version");
        return Some(Problem::error(
            "bad-provides",
            variable,
            message,
            "write NAME or NAME=VERSION",
        ));
    }
    let (name, version) = if field == "provides" {
        what.rsplit_once('=').map_or((what, None), |(name, version)| (name, Some(version)))
    } else {
        match what.find(['<', '>', '=']) {
            Some(at) => (&what[..at], Some(after_operator(&what[at..]))),
            None => (what, None),
        }
    };
    let found = name::problem(variable, name).or_else(|| version::full(variable, version?))?;
    if field == "optdepends" && what.contains(':') {
        return Some(Problem {
            remedy: "write a blank after the colon: 'NAME: why'".to_owned(),
            ..found
        });
    }
    Some(found)
}

/// `NAME: why` without the reason; a colon without white space after it starts none.
fn before_description(value: &str) -> &str {
    let end = value.char_indices().find(|(at, c)| {
        *c == ':' && value[at + 1..].starts_with(|c: char| c.is_ascii_whitespace() || c == '\u{b}')
    });
    end.map_or(value, |(at, _)| &value[..at])
}

/// What comes after `<=`, `>=`, `<`, `>` or `=`.
fn after_operator(text: &str) -> &str {
    ["<=", ">=", "<", ">", "="].iter().find_map(|o| text.strip_prefix(o)).unwrap_or(text)
}
