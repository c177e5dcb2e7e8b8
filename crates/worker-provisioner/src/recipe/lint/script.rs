use std::path::Path;

use super::{Problem, package::everywhere};
use crate::recipe::declared::Declared;

/// Install scripts and changelogs that are not in the recipe's folder.
pub(crate) fn scripts(declared: &Declared, folder: &Path) -> Vec<Problem> {
    let mut problems = Vec::new();
    for field in ["install", "changelog"] {
        for (package, files) in everywhere(declared, field) {
            for file in files.iter().filter(|f| !f.is_empty() && !folder.join(f).is_file()) {
                let message = format!("names {file:?}, which is no file beside the PKGBUILD");
                let remedy = "add the file, or remove the line";
                problems.push(
                    Problem::error("missing-file", field, message, remedy).of(package).about(file),
                );
            }
        }
    }
    problems
}
