use std::fmt::Write as _;

use clap::Args;
use rbee_hive_worker_catalog::{Check, CheckStatus, ErrorKind};

use crate::{
    error::Error,
    exit::Done,
    runtime::block_on,
    session::Session,
    terminal::{Style, plain_line, stdout},
};

/// `rbee-hive doctor`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  rbee-hive doctor
  rbee-hive doctor --json

Exits with 7 if no sandbox works here, with 9 if the store or a worker in it does not.")]
pub(crate) struct Doctor {}

impl Doctor {
    #[expect(clippy::unused_self, reason = "as every verb")]
    pub(crate) fn run(self, session: &Session) -> Result<Done, Error> {
        let checks = block_on(async { session.hive()?.doctor().await })?;
        if session.is_json() {
            stdout::document(&checks)?;
        } else {
            stdout::print(&report(&checks, session.out))?;
        }
        Ok(verdict(&checks))
    }
}

fn report(checks: &[Check], style: Style) -> String {
    let width = checks.iter().map(|check| check.name.chars().count()).max().unwrap_or_default();
    let mut out = String::new();
    for check in checks {
        let status = match check.status {
            CheckStatus::Ok => style.green("ok     "),
            CheckStatus::Warning => style.yellow("warning"),
            CheckStatus::Failed => style.red("failed "),
        };
        let _ = writeln!(out, "{status}  {:<width$}  {}", check.name, plain_line(&check.found));
        for line in check.remedy.iter().flat_map(|remedy| remedy.lines()) {
            let _ = writeln!(out, "{:9}{:width$}  {}", "", "", style.dim(&plain_line(line)));
        }
    }
    out
}

/// The exit code follows the checks without which nothing can be installed.
fn verdict(checks: &[Check]) -> Done {
    let failed = |name: &str| {
        checks.iter().any(|check| check.name == name && check.status == CheckStatus::Failed)
    };
    if failed("sandbox") {
        Done::Told(ErrorKind::SandboxUnavailable)
    } else if failed("store") || failed("workers") {
        Done::Told(ErrorKind::StoreFailed)
    } else {
        Done::Well
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, status: CheckStatus, remedy: Option<&str>) -> Check {
        let remedy = remedy.map(str::to_owned);
        Check { name: name.to_owned(), status, found: format!("the {name}"), remedy }
    }

    #[test]
    fn remedies_stand_under_what_they_are_for() {
        let checks = [
            check("sandbox", CheckStatus::Failed, Some("apt-get install bubblewrap")),
            check("git", CheckStatus::Warning, None),
        ];
        insta::assert_snapshot!(report(&checks, Style::new(false)), @r"
        failed   sandbox  the sandbox
                          apt-get install bubblewrap
        warning  git      the git
        ");
    }

    #[test]
    fn the_sandbox_the_store_and_the_workers_decide_the_exit_code() {
        use CheckStatus::{Failed, Warning};
        let told = |name: &str, status| verdict(&[check(name, status, None)]);
        assert_eq!(told("sandbox", Failed), Done::Told(ErrorKind::SandboxUnavailable));
        assert_eq!(told("store", Failed), Done::Told(ErrorKind::StoreFailed));
        assert_eq!(told("workers", Failed), Done::Told(ErrorKind::StoreFailed));
        assert_eq!(told("store", Warning), Done::Well);
        assert_eq!(told("git", Failed), Done::Well);
    }
}
