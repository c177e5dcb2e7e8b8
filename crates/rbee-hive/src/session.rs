use std::{
    ffi::OsStr,
    io::{self, IsTerminal as _, Write},
    process::ExitCode,
};

use rbee_hive_worker_catalog::{
    ErrorKind, Folders, IndexLocation, ProvisionOptions, WorkerCatalog, WorkerCatalogBuilder,
};
use serde::Serialize;

use crate::{
    cli::Global,
    config::{
        self, CACERT, CACHE_DIR, COLOR, CONFIG, ColorWhen, Config, DATA_DIR, HIVE, INDEX,
        MAKEPKG_CONF, TOKEN_FILE,
    },
    error::Error,
    exit::{self, Done},
    hive::{Hive, Local},
    remote::{Remote, RemoteError},
    terminal::{Style, failure, shell, stdout},
};

/// One run of the program: what the global flags mean, and how to answer.
///
/// stdout has the result and nothing else; whatever tells about the way there goes to stderr.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    global: Global,
    config: Config,
    /// How stdout is written.
    pub(crate) out: Style,
    /// How stderr is written.
    pub(crate) err: Style,
}

/// An error as programs read it.
#[derive(Debug, Serialize)]
struct Failure {
    error: Told,
}

#[derive(Debug, Serialize)]
struct Told {
    kind: ErrorKind,
    message: String,
    causes: Vec<String>,
}

impl Session {
    /// A run with these flags, and what is wrong with the files of settings. If something is, the
    /// run has none of what they say: it can tell of the error.
    pub(crate) fn new(global: Global) -> (Self, Result<(), Error>) {
        match Config::read(&global.flags) {
            Ok(config) => (Self::of(global, config), Ok(())),
            Err(error) => {
                let config = Config::without_files(&global.flags);
                (Self::of(global, config), Err(error.into()))
            }
        }
    }

    fn of(global: Global, config: Config) -> Self {
        // A wrong word here must not keep anybody from seeing that it is.
        let when = config.get(&COLOR).unwrap_or(ColorWhen::Auto);
        let out = Style::new(colored(when, io::stdout().is_terminal()));
        let err = Style::new(colored(when, io::stderr().is_terminal()));
        Self { global, config, out, err }
    }

    /// What is set.
    pub(crate) fn config(&self) -> &Config {
        &self.config
    }

    /// Whether answers are JSON.
    pub(crate) fn is_json(&self) -> bool {
        self.global.json
    }
    /// Whether to write every line of output.
    pub(crate) fn is_verbose(&self) -> bool {
        self.global.verbose && !self.global.quiet
    }
    /// Whether to write only errors and the result.
    pub(crate) fn is_quiet(&self) -> bool {
        self.global.quiet
    }

    /// A builder that has what the flags say.
    pub(crate) fn builder(&self) -> Result<WorkerCatalogBuilder, Error> {
        let folders = self.folders()?;
        let options = self.provision_options()?;
        Ok(WorkerCatalog::builder().folders(folders).index(self.index()?).options(options))
    }

    /// How workers are made if no flag of the verb says otherwise.
    pub(crate) fn provision_options(&self) -> Result<ProvisionOptions, Error> {
        config::provision_options(&self.config)
    }

    /// Where the hive's files are.
    pub(crate) fn folders(&self) -> Result<Folders, Error> {
        self.config.folders()
    }

    /// Where recipes are looked up.
    pub(crate) fn index(&self) -> Result<IndexLocation, Error> {
        Ok(self.config.index()?)
    }

    /// Where the work is done.
    ///
    /// # Errors
    /// If that is a daemon, and its address, the token or a flag beside it cannot be used.
    pub(crate) fn hive(&self) -> Result<Box<dyn Hive>, Error> {
        let Some(address) = self.daemon()? else {
            return Ok(Box::new(Local::new(self.clone())));
        };
        let own = [
            ("--data-dir", self.config.flag(&DATA_DIR)),
            ("--cache-dir", self.config.flag(&CACHE_DIR)),
            ("--index", self.config.flag(&INDEX)),
            ("--makepkg-conf", self.config.flag(&MAKEPKG_CONF)),
        ];
        if let Some((flag, _)) = own.into_iter().find(|(_, given)| given.is_some()) {
            let remedy = "a daemon has its own, so leave one of them out; --hive '' means this \
                          process";
            return Err(
                RemoteError::Here { what: flag.to_owned(), remedy: remedy.to_owned() }.into()
            );
        }
        Ok(Box::new(Remote::new(&address, self.clone())?))
    }

    /// Refuses a daemon that was named for a verb that is of this machine. The environment may name
    /// one for the other verbs.
    pub(crate) fn must_be_here(&self, verb: &str) -> Result<(), Error> {
        if self.config.flag(&HIVE).is_none_or(OsStr::is_empty) {
            return Ok(());
        }
        let what = format!("`{verb}`");
        Err(RemoteError::Here { what, remedy: "leave --hive out".to_owned() }.into())
    }

    /// Refuses to start a worker that another machine has.
    pub(crate) fn must_run_here(&self, command: &str) -> Result<(), Error> {
        if self.daemon()?.is_none() {
            return Ok(());
        }
        // The daemon may be the one of this machine, and its address in the environment.
        let remedy = format!(
            "a worker runs where it is installed; type there: {command} \
             (with --hive '' if HIVE_URL is set there)"
        );
        Err(RemoteError::Here { what: "`worker run`".to_owned(), remedy }.into())
    }

    /// The address of the daemon that does the work, if one does.
    fn daemon(&self) -> Result<Option<String>, Error> {
        Ok(self.config.get(&HIVE)?.filter(|address| !address.is_empty()))
    }

    /// The catalog, for a verb that runs no job.
    pub(crate) fn catalog(&self) -> Result<WorkerCatalog, Error> {
        Ok(self.builder()?.build()?)
    }

    /// Writes a line to stderr, for a person; the text is ours.
    pub(crate) fn note(&self, text: &str) {
        if !self.global.quiet {
            let _ = writeln!(io::stderr().lock(), "{text}");
        }
    }

    /// Writes an error to stderr, for a person.
    pub(crate) fn tell(&self, error: &Error) {
        let _ = io::stderr().lock().write_all(failure::render(error, self.err).as_bytes());
    }

    /// Tells about a failure that no one has told about yet, and gives the exit code.
    pub(crate) fn finish(&self, result: Result<Done, Error>) -> ExitCode {
        let error = match result {
            Ok(done) => return done.into(),
            Err(error) => error,
        };
        if self.is_json() && !matches!(error, Error::Output(_)) {
            let (message, causes) = (error.to_string(), error.causes());
            let document = Failure { error: Told { kind: error.kind(), message, causes } };
            if let Err(error) = stdout::document(&document) {
                self.tell(&error);
            }
        } else {
            self.tell(&error);
        }
        exit::code(error.kind()).into()
    }

    /// The command that a person types to run a verb on the same folders and index as this run, or
    /// against the same daemon; but what runs a worker is typed on the machine that has it.
    pub(crate) fn command(&self, verb: &str) -> String {
        let mut words = vec!["rbee-hive".to_owned()];
        let own = [
            ("--config", self.config.flag(&CONFIG)),
            ("--data-dir", self.config.flag(&DATA_DIR)),
            ("--cache-dir", self.config.flag(&CACHE_DIR)),
            ("--index", self.config.flag(&INDEX)),
            ("--makepkg-conf", self.config.flag(&MAKEPKG_CONF)),
        ];
        let daemons = [
            ("--hive", self.config.flag(&HIVE).filter(|hive| !hive.is_empty())),
            ("--token-file", self.config.flag(&TOKEN_FILE)),
            ("--cacert", self.config.flag(&CACERT)),
        ];
        let is_there = !verb.starts_with("worker run");
        for (flag, value) in own.into_iter().chain(daemons.into_iter().filter(|_| is_there)) {
            if let Some(value) = value {
                words.extend([flag.to_owned(), shell::quote(&value.to_string_lossy())]);
            }
        }
        words.push(verb.to_owned());
        words.join(" ")
    }
}

/// Whether to write in colour to a stream.
fn colored(when: ColorWhen, is_terminal: bool) -> bool {
    match when {
        ColorWhen::Always => true,
        ColorWhen::Never => false,
        ColorWhen::Auto => is_terminal && !config::no_color(),
    }
}
