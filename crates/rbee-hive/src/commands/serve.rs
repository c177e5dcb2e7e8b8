use clap::Args;
use rbee_hive_worker_catalog::ProvisionOptions;

use crate::{
    config::{Flags, LOG_FORMAT, LOG_LEVEL, Serving},
    daemon::{Catalogs, Daemon, Settings, listen, operations, run},
    error::Error,
    exit::Done,
    jobs::Jobs,
    runtime::block_on,
    session::Session,
};

/// `rbee-hive serve`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  rbee-hive serve
  rbee-hive serve --listen 127.0.0.1:8080
  rbee-hive serve --socket /run/rbee/hive.sock --socket-mode 0660
  HIVE_TOKEN=... rbee-hive serve --listen 0.0.0.0:7835 --tls-cert cert.pem --tls-key key.pem

Each of its settings can stand in a file, under [serve]; `rbee-hive config show` tells what is set,
and where. SIGTERM and Ctrl-C end it when what it has begun is done; a second one ends it at once.
SIGHUP has it read its certificates again.")]
pub(crate) struct Serve {
    #[command(flatten)]
    flags: Flags<Serving>,
}

impl Serve {
    pub(crate) fn run(self, session: &Session) -> Result<Done, Error> {
        let config = session.config().clone().with(&self.flags);
        let settings = Settings::of(&config)?;
        operations::log_to_stderr(
            config.get(&LOG_FORMAT)?,
            &config.get(&LOG_LEVEL)?,
            session.err.is_colored(),
        );
        operations::allow_many_files();
        let folders = session.folders()?;
        let options = ProvisionOptions {
            // For a recipe that somebody sends, which is then the index.
            dependency_index: Some(session.index()?),
            ..session.provision_options()?
        };
        let session = session.clone();
        let catalogs = Catalogs::new(options, move |options, reporter| {
            Ok(session.builder()?.options(options).reporter(reporter))
        })?;
        block_on(async {
            // First of all: where nobody can be answered, no job begins.
            let listeners = listen::bind(&settings)?;
            let jobs = Jobs::start(&folders, catalogs.clone(), settings.limits())?;
            run(Daemon::new(catalogs, settings, jobs), listeners).await
        })?;
        Ok(Done::Well)
    }
}
