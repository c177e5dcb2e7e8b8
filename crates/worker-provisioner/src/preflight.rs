//! What the host must have before a build begins.

use std::{path::Path, time::Duration};

use rbee_hive_artifact_catalog::{Folders, Step};
use tokio_util::sync::CancellationToken;

use crate::{
    dependency::HostNeed,
    error::Error,
    events::JobEvents,
    host::{self, Family, Missing},
    options::ProvisionOptions,
    recipe::Recipe,
    sandbox::{self, Confined, Limits, Tier},
};

/// Less than this free, and no build can end well.
const NEEDED_MIB: u64 = 256;

/// What this host lacks of what the recipe needs.
pub(crate) fn missing(recipe: &Recipe, needs: &[HostNeed]) -> Vec<Missing> {
    host::missing(needs, recipe.declared.has_function("build"), Family::of_host())
}

/// Refuses a host that lacks something.
///
/// # Errors
/// One that names everything missing and how to install it.
pub(crate) fn check_host(recipe: &Recipe, needs: &[HostNeed]) -> Result<(), Error> {
    let missing = missing(recipe, needs);
    if missing.is_empty() {
        return Ok(());
    }
    let install = install_command(&missing);
    Err(Error::Missing { recipe: recipe.name.to_string(), missing, install })
}

/// The command that installs it.
pub(crate) fn install_command(missing: &[Missing]) -> String {
    Family::of_host().install(&packages(missing))
}

/// The packages that have it, each once.
fn packages(missing: &[Missing]) -> Vec<&str> {
    let mut packages: Vec<_> = missing.iter().map(|m| m.package.as_str()).collect();
    packages.dedup();
    packages
}

/// Checks the disk and the dependencies; installs what is missing if the options say so.
///
/// # Errors
/// One that names everything missing and how to install it.
pub(crate) async fn preflight(
    recipe: &Recipe,
    needs: &[HostNeed],
    options: &ProvisionOptions,
    folders: &Folders,
    events: &JobEvents,
    cancel: &CancellationToken,
) -> Result<(), Error> {
    for folder in [folders.data(), folders.cache()] {
        check_disk(folder)?;
    }
    let lacking = missing(recipe, needs);
    if lacking.is_empty() {
        return Ok(());
    }
    if options.syncdeps && Family::of_host() != Family::Unknown {
        install(&packages(&lacking), events, cancel).await?;
    }
    check_host(recipe, needs)
}

fn check_disk(folder: &Path) -> Result<(), Error> {
    let Some(existing) = folder.ancestors().find(|f| f.is_dir()) else { return Ok(()) };
    let disk = rustix::fs::statvfs(existing)
        .map_err(|e| Error::Io { action: "look at the free disk space", source: e.into() })?;
    let free = disk.f_bavail.saturating_mul(disk.f_frsize) >> 20;
    if free < NEEDED_MIB {
        return Err(Error::Disk { folder: folder.to_owned(), free, needed: NEEDED_MIB });
    }
    Ok(())
}

/// Installs packages with the host's package manager. The lists of packages may be old, or not there
/// yet: then once more with new ones.
async fn install(
    packages: &[&str],
    events: &JobEvents,
    cancel: &CancellationToken,
) -> Result<(), Error> {
    let family = Family::of_host();
    // apt removes what is named with a hyphen at its end.
    if let Some(name) = packages.iter().find(|name| name.ends_with('-')) {
        return Err(Error::Syncdeps { command: family.install(&[name]), code: 2 });
    }
    let install = family.install_words(packages);
    let mut code = run(&install, events, cancel).await?;
    if code != 0
        && let Some(refresh) = family.refresh_words()
        && run(&refresh, events, cancel).await? == 0
    {
        code = run(&install, events, cancel).await?;
    }
    if code == 0 { Ok(()) } else { Err(Error::Syncdeps { command: install.join(" "), code }) }
}

/// Runs the host's package manager. It is the host's own program, not the recipe's, and changes the
/// host: so it runs unconfined. The names are a recipe's: so no shell reads them.
async fn run(
    words: &[String],
    events: &JobEvents,
    cancel: &CancellationToken,
) -> Result<i32, Error> {
    events.note(Step::Preflight, &format!("running {}", words.join(" ")));
    let confined = Confined {
        program: "/usr/bin/env".into(),
        args: words.iter().map(Into::into).collect(),
        env: vec![
            ("PATH".to_owned(), host::PATH.into()),
            ("DEBIAN_FRONTEND".to_owned(), "noninteractive".into()),
            ("LANG".to_owned(), "C.UTF-8".into()),
        ],
        folder: "/".into(),
        mounts: Vec::new(),
        network: true,
        devices: false,
        channel: false,
    };
    let limits = Limits { wall: Duration::from_hours(1), channel: 0 };
    let mut on_line = |stream, line: String| events.output(Step::Preflight, stream, &line);
    Ok(sandbox::run(&Tier::None, &confined, limits, cancel, &mut on_line).await?.code)
}
