use super::{Problem, architecture, dependency, function, kind, name, version};
use crate::recipe::{
    declared::{Declared, Value},
    schema,
};

/// Everything that makepkg refuses before it fetches anything (its exit code 12). To print a
/// `.SRCINFO` it does not ask whether the recipe is for an `architecture`.
pub(crate) fn package(declared: &Declared, architecture: Option<&str>) -> Vec<Problem> {
    let mut problems = Vec::new();
    shell(declared, &mut problems);
    kind::check(declared, &mut problems);
    name::check(declared, &mut problems);
    version::check(declared, &mut problems);
    architecture::check(declared, architecture, &mut problems);
    dependency::check(declared, &mut problems);
    options(declared, &mut problems);
    backup(declared, &mut problems);
    function::check(declared, &mut problems);
    problems
}

/// A field as the recipe has it and as its packages' functions set it: the package, the values.
pub(super) fn everywhere<'a>(
    declared: &'a Declared,
    field: &'a str,
) -> impl Iterator<Item = (Option<&'a str>, &'a [String])> {
    let own = declared.packages.iter().filter_map(move |(package, variables)| {
        Some((Some(package.as_str()), variables.get(field)?.as_slice()))
    });
    let global = declared.globals.get(field).map(Value::as_slice);
    global.into_iter().map(|values| (None, values)).chain(own)
}

/// makepkg goes on with the shell that the recipe leaves, and does not survive these options.
fn shell(declared: &Declared, problems: &mut Vec<Problem>) {
    let has = |letter| declared.shell_options.contains(letter);
    // Every look at a package that does not name its own architectures "fails".
    let lenient =
        |package: &String| declared.packages.get(package).is_some_and(|v| v.contains_key("arch"));
    let errexit = has('e') && !declared.package_names().iter().all(lenient);
    for (set, option, letter) in [(errexit, "errexit", 'e'), (has('u'), "nounset", 'u')] {
        if set {
            let message = format!("leaves the shell's option {option} on, which ends makepkg");
            let remedy = format!("remove `set -{letter}`, functions run with errexit anyway");
            problems.push(Problem::error(
                "shell-option",
                &format!("set -{letter}"),
                message,
                remedy,
            ));
        }
    }
}

fn options(declared: &Declared, problems: &mut Vec<Problem>) {
    for (package, options) in everywhere(declared, "options") {
        for option in options {
            let name = option.strip_prefix('!').unwrap_or(option);
            if !schema::OPTIONS.contains(&name) {
                let message = format!("has the unknown option {option:?}");
                let remedy =
                    format!("take from {}, with a ! to switch one off", schema::OPTIONS.join(" "));
                problems.push(
                    Problem::error("unknown-option", "options", message, remedy)
                        .of(package)
                        .about(option),
                );
            }
        }
    }
}

fn backup(declared: &Declared, problems: &mut Vec<Problem>) {
    for (package, files) in everywhere(declared, "backup") {
        for file in files.iter().filter(|file| file.starts_with('/')) {
            let message = format!("has {file:?}, which begins with a slash");
            let remedy = format!("write {:?}", file.trim_start_matches('/'));
            problems.push(
                Problem::error("backup-slash", "backup", message, remedy).of(package).about(file),
            );
        }
    }
}
