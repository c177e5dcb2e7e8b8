use std::{io, io::IsTerminal as _, path::PathBuf};

use clap::Args;
use rbee_hive_worker_catalog::{ProvisionOptions, RecipeSrcinfo, recipe_srcinfo};
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

It prints what `makepkg --printsrcinfo` does, byte for byte. A recipe that itself writes to its
standard output gets that printed too, and a note. With --json: {\"srcinfo\": \"...\"}, without it.")]
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
        let options = ProvisionOptions { sandbox, ..session.provision_options()? };
        let found = block_on(async { Ok(recipe_srcinfo(&self.path, &options).await?) })?;
        let RecipeSrcinfo { before, text, after } = found;
        if session.is_json() {
            stdout::document(&json!({ "srcinfo": String::from_utf8_lossy(&text) }))?;
            return Ok(Done::Well);
        }
        if !before.is_empty() || !after.is_empty() {
            session.note(
                "note: the recipe writes to its standard output, which makepkg prints as well; a .SRCINFO must not have it",
            );
        }
        let all = [before.as_bytes(), &text, after.as_bytes()].concat();
        if io::stdout().is_terminal() {
            stdout::print(&plain_text(&String::from_utf8_lossy(&all)))?;
        } else {
            stdout::bytes(&all)?;
        }
        Ok(Done::Well)
    }
}
