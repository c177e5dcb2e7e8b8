use std::net::SocketAddr;

use clap::Args;

use crate::{
    daemon::{Catalogs, Daemon, router},
    error::Error,
    exit::Done,
    runtime::block_on,
    session::Session,
};

/// `rbee-hive serve`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  rbee-hive serve
  rbee-hive serve --listen 127.0.0.1:8080")]
pub(crate) struct Serve {
    /// Where to listen
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:7835")]
    listen: SocketAddr,
}

impl Serve {
    pub(crate) fn run(self, session: &Session) -> Result<Done, Error> {
        let session = session.clone();
        let catalogs = Catalogs::new(session.provision_options()?, move |options, reporter| {
            Ok(session.builder()?.options(options).reporter(reporter).build()?)
        })?;
        let router = router(Daemon::new(catalogs));
        block_on(async {
            let listener = tokio::net::TcpListener::bind(self.listen).await;
            let listener =
                listener.map_err(|source| Error::Listen { address: self.listen, source })?;
            axum::serve(listener, router).await.map_err(Error::Start)
        })?;
        Ok(Done::Well)
    }
}
