use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use crate::{cli::Cli, error::Error, exit::Done, terminal::stdout};

/// `rbee-hive completions`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  source <(rbee-hive completions bash)
  rbee-hive completions zsh > ~/.zfunc/_rbee-hive
  rbee-hive completions fish > ~/.config/fish/completions/rbee-hive.fish")]
pub(crate) struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    pub(crate) fn run(self) -> Result<Done, Error> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "rbee-hive", &mut script);
        // clap_complete 4.6 names the verbs of a program with a hyphen in two ways, in bash.
        let script = String::from_utf8_lossy(&script).replace("rbee__subcmd__hive", "rbee__hive");
        stdout::print(&script)?;
        Ok(Done::Well)
    }
}
