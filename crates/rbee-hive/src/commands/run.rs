use std::{ffi::OsString, os::unix::process::CommandExt as _, process::Command};

use clap::Args;

use crate::{
    config::{self, TOKEN},
    error::Error,
    exit::Done,
    session::Session,
    terminal::shell,
};

/// `rbee-hive worker run`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  rbee-hive worker run whisper-server -- --host 127.0.0.1 --port 8080 --model model.bin
  rbee-hive worker run llama-server:cpu@b10605 -- --version

The worker takes the place of this process: it gets its signals, and its exit code is yours.
`rbee-hive worker info ID` shows the arguments that the recipe suggests.")]
pub(crate) struct Run {
    /// The worker
    id: String,
    /// Its arguments
    #[arg(last = true, value_name = "ARGS")]
    arguments: Vec<OsString>,
}

impl Run {
    /// What a person types for the same on another machine.
    fn command(&self) -> String {
        let arguments = self.arguments.iter().map(|a| shell::quote(&a.to_string_lossy()));
        let mut words = vec![format!("rbee-hive worker run {}", shell::quote(&self.id))];
        if !self.arguments.is_empty() {
            words.push("--".to_owned());
        }
        words.extend(arguments);
        words.join(" ")
    }

    pub(crate) fn run(self, session: &Session) -> Result<Done, Error> {
        session.must_run_here(&self.command())?;
        let catalog = session.catalog()?;
        let launch = catalog.launch(&catalog.get(&self.id)?)?;
        if let Some(why) = &launch.not_shown {
            session.note(&format!("warning: search paths have to do: {why}"));
        }
        let environment = launch.env.into_iter().map(|(name, folder)| {
            let value = config::search_path(&name, folder);
            (name, value)
        });
        let mut command = match launch.before {
            None => {
                let mut command = Command::new(&launch.program);
                command.envs(environment);
                command
            }
            Some((program, arguments)) => {
                let mut command = Command::new(program);
                // The worker's libraries are for the worker, not for what makes way for it.
                command.args(arguments).arg("/usr/bin/env");
                command.args(environment.map(|(name, value)| {
                    let mut assignment = OsString::from(name);
                    assignment.push("=");
                    assignment.push(value);
                    assignment
                }));
                command.arg(&launch.program);
                command
            }
        };
        // The secret of the hives that one asks is none of the worker's.
        command.env_remove(TOKEN.variable());
        // Only a failure comes back.
        let source = command.args(&self.arguments).exec();
        Err(Error::Exec { program: launch.program, source })
    }
}
