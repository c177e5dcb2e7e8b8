use std::path::PathBuf;

use clap::Args;
use rbee_hive_worker_catalog::{ErrorKind, LintProblem, ProvisionOptions, RecipeLint, recipe_lint};
use serde_json::{Value, json};

use super::SandboxName;
use crate::{
    error::Error,
    exit::Done,
    runtime::block_on,
    session::Session,
    terminal::{Snippet, Span, Style, stdout},
};

/// `rbee-hive recipe lint`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  rbee-hive recipe lint ./my-engine
  rbee-hive recipe lint --json ./my-engine/PKGBUILD

Errors are what makepkg refuses, and variables of a worker that mean nothing; then the exit code is
4. Warnings are what makes a recipe worse: sources that nothing fixes, and no entrypoint. With
--json: {\"path\", \"problems\": [{\"severity\", \"rule\", \"field\", \"line\", \"column\", \"length\", \"message\",
\"remedy\"}]}; line, column and length are null where there is no place.")]
pub(crate) struct Lint {
    /// A PKGBUILD, or the folder that holds one
    path: PathBuf,
    /// How the recipe is confined
    #[arg(long, value_name = "SANDBOX", default_value = "auto")]
    sandbox: SandboxName,
}

impl Lint {
    pub(crate) fn run(self, session: &Session) -> Result<Done, Error> {
        let sandbox = self.sandbox.into();
        let options = ProvisionOptions { sandbox, ..session.provision_options()? };
        let lint = block_on(async { Ok(recipe_lint(&self.path, &options).await?) })?;
        if session.is_json() {
            stdout::document(&document(&lint))?;
        } else {
            stdout::print(&text(&lint, session.out))?;
        }
        let refused = lint.problems.iter().any(|problem| problem.is_error);
        Ok(if refused { Done::Told(ErrorKind::RecipeRefused) } else { Done::Well })
    }
}

fn document(lint: &RecipeLint) -> Value {
    let problem = |p: &LintProblem| {
        json!({
            "severity": if p.is_error { "error" } else { "warning" },
            "rule": p.rule, "field": p.field,
            "line": p.place.map(|place| place.line),
            "column": p.place.map(|place| place.column),
            "length": p.place.map(|place| place.length),
            "message": p.message, "remedy": p.remedy,
        })
    };
    let problems: Vec<_> = lint.problems.iter().map(problem).collect();
    json!({ "path": lint.path, "problems": problems })
}

fn text(lint: &RecipeLint, style: Style) -> String {
    let file = lint.path.display().to_string();
    let mut out = String::new();
    for problem in &lint.problems {
        let span = problem.place.and_then(|place| {
            let text = lint.lines.get(place.line.checked_sub(1)?)?;
            Some(Span { line: place.line, column: place.column, length: place.length, text })
        });
        let snippet = Snippet {
            is_error: problem.is_error,
            rule: problem.rule,
            message: &problem.message,
            remedy: &problem.remedy,
            file: &file,
            span,
        };
        out.push_str(&snippet.render(style));
        out.push('\n');
    }
    let errors = lint.problems.iter().filter(|p| p.is_error).count();
    let count = |n: usize, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
    let summary = match (errors, lint.problems.len() - errors) {
        (0, 0) => style.green("no problems"),
        (0, warnings) => count(warnings, "warning"),
        (errors, 0) => count(errors, "error"),
        (errors, warnings) => {
            format!("{}, {}", count(errors, "error"), count(warnings, "warning"))
        }
    };
    out + &summary + "\n"
}
