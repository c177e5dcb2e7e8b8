use std::path::{Path, PathBuf};

use rbee_hive_worker_catalog::ProvisionOptions;

use super::{Config, environment::variable, table::MAKEPKG_CONF};
use crate::error::Error;

/// How workers are made, as far as the host and the environment say it.
///
/// # Errors
/// If a file that was named is not there, or the environment has what cannot be used.
pub(crate) fn provision_options(config: &Config) -> Result<ProvisionOptions, Error> {
    let source_date_epoch = match variable("SOURCE_DATE_EPOCH") {
        None => None,
        Some(value) => {
            let number = value.to_str().and_then(|v| v.parse().ok()).filter(|n: &i64| *n >= 0);
            Some(number.ok_or_else(|| Error::SourceDateEpoch {
                value: value.to_string_lossy().into_owned(),
            })?)
        }
    };
    Ok(ProvisionOptions {
        makepkg_conf: makepkg_conf(config)?,
        source_date_epoch,
        packager: variable("PACKAGER").map(|v| v.to_string_lossy().into_owned()),
        ..Default::default()
    })
}

/// The files of settings, as makepkg looks for them.
fn makepkg_conf(config: &Config) -> Result<Vec<PathBuf>, Error> {
    let named = config.get(&MAKEPKG_CONF)?;
    let system = named.clone().map_or_else(|| PathBuf::from("/etc/makepkg.conf"), PathBuf::from);
    if system.as_os_str().is_empty() {
        return Ok(Vec::new());
    }
    if named.is_some() && !system.is_file() {
        return Err(Error::NoSettings { path: system });
    }
    let mut files = vec![system.clone()];
    files.extend(parts(&system));
    if named.is_none() {
        let home = variable("HOME").map(PathBuf::from).unwrap_or_default();
        let config =
            variable("XDG_CONFIG_HOME").map_or_else(|| home.join(".config"), PathBuf::from);
        let users = [config.join("pacman/makepkg.conf"), home.join(".makepkg.conf")];
        files.extend(users.into_iter().find(|file| file.is_file()));
    }
    files.retain(|file| file.is_file());
    Ok(files)
}

/// The parts of a file of settings, `FILE.d/*.conf`, in the order of their names.
fn parts(file: &Path) -> Vec<PathBuf> {
    let mut folder = file.to_owned().into_os_string();
    folder.push(".d");
    let entries = fs_err::read_dir(folder).into_iter().flatten().flatten();
    let mut parts: Vec<_> =
        entries.map(|e| e.path()).filter(|p| p.extension() == Some("conf".as_ref())).collect();
    parts.sort();
    parts
}
