use super::lint::Problem;
use crate::sandbox::SandboxError;

/// Why a recipe could not be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum RecipeError {
    /// It could not be copied to where it is evaluated.
    #[error("failed to copy the recipe to a temporary folder")]
    Copy(#[source] std::io::Error),
    /// Its last top-level command failed, as makepkg refuses it.
    #[error("the recipe {name} failed with status {status} while it was evaluated{said}")]
    Failed {
        /// Which recipe.
        name: String,
        /// The status.
        status: String,
        /// What it said last, if anything.
        said: String,
    },
    /// It did not let the evaluation come to its end.
    #[error("the recipe {name} left before it was evaluated, by `exit` or a syntax error{said}")]
    Left {
        /// Which recipe.
        name: String,
        /// What it said last, if anything.
        said: String,
    },
    /// A file of makepkg.conf's form failed.
    #[error(
        "{file} failed with status {status}{said}; correct it, or name other settings with --makepkg-conf"
    )]
    Settings {
        /// Which file.
        file: String,
        /// The status.
        status: String,
        /// What it said last, if anything.
        said: String,
    },
    /// It was stopped.
    #[error("the recipe {name} did not end within {seconds} s while it was evaluated{said}")]
    TooLong {
        /// Which recipe.
        name: String,
        /// The limit.
        seconds: u64,
        /// What it said last, if anything.
        said: String,
    },
    /// It was stopped, because it wrote without end.
    #[error(
        "the recipe {name} wrote more than {kib} KiB to its standard output while it was evaluated; print in its functions, not at its top level"
    )]
    TooMuch {
        /// Which recipe.
        name: String,
        /// The limit.
        kib: usize,
    },
    /// It wrote over the evaluation's own output.
    #[error("the recipe {name} writes to descriptor 3, which its evaluation is read from")]
    Garbled {
        /// Which recipe.
        name: String,
    },
    /// It could not be evaluated in the sandbox.
    #[error("failed to evaluate the recipe {name}")]
    Evaluate {
        /// Which recipe.
        name: String,
        /// Why.
        source: SandboxError,
    },
    /// Its fields are wrong.
    #[error("the recipe {name} is refused: {}", Problem::list(.problems))]
    Refused {
        /// Which recipe.
        name: String,
        /// Everything that is wrong with it.
        problems: Vec<Problem>,
    },
    /// It makes a package, but nothing that can be run.
    #[error(
        "the recipe {name} is a library: it has no _worker_entrypoint, so there is nothing to run; name the executable, such as _worker_entrypoint=usr/bin/server, or let other recipes depend on it"
    )]
    Library {
        /// Which recipe.
        name: String,
    },
    /// It is not for this architecture.
    #[error(
        "the recipe {name} is for {}, this host is {host}",
        if .has.iter().all(String::is_empty) { "no architecture (arch is empty)".to_owned() } else { .has.join(", ") }
    )]
    Architecture {
        /// Which recipe.
        name: String,
        /// What it is for.
        has: Vec<String>,
        /// What this host is.
        host: &'static str,
    },
    /// It cannot be built for the wanted backend.
    #[error("the recipe {name} has no backend {wanted}; it has {}", .has.join(", "))]
    Backend {
        /// Which recipe.
        name: String,
        /// What was asked for.
        wanted: String,
        /// What it has.
        has: Vec<String>,
    },
    /// The index has it under another name than it gives itself.
    #[error(
        "the recipe under {wanted} calls itself {has}; install it as {has}, or rename its folder"
    )]
    Name {
        /// What it calls itself.
        has: String,
        /// What it was asked for as.
        wanted: String,
    },
    /// The wanted version is not the one in the index.
    #[error(
        "the index offers version {has} of {name}, not {wanted}; installed versions can be activated with `rbee-hive worker rollback {name}@{wanted}`"
    )]
    Version {
        /// Which recipe.
        name: String,
        /// What was asked for.
        wanted: String,
        /// What the index has.
        has: String,
    },
    /// The caller asked to stop.
    #[error("cancelled")]
    Cancelled,
}
