use std::{io, io::IsTerminal as _, path::PathBuf};

use clap::Args;
use rbee_hive_worker_catalog::recipe_srcinfo;
use serde_json::json;

use super::SandboxName;
use crate::{
    error::Error,
    exit::Done,
    runtime::block_on,
    session::Session,
    terminal::{plain_text, stdout},
};

/// `rbee-hive recipe srcinfo`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  rbee-hive recipe srcinfo ./my-engine > my-engine/.SRCINFO
  rbee-hive recipe srcinfo ./my-engine/PKGBUILD

It prints what `makepkg --printsrcinfo` does. With --json: {\"srcinfo\": \"...\"}.")]
pub(crate) struct Srcinfo {
    /// A PKGBUILD, or the folder that holds one
    path: PathBuf,
    /// How the recipe is confined
    #[arg(long, value_name = "SANDBOX", default_value = "auto")]
    sandbox: SandboxName,
}

impl Srcinfo {
    pub(crate) fn run(self, session: &Session) -> Result<Done, Error> {
        let sandbox = self.sandbox.into();
        let text = block_on(async { Ok(recipe_srcinfo(&self.path, sandbox).await?) })?;
        if session.is_json() {
            stdout::document(&json!({ "srcinfo": text }))?;
        } else if io::stdout().is_terminal() {
            stdout::print(&plain_text(&text))?;
        } else {
            stdout::print(&text)?;
        }
        Ok(Done::Well)
    }
}
