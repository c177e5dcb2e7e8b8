use std::process::ExitCode;

use rbee_hive_worker_catalog::ErrorKind;

/// What is left to do after a verb that did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Done {
    /// Nothing.
    Well,
    /// To exit with the code of a failure that the verb itself has told about.
    Told(ErrorKind),
}

impl From<Done> for ExitCode {
    fn from(done: Done) -> Self {
        match done {
            Done::Well => Self::SUCCESS,
            Done::Told(kind) => code(kind).into(),
        }
    }
}

/// The exit codes, as `--help` explains them.
pub(crate) const HELP: &str = "\
Exit codes:
  0    done
  2    usage: wrong arguments, or an id that is none
  3    not found: no such worker, recipe, version or file
  4    recipe refused: it fails to evaluate, or is for another architecture or backend
  5    a source could not be fetched, or is not what the recipe says it is
  6    build, package or smoke test failed
  7    no sandbox of the wanted kind works here
  8    a dependency is missing on this host
  9    the store or the catalog failed, an installed file is damaged, or the daemon of --hive is
       out of reach
  130  cancelled";

/// The exit code of a failure.
pub(crate) fn code(kind: ErrorKind) -> u8 {
    match kind {
        ErrorKind::Usage => 2,
        ErrorKind::NotFound => 3,
        ErrorKind::RecipeRefused => 4,
        ErrorKind::SourceFailed => 5,
        ErrorKind::BuildFailed => 6,
        ErrorKind::SandboxUnavailable => 7,
        ErrorKind::MissingDependency => 8,
        ErrorKind::StoreFailed => 9,
        ErrorKind::Cancelled => 130,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_documented_code() {
        let codes = [
            (ErrorKind::Usage, 2),
            (ErrorKind::NotFound, 3),
            (ErrorKind::RecipeRefused, 4),
            (ErrorKind::SourceFailed, 5),
            (ErrorKind::BuildFailed, 6),
            (ErrorKind::SandboxUnavailable, 7),
            (ErrorKind::MissingDependency, 8),
            (ErrorKind::StoreFailed, 9),
            (ErrorKind::Cancelled, 130),
        ];
        for (kind, expected) in codes {
            assert_eq!(code(kind), expected, "{kind:?}");
            assert!(HELP.contains(&format!("\n  {expected:<3}  ")), "{expected} is not in --help");
        }
    }
}
