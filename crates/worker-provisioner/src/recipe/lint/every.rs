use std::path::Path;

use rbee_hive_artifact_catalog::Architecture;

use super::{
    Problem,
    package::{everywhere, package},
    script::scripts,
    source::sources,
    worker::library,
    worker::worker,
};
use crate::recipe::{RecipeError, declared::Declared, schema};

/// Everything that is wrong with a recipe that lies in `folder`, errors and warnings.
pub(crate) fn every_problem(
    declared: &Declared,
    architecture: Architecture,
    folder: &Path,
) -> Vec<Problem> {
    let mut problems = package(declared, Some(architecture.as_str()));
    problems.extend(scripts(declared, folder));
    problems.extend(worker(declared));
    problems.extend(sources(declared));
    problems.extend(empty(declared));
    problems.extend(library(declared));
    problems
}

/// makepkg takes empty elements up to its version 6.0.
fn empty(declared: &Declared) -> Vec<Problem> {
    let fields = schema::BASE_ARRAYS.iter().filter(|field| {
        everywhere(declared, field).any(|(_, values)| values.iter().any(String::is_empty))
    });
    let problem = |field: &&str| {
        let message = "has an empty element, which newer versions of makepkg refuse";
        Problem::warning("empty-element", field, message, "remove it")
    };
    fields.map(problem).collect()
}

/// What kept a recipe from being evaluated, as problems.
pub(crate) fn problems_of(error: RecipeError) -> Vec<Problem> {
    if let RecipeError::Refused { problems, .. } = error {
        return problems;
    }
    let remedy = "`bash -n PKGBUILD` tells of syntax errors; the last command at the top level has to succeed";
    let mut message = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(error) = cause {
        message = format!("{message}: {error}");
        cause = error.source();
    }
    vec![Problem::error(
        "evaluation",
        "PKGBUILD",
        format!("cannot be evaluated: {message}"),
        remedy,
    )]
}
