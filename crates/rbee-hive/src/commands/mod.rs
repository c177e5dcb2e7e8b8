//! One verb a file: its arguments, what it asks of the catalog, and how it answers.

mod available;
mod build_options;
mod checksums;
mod completions;
mod config_show;
mod doctor;
mod export;
mod gc;
mod history;
mod import;
mod info;
mod install;
mod job;
mod lint;
mod list;
mod remove;
mod rollback;
mod run;
mod serve;
mod show;
mod srcinfo;
mod upgrade;
mod verify;

pub(crate) use available::Available;
pub(crate) use build_options::{BuildOptions, SandboxName};
pub(crate) use checksums::Checksums;
pub(crate) use completions::Completions;
pub(crate) use config_show::ConfigShow;
pub(crate) use doctor::Doctor;
pub(crate) use export::Export;
pub(crate) use gc::Gc;
pub(crate) use history::History;
pub(crate) use import::Import;
pub(crate) use info::Info;
pub(crate) use install::Install;
pub(crate) use job::{JobCancel, JobList, JobShow, JobWatch};
pub(crate) use lint::Lint;
pub(crate) use list::List;
pub(crate) use remove::Remove;
pub(crate) use rollback::Rollback;
pub(crate) use run::Run;
pub(crate) use serve::Serve;
pub(crate) use show::Show;
pub(crate) use srcinfo::Srcinfo;
pub(crate) use upgrade::Upgrade;
pub(crate) use verify::Verify;

use std::process::ExitCode;

use crate::{
    cli::{Cli, Command, ConfigCommand, JobCommand, RecipeCommand, WorkerCommand},
    error::Error,
    exit::Done,
    session::Session,
};

/// Does what the command line says.
pub(crate) fn run(cli: Cli) -> ExitCode {
    let (session, settings) = Session::new(cli.global);
    if settings.is_err() {
        return session.finish(settings.map(|()| Done::Well));
    }
    let result = here(&cli.command, &session).and_then(|()| match cli.command {
        Command::Worker(verb) => match verb {
            WorkerCommand::Available(verb) => verb.run(&session),
            WorkerCommand::Info(verb) => verb.run(&session),
            WorkerCommand::Install(verb) => verb.run(&session),
            WorkerCommand::List(verb) => verb.run(&session),
            WorkerCommand::Show(verb) => verb.run(&session),
            WorkerCommand::Remove(verb) => verb.run(&session),
            WorkerCommand::Verify(verb) => verb.run(&session),
            WorkerCommand::History(verb) => verb.run(&session),
            WorkerCommand::Rollback(verb) => verb.run(&session),
            WorkerCommand::Upgrade(verb) => verb.run(&session),
            WorkerCommand::Run(verb) => verb.run(&session),
            WorkerCommand::Export(verb) => verb.run(&session),
            WorkerCommand::Import(verb) => verb.run(&session),
        },
        Command::Job(verb) => match verb {
            JobCommand::List(verb) => verb.run(&session),
            JobCommand::Show(verb) => verb.run(&session),
            JobCommand::Watch(verb) => verb.run(&session),
            JobCommand::Cancel(verb) => verb.run(&session),
        },
        Command::Recipe(verb) => match verb {
            RecipeCommand::Srcinfo(verb) => verb.run(&session),
            RecipeCommand::Lint(verb) => verb.run(&session),
            RecipeCommand::Checksums(verb) => verb.run(&session),
        },
        Command::Serve(verb) => verb.run(&session),
        Command::Config(verb) => match verb {
            ConfigCommand::Show(verb) => verb.run(&session),
        },
        Command::Gc(verb) => verb.run(&session),
        Command::Doctor(verb) => verb.run(&session),
        Command::Completions(verb) => verb.run(),
    });
    session.finish(result)
}

/// Refuses a daemon that was named for what only this machine does.
fn here(command: &Command, session: &Session) -> Result<(), Error> {
    session.must_be_here(match command {
        Command::Recipe(_) => "recipe",
        Command::Serve(_) => "serve",
        Command::Completions(_) => "completions",
        Command::Worker(_)
        | Command::Job(_)
        | Command::Config(_)
        | Command::Gc(_)
        | Command::Doctor(_) => {
            return Ok(());
        }
    })
}
