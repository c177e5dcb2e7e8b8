use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::{
    commands,
    config::{Everywhere, Flags},
    exit,
};

const EXAMPLES: &str = "\
Examples:
  rbee-hive worker available              what can be installed here, and with which command
  rbee-hive worker install whisper-server
  rbee-hive worker run whisper-server -- --host 127.0.0.1 --port 8080 --model model.bin
  rbee-hive doctor                        what this host lacks";

/// Puts inference engines on this machine from PKGBUILD recipes: sandboxed, verified, atomic.
///
/// A worker id is NAME[:BACKEND][@VERSION], for example llama-server, llama-server:cuda or
/// llama-server:cpu@b10605.
#[derive(Debug, Parser)]
#[command(
    name = "rbee-hive",
    version,
    max_term_width = 100,
    arg_required_else_help = true,
    after_help = EXAMPLES,
    after_long_help = format!("{EXAMPLES}\n\n{}", exit::HELP)
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
    #[command(flatten)]
    pub(crate) global: Global,
}

/// What every verb understands, before and after its name.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Global {
    /// The settings that are flags: folders, index and the like.
    #[command(flatten)]
    pub(crate) flags: Flags<Everywhere>,

    /// One JSON document on stdout; for `worker install` one event a line
    #[arg(long, global = true)]
    pub(crate) json: bool,

    /// Every line of the build's output
    #[arg(short, long, global = true)]
    pub(crate) verbose: bool,

    /// Only errors and the result
    #[arg(long, global = true)]
    pub(crate) quiet: bool,
}

/// What to work on.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Install, run and look after workers
    #[command(subcommand)]
    Worker(WorkerCommand),
    /// See what is being installed, here or by a daemon, and stop it
    #[command(subcommand)]
    Job(JobCommand),
    /// Look at recipes
    #[command(subcommand)]
    Recipe(RecipeCommand),
    /// Let others use this hive: over HTTP, and with a page to look at
    Serve(commands::Serve),
    /// See what is set, and where
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Delete what is installed but not in use
    Gc(commands::Gc),
    /// Check what this host has and lacks
    Doctor(commands::Doctor),
    /// Print the completions of a shell
    Completions(commands::Completions),
}

/// What to do with workers.
#[derive(Debug, Subcommand)]
pub(crate) enum WorkerCommand {
    /// List every recipe of the index: its state, and the exact command that acts on it
    Available(commands::Available),
    /// Show what the index has about a recipe
    Info(commands::Info),
    /// Build a worker from its recipe and install it
    Install(commands::Install),
    /// List what is installed
    List(commands::List),
    /// Show an installed worker, and where it came from
    Show(commands::Show),
    /// Uninstall a worker
    Remove(commands::Remove),
    /// Compare installed files with what was installed
    Verify(commands::Verify),
    /// Show what was installed, activated and removed, the latest first
    History(commands::History),
    /// Return to the version that was in use before
    Rollback(commands::Rollback),
    /// Bring installed workers to the index's version
    Upgrade(commands::Upgrade),
    /// Run a worker in the foreground, with its libraries found
    Run(commands::Run),
    /// Write a worker to a package file that pacman installs
    Export(commands::Export),
    /// Install a worker from a package file, of ours or of makepkg
    Import(commands::Import),
}

/// What to do with jobs.
#[derive(Debug, Subcommand)]
pub(crate) enum JobCommand {
    /// List what runs and what waits
    List(commands::JobList),
    /// Show a job
    Show(commands::JobShow),
    /// Show what a job does, from its beginning to its end
    Watch(commands::JobWatch),
    /// Stop a job
    Cancel(commands::JobCancel),
}

/// What to do with settings.
#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Show every setting: its value, and which flag, variable or line of a file gave it
    Show(commands::ConfigShow),
}

/// What to do with recipes.
#[derive(Debug, Subcommand)]
pub(crate) enum RecipeCommand {
    /// Evaluate a recipe and print its .SRCINFO
    Srcinfo(commands::Srcinfo),
    /// Find what is wrong with a recipe
    Lint(commands::Lint),
    /// Fetch a recipe's sources and write their sums into it
    Checksums(commands::Checksums),
}

/// Reads the arguments, or has already answered them: with help, the version, or what is wrong.
pub(crate) fn parse() -> Result<Cli, ExitCode> {
    Cli::try_parse().map_err(|answer| {
        // Who closed the stream does not want to know.
        let _ = answer.print();
        u8::try_from(answer.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from)
    })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_declaration_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn global_flags_are_accepted_before_and_after_the_verb() {
        for arguments in [
            ["rbee-hive", "--json", "worker", "list"],
            ["rbee-hive", "worker", "--json", "list"],
            ["rbee-hive", "worker", "list", "--json"],
        ] {
            assert!(Cli::try_parse_from(arguments).unwrap().global.json, "{arguments:?}");
        }
    }

    #[test]
    fn a_workers_own_arguments_are_not_ours() {
        let line = ["rbee-hive", "worker", "run", "x", "--", "--json", "--help", "-v"];
        let cli = Cli::try_parse_from(line).unwrap();
        assert!(!cli.global.json && !cli.global.verbose);
    }

    #[test]
    fn install_wants_an_id_or_a_recipe_but_not_both() {
        let parses = |rest: &[&str]| {
            let line = ["rbee-hive", "worker", "install"].iter().chain(rest);
            Cli::try_parse_from(line).is_ok()
        };
        assert!(parses(&["x"]));
        assert!(parses(&["--recipe", "x"]));
        assert!(parses(&["--recipe", "x", "--backend", "cpu"]));
        assert!(!parses(&[]));
        assert!(!parses(&["x", "--recipe", "x"]));
        assert!(!parses(&["x", "--backend", "cpu"]));
        assert!(!parses(&["--recipe", "x", "--backend", "gpu"]));
    }
}
