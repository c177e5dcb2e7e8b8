//! One row of the table: a recipe, what makepkg made of it, and what the hive did.

use std::{
    panic::{self, AssertUnwindSafe},
    path::Path,
};

use crate::{
    difference,
    hive::{self, Outcome},
    recipe::{Expectation, Recipe},
    reference::{self, Reference},
    server::Server,
    workbench::{USER, Workbench},
};

/// A row of the table.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) rules: Vec<u32>,
    pub(crate) name: String,
    pub(crate) makepkg: String,
    pub(crate) ours: String,
    /// What is not as it should be, a line each.
    pub(crate) differences: Vec<String>,
}

impl Row {
    pub(crate) fn agrees(&self) -> bool {
        self.differences.is_empty()
    }
}

/// Gives a recipe to both. A row that cannot be made is one that differs.
pub(crate) fn compare(recipe: &Recipe, server: &Server) -> Row {
    let made = panic::catch_unwind(AssertUnwindSafe(|| columns(recipe, server)));
    let (makepkg, ours, differences) = made.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map_or("a panic", String::as_str);
        (String::new(), "?".to_owned(), vec![text.to_owned()])
    });
    Row { rules: recipe.rules.clone(), name: recipe.name.clone(), makepkg, ours, differences }
}

/// The columns of makepkg and of the hive, and what differs.
type Columns = (String, String, Vec<String>);

fn columns(recipe: &Recipe, server: &Server) -> Columns {
    let bench = &Workbench::new(recipe, server);
    if bench.before {
        bench.take_before();
        reference::build_before(recipe, bench);
        hive::build_before(recipe, bench);
        bench.take_after();
    }
    match &recipe.expectation {
        Expectation::Same => built(recipe, bench),
        Expectation::SameSrcinfo => printed(recipe, bench),
        Expectation::NothingToDo => again(recipe, bench),
        Expectation::AsRoot => as_root(recipe, bench),
        Expectation::Accepted(code, reason) => accepted(recipe, bench, *code, reason),
        Expectation::Refused(code) => refused(recipe, bench, *code),
        Expectation::Documented(text) => documented(recipe, bench, text),
    }
}

fn built(recipe: &Recipe, bench: &Workbench) -> Columns {
    let theirs = reference::build(recipe, bench);
    let ours = hive::build(recipe, bench);
    let mut differences = Vec::new();
    if theirs.exit != 0 {
        differences.push(format!("makepkg failed: {}", theirs.log));
    }
    let column = match ours {
        Outcome::Built { packages, warnings } => {
            differences.extend(difference::of_sets(&theirs.packages, &packages));
            differences.extend(missing_warning(recipe, &theirs, &warnings));
            "same".to_owned()
        }
        refused @ Outcome::Refused { .. } => {
            let column = short(&refused);
            differences.push(text_of(refused));
            column
        }
    };
    (summary(&theirs), column, differences)
}

/// The warning that the recipe is there for.
fn missing_warning(recipe: &Recipe, theirs: &Reference, ours: &[String]) -> Option<String> {
    let wanted = recipe.warns.as_ref()?;
    let warning = |line: &&str| line.contains("WARNING") && line.contains(wanted);
    if !theirs.log.lines().any(|line| warning(&line)) {
        return Some(format!("makepkg does not warn of {wanted}: {}", theirs.log));
    }
    let warned = ours.iter().any(|warning| warning.contains(wanted));
    (!warned).then(|| format!("no warning of {wanted}, but {ours:?}"))
}

fn printed(recipe: &Recipe, bench: &Workbench) -> Columns {
    let (theirs, ours) = (reference::srcinfo(recipe, bench), hive::srcinfo(recipe, bench));
    let lines = |bytes: &[u8]| -> Vec<String> {
        String::from_utf8_lossy(bytes).split('\n').map(str::to_owned).collect()
    };
    let differences = match (&theirs, &ours) {
        (Ok(theirs), Ok(ours)) => {
            difference::of_lines(Path::new(".SRCINFO"), &lines(theirs), &lines(ours))
        }
        (theirs, ours) => vec![format!(".SRCINFO: {theirs:?}, ours {ours:?}")],
    };
    let count = theirs.map_or(0, |text| lines(&text).len() - 1);
    (format!(".SRCINFO of {count} lines"), "same".to_owned(), differences)
}

fn again(recipe: &Recipe, bench: &Workbench) -> Columns {
    let (_, _, mut differences) = built(recipe, bench);
    let exit = reference::exit_of(recipe, bench, USER);
    if exit != 13 {
        differences.push(format!("makepkg exits with {exit} the second time"));
    }
    let steps = hive::steps(&hive::install(recipe, bench));
    if steps != ["resolve", "evaluate", "activate"] {
        differences.push(format!("the hive's second time: {steps:?}"));
    }
    (format!("exit {exit} again"), "nothing built again".to_owned(), differences)
}

fn as_root(recipe: &Recipe, bench: &Workbench) -> Columns {
    let exit = reference::exit_of(recipe, bench, "0");
    let mut differences = Vec::new();
    if exit != 10 {
        differences.push(format!("makepkg exits with {exit} as root"));
    }
    let ended = hive::ended(&hive::install(recipe, bench));
    let sandbox = &ended["worker"]["provenance"]["sandbox"];
    if sandbox != "bwrap" {
        differences.push(format!("the hive's way: {ended}"));
    }
    (format!("exit {exit}"), "built, confined".to_owned(), differences)
}

fn accepted(recipe: &Recipe, bench: &Workbench, code: i32, reason: &str) -> Columns {
    let theirs = reference::build(recipe, bench);
    let ours = hive::build(recipe, bench);
    let mut differences = Vec::new();
    if theirs.exit != code {
        differences.push(format!("makepkg exits with {}: {}", theirs.exit, theirs.log));
    }
    if let Outcome::Refused { .. } = ours {
        differences.push(text_of(ours));
    }
    (summary(&theirs), reason.to_owned(), differences)
}

fn refused(recipe: &Recipe, bench: &Workbench, code: i32) -> Columns {
    let theirs = reference::build(recipe, bench);
    let ours = hive::build(recipe, bench);
    let mut differences = Vec::new();
    if theirs.exit != code {
        differences.push(format!("makepkg exits with {}: {}", theirs.exit, theirs.log));
    }
    // What is wrong with the command line, not with the recipe.
    let usage = [2, 3, 6].contains(&code) && matches!(ours, Outcome::Refused { exit: 2, .. });
    if !usage && !is_refusal(&ours) {
        differences.push(text_of(ours));
        return (summary(&theirs), "accepted".to_owned(), differences);
    }
    (summary(&theirs), short(&ours), differences)
}

fn documented(recipe: &Recipe, bench: &Workbench, text: &str) -> Columns {
    let ours = hive::build(recipe, bench);
    let expected = recipe.folder.join("expected");
    let (column, differences) = match &ours {
        Outcome::Built { packages, .. } if expected.exists() => {
            let mut differences = Vec::new();
            for entry in fs_err::read_dir(&expected).unwrap() {
                let (name, path) = {
                    let entry = entry.unwrap();
                    (entry.file_name(), entry.path())
                };
                let name = Path::new("usr/share").join(name);
                let lines = |bytes: &[u8]| -> Vec<String> {
                    String::from_utf8_lossy(bytes).lines().map(str::to_owned).collect()
                };
                let theirs = lines(&fs_err::read(path).unwrap());
                let ours = packages.values().find_map(|package| package.file(&name));
                differences.extend(difference::of_lines(
                    &name,
                    &theirs,
                    &lines(ours.unwrap_or_default()),
                ));
            }
            ("same".to_owned(), differences)
        }
        _ if !expected.exists() && is_refusal(&ours) => (short(&ours), Vec::new()),
        _ => (short(&ours), vec![text_of(ours)]),
    };
    (text.to_owned(), column, differences)
}

/// A refusal of the recipe, not a failure of ours.
fn is_refusal(outcome: &Outcome) -> bool {
    let kinds = ["recipe_refused", "source_failed", "build_failed", "not_found"];
    matches!(outcome, Outcome::Refused { kind, .. } if kinds.contains(&kind.as_str()))
}

fn summary(theirs: &Reference) -> String {
    let files: usize = theirs.packages.values().map(|package| package.members.len()).sum();
    match (theirs.exit, theirs.packages.len()) {
        (0, 1) => format!("{files} files"),
        (0, packages) => format!("{packages} packages, {files} files"),
        (exit, _) => format!("exit {exit}"),
    }
}

fn short(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Built { .. } => "built".to_owned(),
        Outcome::Refused { exit, kind, .. } => format!("exit {exit}, {kind}"),
    }
}

fn text_of(outcome: Outcome) -> String {
    match outcome {
        Outcome::Built { .. } => "the hive builds it".to_owned(),
        Outcome::Refused { exit, kind, message } => {
            format!("the hive refuses it with exit {exit}, {kind}: {message}")
        }
    }
}
