use std::{path::PathBuf, sync::Arc};

use clap::Args;
use rbee_hive_worker_catalog::ExportRequest;

use crate::{
    error::Error,
    exit::Done,
    runtime::block_on,
    session::Session,
    terminal::{plain_line, size, stdout},
    watch::Watch,
};

/// `rbee-hive worker export`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  rbee-hive worker export llama-server -o llama-server.pkg.tar.zst
  rbee-hive worker export llama-server:cpu@b10605 -o .
  rbee-hive worker export engines --package engines-data -o ./packages --json

pacman -U installs the file. The same worker gives the same bytes, each time and on every machine.")]
pub(crate) struct Export {
    /// The worker
    id: String,
    /// The file, by whose name it is compressed (.pkg.tar, .pkg.tar.zst, .xz, .gz, .bz2), or the
    /// folder in which it is to be called NAME-VERSION-ARCH.pkg.tar.zst
    #[arg(short, long, value_name = "PATH")]
    output: PathBuf,
    /// The package of a recipe that makes several; by default the one with the worker's executable
    #[arg(long, value_name = "NAME")]
    package: Option<String>,
}

impl Export {
    pub(crate) fn run(self, session: &Session) -> Result<Done, Error> {
        let watch = Arc::new(Watch::person(session));
        let request = ExportRequest { package: self.package, output: self.output };
        let exported =
            block_on(async { session.hive()?.export(&self.id, &request, &watch).await })?;
        if session.is_json() {
            stdout::document(&exported)?;
        } else {
            let (path, bytes) = (exported.path.display().to_string(), size(exported.size));
            let word = session.out.green("exported");
            stdout::print(&format!("{word} {} ({bytes})\n", plain_line(&path)))?;
        }
        Ok(Done::Well)
    }
}
