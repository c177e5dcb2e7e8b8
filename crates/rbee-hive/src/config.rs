use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use rbee_hive_worker_catalog::{Folders, IndexLocation, ProvisionOptions};

use crate::{
    cli::{ColorWhen, Global},
    error::Error,
};

/// Where things are, from the flags, else the environment, else the defaults.
pub(crate) fn folders(global: &Global) -> Result<Folders, Error> {
    let data = global.data_dir.clone().or_else(|| variable("HIVE_DATA_DIR").map(PathBuf::from));
    let cache = global.cache_dir.clone().or_else(|| variable("HIVE_CACHE_DIR").map(PathBuf::from));
    if let (Some(data), Some(cache)) = (&data, &cache) {
        return Ok(Folders::new(data, cache));
    }
    let default = Folders::from_env().map_err(|e| Error::Folders(e.into()))?;
    let data = data.unwrap_or_else(|| default.data().to_owned());
    let cache = cache.unwrap_or_else(|| default.cache().to_owned());
    Ok(Folders::new(data, cache))
}

/// Where recipes come from.
pub(crate) fn index(global: &Global) -> IndexLocation {
    let named = global
        .index
        .clone()
        .or_else(|| variable("WORKER_CATALOG_URL").map(|v| v.to_string_lossy().into_owned()));
    named.map_or_else(IndexLocation::default, |named| match named.parse() {
        Ok(location) => location,
    })
}

/// How workers are made, as far as the host and the environment say it.
///
/// # Errors
/// If a file that was named is not there, or the environment has what cannot be used.
pub(crate) fn provision_options(global: &Global) -> Result<ProvisionOptions, Error> {
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
        makepkg_conf: makepkg_conf(global)?,
        source_date_epoch,
        packager: variable("PACKAGER").map(|v| v.to_string_lossy().into_owned()),
        ..Default::default()
    })
}

/// The files of settings, as makepkg looks for them.
fn makepkg_conf(global: &Global) -> Result<Vec<PathBuf>, Error> {
    let named = global.makepkg_conf.clone().or_else(|| set("HIVE_MAKEPKG_CONF"));
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

/// Whether to write in colour to a stream.
pub(crate) fn colored(when: ColorWhen, is_terminal: bool) -> bool {
    match when {
        ColorWhen::Always => true,
        ColorWhen::Never => false,
        // https://no-color.org: whatever its value, if it has one.
        ColorWhen::Auto => is_terminal && variable("NO_COLOR").is_none(),
    }
}

/// The value of a search path with a folder before what it already has.
pub(crate) fn search_path(name: &str, folder: OsString) -> OsString {
    let mut path = folder;
    if let Some(rest) = variable(name) {
        path.push(":");
        path.push(rest);
    }
    path
}

/// A variable that is set to something.
fn variable(name: &str) -> Option<OsString> {
    set(name).filter(|value| !value.is_empty())
}

/// A variable that is set, to nothing too.
#[expect(clippy::disallowed_methods, reason = "this is the binary's one place that reads it")]
fn set(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}
